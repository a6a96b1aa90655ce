"""The session cookie, as the browser keeps it, and what a closed browser forgets."""

import time
from collections.abc import Callable

import pytest
from django.contrib.auth.models import AbstractUser
from playwright.sync_api import BrowserContext, Page, expect
from pytest_django import Settings

from .helpers import add, expect_cart, session_cookie, sign_in

pytestmark = pytest.mark.usefixtures("products")


@pytest.fixture
def reopen(
    page: Page, context: BrowserContext, new_context: Callable[..., BrowserContext]
) -> Callable[[], Page]:
    """Close the browser and open it: it has forgotten the cookies without an end."""

    def reopen() -> Page:
        kept = [cookie for cookie in context.cookies() if cookie["expires"] != -1]
        context.close()
        reopened = new_context()
        reopened.add_cookies(kept)
        return reopened.new_page()

    return reopen


def test_the_cookie_is_as_the_settings_say(
    page: Page, context: BrowserContext, settings: Settings
) -> None:
    settings.SESSION_COOKIE_NAME = "visitor"
    settings.SESSION_COOKIE_AGE = 5000
    settings.SESSION_EXPIRE_AT_BROWSER_CLOSE = False
    add(page, "Cup")
    cookie = session_cookie(context)
    assert cookie is not None
    assert cookie["httpOnly"] == settings.SESSION_COOKIE_HTTPONLY
    assert cookie["secure"] == settings.SESSION_COOKIE_SECURE
    assert cookie["sameSite"] == settings.SESSION_COOKIE_SAMESITE
    assert cookie["path"] == settings.SESSION_COOKIE_PATH
    assert cookie["domain"] == "localhost"
    assert cookie["expires"] == pytest.approx(time.time() + 5000, abs=60)


def test_scripts_cannot_read_the_cookie(page: Page, settings: Settings) -> None:
    settings.SESSION_COOKIE_HTTPONLY = True
    add(page, "Cup")
    assert settings.SESSION_COOKIE_NAME not in page.evaluate("document.cookie")


def test_someone_who_only_looks_around_gets_no_cookie(
    page: Page, context: BrowserContext
) -> None:
    for address in ["/", "/products/cup/", "/cart/"]:
        page.goto(address)
    assert session_cookie(context) is None


def test_remembered_a_user_is_still_signed_in_after_closing_the_browser(
    page: Page, reopen: Callable[[], Page], alice: AbstractUser
) -> None:
    add(page, "Cup")
    sign_in(page, alice, remember=True)
    page = reopen()
    expect_cart(page, Cup=1)
    expect(page.get_by_role("banner")).to_contain_text("alice")


def test_not_remembered_nobody_is_signed_in_after_closing_the_browser(
    page: Page, reopen: Callable[[], Page], alice: AbstractUser
) -> None:
    add(page, "Cup")
    sign_in(page, alice)
    page = reopen()
    expect_cart(page)
    expect(page.get_by_role("link", name="Sign in")).to_be_visible()


def test_a_guests_cart_outlives_the_browser(
    page: Page, reopen: Callable[[], Page], settings: Settings
) -> None:
    settings.SESSION_EXPIRE_AT_BROWSER_CLOSE = False
    add(page, "Cup")
    expect_cart(reopen(), Cup=1)


def test_with_expire_at_browser_close_a_guests_cart_does_not(
    page: Page, reopen: Callable[[], Page], settings: Settings
) -> None:
    settings.SESSION_EXPIRE_AT_BROWSER_CLOSE = True
    add(page, "Cup")
    expect_cart(reopen())
