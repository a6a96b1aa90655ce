"""Signing out on other devices, whatever the engine."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import AbstractUser
from playwright.sync_api import BrowserContext, Page, expect

from .helpers import (
    add,
    button,
    confirm_access,
    expect_cart,
    expect_signed_in,
    message,
    sign_in,
)

pytestmark = pytest.mark.usefixtures("products")


def test_the_other_browser_is_signed_out_at_its_next_page(
    page: Page, new_context: Callable[..., BrowserContext], alice: AbstractUser
) -> None:
    phone = new_context().new_page()
    add(page, "Cup")
    sign_in(page, alice)
    sign_in(phone, alice)
    expect_cart(phone, Cup=1)
    page.goto("/accounts/reauthenticate/")
    confirm_access(page)
    page.get_by_role("link", name="alice").click()
    page.get_by_role("link", name="Devices").click()
    page.get_by_role("button", name="Sign out everywhere else").click()
    expect(message(page)).to_contain_text("You are signed out everywhere else.")
    expect_signed_in(phone, False)
    expect_cart(phone)
    expect_signed_in(page)
    expect_cart(page, Cup=1)


@pytest.mark.parametrize("text", ["Remove", "Update"])
def test_a_page_from_before_the_sign_out_changes_no_cart(
    new_context: Callable[..., BrowserContext], alice: AbstractUser, text: str
) -> None:
    page = new_context(java_script_enabled=False).new_page()
    add(page, "Cup")
    sign_in(page, alice)
    page.goto("/cart/")
    other = page.context.new_page()
    other.goto("/")
    other.get_by_role("button", name="Sign out").click()
    button(page, text, "Cup").click()
    expect(page.get_by_role("heading")).to_contain_text("That form was out of date")
    expect_cart(page)
    sign_in(page, alice)
    expect_cart(page, Cup=1)


def test_signing_out_works_on_every_page_without_javascript(
    new_context: Callable[..., BrowserContext], alice: AbstractUser
) -> None:
    page = new_context(java_script_enabled=False).new_page()
    for address in ["/", "/products/cup/", "/cart/", "/accounts/sessions/"]:
        sign_in(page, alice)
        page.goto(address)
        page.get_by_role("banner").get_by_role("button", name="Sign out").click()
        expect_signed_in(page, False)


def test_the_address_of_signing_out_asks_first(page: Page, alice: AbstractUser) -> None:
    sign_in(page, alice)
    page.goto("/accounts/logout/")
    expect_signed_in(page)
    page.goto("/accounts/logout/")
    page.get_by_role("main").get_by_role("button", name="Sign Out").click()
    expect_signed_in(page, False)
