"""Reading the shop in another language."""

import pytest
from playwright.sync_api import Page, expect

from .helpers import add, badge, button

pytestmark = pytest.mark.usefixtures("products")


def test_a_visitor_changes_the_language_and_keeps_page_and_cart(page: Page) -> None:
    add(page, "Cup")
    page.goto("/?q=cup")
    page.get_by_role("link", name="Русский").click()
    expect(page).to_have_url("/ru/?q=cup")
    expect(badge(page)).to_have_text("1")
    button(page, "В корзину", "Cup").click()
    expect(badge(page)).to_have_text("2")
    page.get_by_role("link", name="English").click()
    expect(page).to_have_url("/?q=cup")
    expect(badge(page)).to_have_text("2")
