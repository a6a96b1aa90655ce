"""Shopping without a mouse."""

import pytest
from django.contrib.auth.models import AbstractUser
from playwright.sync_api import Page, expect

from tests.helpers import PASSWORD

from .helpers import add, badge, button, expect_cart, lines, message, total

pytestmark = pytest.mark.usefixtures("products")

ADDRESS_BY_LABEL = {
    "Full name": "Alice Liddell",
    "Street and number": "1 Oriel Square",
    "Postal code": "OX1 4EW",
    "Town or city": "Oxford",
    "Country": "United Kingdom",
}

# The text of what has the focus, or of its label. A card's link is as large as the card,
# and so is its outline.
FOCUSED = r"""() => {
    const element = document.activeElement;
    return (element.labels?.[0] ?? element).textContent.trim().replace(/\s+/g, " ");
}"""
HAS_OUTLINE = """(element) => [null, "::after"].some(
    (part) => parseFloat(getComputedStyle(element, part).outlineWidth) > 1
)"""


def tab_to(page: Page, text: str) -> None:
    """Press Tab until that has the focus, which must be plain to see."""
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate(FOCUSED) == text:
            break
    else:
        raise AssertionError(f"the Tab key does not lead to {text!r}")
    expect(page.locator(":focus")).to_be_in_viewport()
    assert page.locator(":focus").evaluate(HAS_OUTLINE)


def test_from_the_home_page_to_the_cart_and_back_again(page: Page) -> None:
    page.goto("/")
    tab_to(page, "Skip to the content")
    page.keyboard.press("Enter")
    tab_to(page, "Teapot")
    page.keyboard.press("Enter")
    expect(page).to_have_url("/products/pot/")
    tab_to(page, "Quantity")
    page.keyboard.type("2")
    page.keyboard.press("Enter")
    expect(message(page)).to_contain_text("Added to your cart.")
    page.goto("/")
    tab_to(page, "Add to cart: Tin")
    page.keyboard.press("Enter")
    expect(badge(page)).to_have_text("3")
    expect(button(page, "Add to cart", "Tin")).to_be_focused()
    tab_to(page, "Cart 3")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Your cart")).to_be_visible()
    tab_to(page, "Quantity: Teapot")
    page.keyboard.type("3")
    page.keyboard.press("Enter")
    expect(total(page)).to_have_text("€102.45")
    expect(page.get_by_label("Quantity: Teapot")).to_be_focused()
    tab_to(page, "Remove: Teapot")
    page.keyboard.press("Enter")
    expect(message(page)).to_contain_text("Removed from your cart.")
    expect(page.get_by_role("button", name="Undo")).to_be_focused()
    page.keyboard.press("Enter")
    expect(message(page)).to_contain_text("Back in your cart.")
    expect(page.get_by_role("link", name="Teapot")).to_be_focused()
    expect(lines(page)).to_have_count(2)


def test_from_the_cart_to_the_placed_order(page: Page, alice: AbstractUser) -> None:
    add(page, "Cup")
    page.goto("/cart/")
    tab_to(page, "Check out")
    page.keyboard.press("Enter")
    expect(message(page)).to_contain_text("Your cart comes with you.")
    tab_to(page, "Username or email")
    page.keyboard.type(alice.username)
    tab_to(page, "Password")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page).to_have_url("/checkout/")
    for label, text in ADDRESS_BY_LABEL.items():
        tab_to(page, label)
        page.keyboard.type(text)
    page.keyboard.press("Enter")
    expect(page).to_have_url("/checkout/review/")
    tab_to(page, "Place the order")
    page.keyboard.press("Enter")
    expect(message(page)).to_contain_text("Your order has been placed.")
    expect_cart(page)
