"""Shopping without a mouse."""

import pytest
from playwright.sync_api import Page, expect

from .helpers import badge, button, lines, message, total

pytestmark = pytest.mark.usefixtures("products")

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
