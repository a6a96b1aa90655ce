"""What axe finds on the pages, on a light desktop and on a dark phone."""

from decimal import Decimal
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import AbstractUser
from playwright.sync_api import Page, expect

from catalog.models import Product

from .helpers import add, button, fill_in_address, message, sign_in

pytestmark = pytest.mark.usefixtures("products")

SHOP = ["/", "/?q=cup", "/?q=nothing", "/products/cup/", "/cart/", "/nowhere/"]
RUSSIAN = ["/ru/", "/ru/cart/", "/ru/accounts/signup/"]
ENTRANCE = ["login", "signup", "password/reset"]
ACCOUNT = ["email", "password/change", "2fa", "2fa/totp/activate", "sessions", "logout"]

LIGHT_DESKTOP = {"color_scheme": "light"}
DARK_PHONE = {"color_scheme": "dark", "viewport": {"width": 320, "height": 640}}

OPTIONS = {
    # A part of WCAG 2.2 AA that axe leaves out unless it is asked.
    "rules": {"target-size": {"enabled": True}},
    # A third of axe's time goes into writing down what is in order.
    "resultTypes": ["violations"],
}


@pytest.fixture(params=[LIGHT_DESKTOP, DARK_PHONE], ids=["desktop", "phone"])
def browser_context_args(
    browser_context_args: dict[str, Any], request: pytest.FixtureRequest
) -> dict[str, Any]:
    return {**browser_context_args, **request.param}


def check(page: Page, *addresses: str) -> None:
    """Have axe look at the pages, and expect that nothing sticks out at the side."""
    for address in addresses:
        page.goto(address)
        results = Axe().run(page, options=OPTIONS)
        assert results.violations_count == 0, results.generate_report()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_shop(page: Page) -> None:
    check(page, *SHOP, *RUSSIAN, *(f"/accounts/{name}/" for name in ENTRANCE))


def test_the_account(page: Page, alice: AbstractUser) -> None:
    sign_in(page, alice)
    check(page, *(f"/accounts/{name}/" for name in ACCOUNT))


def test_the_check_out(page: Page, alice: AbstractUser) -> None:
    alice.is_staff = True  # who may see the session's page
    alice.save()
    check(page, "/checkout/")
    add(page, "Cup")
    sign_in(page, alice)
    check(page, "/session/", "/orders/", "/checkout/")
    fill_in_address(page)
    check(page, "/checkout/review/")
    page.get_by_role("button", name="Place the order").click()
    expect(message(page)).to_contain_text("Your order has been placed.")
    check(page, page.url, "/orders/")


def test_a_cart_with_something_to_say(page: Page, products: list[Product]) -> None:
    for name in ["Cup", "Teapot", "Tin"]:
        add(page, name)
    cup, teapot, _ = products
    cup.price = Decimal("9.00")
    cup.save()
    teapot.delete()
    check(page, "/cart/", "/products/cup/")
    page.goto("/cart/")
    button(page, "Remove", "Tin").click()
    expect(page.get_by_role("button", name="Undo")).to_be_visible()
    results = Axe().run(page, options=OPTIONS)
    assert results.violations_count == 0, results.generate_report()
