"""What a person does at a browser again and again."""

import re
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.helpers import ADDRESS, PASSWORD


def badge(page: Page) -> Locator:
    """The number beside the word "Cart" in the header."""
    return page.get_by_test_id("cart-count")


def lines(page: Page) -> Locator:
    """The lines on the cart's page."""
    return page.get_by_test_id("cart-line")


def total(page: Page) -> Locator:
    """The sum at the end of the cart's page."""
    return page.get_by_test_id("cart-total")


def button(page: Page, text: str, product: str) -> Locator:
    """The button with that text; the product's name is there for screen readers."""
    return page.get_by_role("button", name=re.compile(f"{text}.*{product}"))


def message(page: Page) -> Locator:
    """Where the site says what it has done."""
    return page.get_by_role("status")


def add(page: Page, name: str) -> None:
    """Put one of a product in the cart, from the list."""
    page.goto("/")
    button(page, "Add to cart", name).click()
    expect(message(page)).to_contain_text("Added to your cart.")


def expect_cart(page: Page, **quantities: int) -> None:
    """Look at the cart's page and in the header, and expect no more and no less."""
    page.goto("/cart/")
    expect(lines(page)).to_have_count(len(quantities))
    for name, quantity in quantities.items():
        field = page.get_by_label(f"Quantity: {name}")
        expect(field).to_have_value(str(quantity))
    expect(badge(page)).to_have_text(str(sum(quantities.values())))


def sign_in(page: Page, user: AbstractUser, remember: bool = False) -> None:
    """Fill in the sign-in form and send it."""
    page.goto("/accounts/login/")
    page.locator("[name=login]").fill(user.username)
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("[name=remember]").set_checked(remember)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()


def fill_in_address(page: Page) -> None:
    """Say on the first page of the checkout where the order goes; go on to the next."""
    for name, value in ADDRESS.items():
        page.locator(f"[name={name}]").fill(value)
    page.get_by_role("button", name="Continue").click()
    expect(page).to_have_url("/checkout/review/")


def sign_out(page: Page) -> None:
    """Press the button in the header."""
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("button", name="Sign out")).to_have_count(0)


def confirm_access(page: Page) -> None:
    """Give the password once more, where the site asks for it."""
    expect(page.get_by_role("heading", name="Confirm Access")).to_be_visible()
    page.locator("[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()


def expect_signed_in(page: Page, is_signed_in: bool = True) -> None:
    """Open the next page and look for the buttons in its header."""
    page.goto("/")
    expect(page.get_by_role("button", name="Sign out")).to_have_count(int(is_signed_in))


def session_cookie(context: BrowserContext) -> dict[str, Any] | None:
    """The session cookie as the browser has it, if it has one."""
    for cookie in context.cookies():
        if cookie["name"] == settings.SESSION_COOKIE_NAME:
            return dict(cookie)
    return None
