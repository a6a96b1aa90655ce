"""From the cart to the order, as guests, customers and the impatient go that way."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import AbstractUser
from playwright.sync_api import BrowserContext, Page, expect

from catalog.models import Product
from orders.models import Order
from tests.helpers import PASSWORD

from .helpers import add, badge, expect_cart, fill_in_address, message, sign_in

pytestmark = pytest.mark.usefixtures("products")


def check_out(page: Page) -> None:
    """Go from anywhere to the page with the button that orders."""
    page.goto("/checkout/")
    fill_in_address(page)


def place_order(page: Page) -> None:
    page.get_by_role("button", name="Place the order").click()


def expect_order(page: Page, total: str) -> Order:
    """Expect to be on the page of the only order that there is."""
    order = Order.objects.get()
    expect(page).to_have_url(order.get_absolute_url())
    expect(page.get_by_role("heading", name=f"Order {order.number}")).to_be_visible()
    expect(page.get_by_test_id("order-total")).to_have_text(total)
    expect(badge(page)).to_have_text("0")
    return order


@pytest.mark.parametrize("width", [360, 1280])
def test_a_guest_signs_in_on_the_way_and_orders(
    page: Page, alice: AbstractUser, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 740})
    add(page, "Cup")
    add(page, "Tin")
    page.goto("/cart/")
    page.get_by_role("link", name="Check out").click()
    expect(message(page)).to_contain_text("Your cart comes with you.")
    page.locator("[name=login]").fill(alice.username)
    page.locator("[name=password]").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    expect(page).to_have_url("/checkout/")
    fill_in_address(page)
    expect(page.get_by_test_id("order-line")).to_have_count(2)
    assert page.evaluate("document.documentElement.scrollWidth") == width
    place_order(page)
    expect(message(page)).to_contain_text("Your order has been placed.")
    order = expect_order(page, "€12.95")
    assert page.evaluate("document.documentElement.scrollWidth") == width
    page.get_by_role("link", name="Your orders").click()
    expect(page.get_by_test_id("order")).to_contain_text(order.number)
    expect_cart(page)


def test_a_guest_signs_up_on_the_way_and_orders_without_javascript(
    new_context: Callable[..., BrowserContext],
) -> None:
    page = new_context(java_script_enabled=False).new_page()
    page.goto("/products/cup/")
    page.get_by_role("button", name="Add to cart").click()
    page.goto("/cart/")
    page.get_by_role("link", name="Check out").click()
    page.get_by_role("main").get_by_role("link", name="sign up").click()
    page.locator("[name=email]").fill("carol@example.com")
    page.locator("[name=username]").fill("carol")
    page.locator("[name=password1]").fill(PASSWORD)
    page.locator("[name=password2]").fill(PASSWORD)
    page.get_by_role("button", name="Sign up").click()
    fill_in_address(page)
    place_order(page)
    expect(message(page)).to_contain_text("Your order has been placed.")
    expect_order(page, "€8.00")


def test_a_double_click_places_one_order(page: Page, alice: AbstractUser) -> None:
    add(page, "Cup")
    sign_in(page, alice)
    check_out(page)
    page.get_by_role("button", name="Place the order").dblclick()
    expect(message(page)).to_contain_text("placed")
    expect_order(page, "€8.00")


def test_a_second_tab_and_the_back_button_lead_to_the_same_order(
    page: Page, context: BrowserContext, alice: AbstractUser
) -> None:
    add(page, "Cup")
    sign_in(page, alice)
    check_out(page)
    other_tab = context.new_page()
    other_tab.goto("/checkout/review/")
    place_order(page)
    expect_order(page, "€8.00")
    place_order(other_tab)
    expect(message(other_tab)).to_contain_text("already placed")
    expect_order(other_tab, "€8.00")
    page.go_back()
    expect(page.get_by_role("heading", name="nothing to order")).to_be_visible()


def test_a_printed_order_has_the_order_and_no_buttons(
    page: Page, alice: AbstractUser
) -> None:
    add(page, "Cup")
    sign_in(page, alice)
    check_out(page)
    place_order(page)
    expect(page.get_by_role("banner")).to_be_visible()
    page.emulate_media(media="print")
    expect(page.get_by_role("banner")).to_be_hidden()
    expect(message(page)).to_be_hidden()
    expect_order(page, "€8.00")


def test_a_new_price_is_shown_before_anything_is_ordered(
    page: Page, alice: AbstractUser
) -> None:
    add(page, "Cup")
    sign_in(page, alice)
    check_out(page)
    Product.objects.filter(sku="CUP").update(price="9.50")
    place_order(page)
    expect(page.get_by_role("alert")).to_contain_text("Cup now costs €9.50, not €8.00.")
    expect(badge(page)).to_have_text("1")
    place_order(page)
    expect_order(page, "€9.50")
