"""Turning two-factor sign-in on, and signing in with it."""

from collections.abc import Callable

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.models import AbstractUser
from playwright.sync_api import BrowserContext, Page, expect
from pytest_django import Settings

from tests.helpers import PASSWORD, totp_code

from .helpers import (
    add,
    confirm_access,
    expect_cart,
    expect_signed_in,
    message,
    sign_in,
)

pytestmark = pytest.mark.usefixtures("products")


def test_whoever_has_turned_it_on_signs_in_with_a_code_and_keeps_the_cart(
    page: Page,
    new_context: Callable[..., BrowserContext],
    alice: AbstractUser,
    settings: Settings,
) -> None:
    settings.MFA_TOTP_TOLERANCE = 1  # the time may pass into the next half-minute
    EmailAddress.objects.create(user=alice, email=alice.email, verified=True)
    phone = new_context().new_page()
    sign_in(phone, alice)
    sign_in(page, alice)
    page.get_by_role("link", name="alice").click()
    page.get_by_role("link", name="Two-factor sign-in").click()
    page.get_by_role("link", name="Activate").click()
    confirm_access(page)
    picture = page.locator("img.qr-code")
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.complete && image.naturalWidth > 0")
    secret = page.get_by_label("Key").input_value()
    page.get_by_label("Authenticator code").fill(totp_code(secret))
    page.get_by_role("button", name="Turn on").click()
    expect(message(page)).to_contain_text("Authenticator app activated.")
    codes = page.locator(".codes li")
    expect(codes).to_have_count(10)
    code = codes.first.inner_text()
    expect_signed_in(phone, False)
    expect_signed_in(page)

    add(phone, "Cup")
    phone.goto("/accounts/login/")
    phone.locator("[name=login]").fill(alice.username)
    phone.locator("[name=password]").fill(PASSWORD)
    phone.get_by_role("button", name="Sign in").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text(
        "Two-Factor Authentication"
    )
    phone.get_by_label("Code").fill(code)
    phone.get_by_role("main").get_by_role("button", name="Sign In").click()
    expect(message(phone)).to_contain_text("Your cart came with you")
    expect_cart(phone, Cup=1)
