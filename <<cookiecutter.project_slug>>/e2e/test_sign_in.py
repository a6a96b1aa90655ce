"""Signing in, up and out with something in the cart."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.contrib.auth.models import AbstractUser
from playwright.sync_api import BrowserContext, Page, expect

from tests.helpers import PASSWORD

from .helpers import (
    add,
    badge,
    button,
    expect_cart,
    expect_signed_in,
    message,
    session_cookie,
    sign_in,
    sign_out,
)

pytestmark = pytest.mark.usefixtures("products")


def test_signing_in_keeps_the_cart_and_changes_the_session_key(
    page: Page, context: BrowserContext, alice: AbstractUser
) -> None:
    add(page, "Cup")
    add(page, "Tin")
    before = session_cookie(context)
    sign_in(page, alice)
    expect(message(page)).to_contain_text("Your cart came with you: it has 2 items.")
    expect(badge(page)).to_have_text("2")
    expect_cart(page, Cup=1, Tin=1)
    after = session_cookie(context)
    assert before and after and before["value"] != after["value"]


def test_signing_up_in_the_middle_keeps_the_cart_and_the_place(page: Page) -> None:
    add(page, "Cup")
    page.goto("/products/tin/")
    account = page.get_by_role("navigation", name="Account")
    account.get_by_role("link", name="Sign up").click()
    page.locator("[name=email]").fill("carol@example.com")
    page.locator("[name=username]").fill("carol")
    page.locator("[name=password1]").fill(PASSWORD)
    page.locator("[name=password2]").fill(PASSWORD)
    page.get_by_role("button", name="Sign up").click()
    expect(page).to_have_url("/products/tin/")
    expect(page.get_by_role("banner")).to_contain_text("carol")
    expect_cart(page, Cup=1)


def test_signing_out_hides_the_cart_and_signing_in_brings_it_back(
    page: Page, alice: AbstractUser
) -> None:
    add(page, "Cup")
    sign_in(page, alice)
    sign_out(page)
    expect_cart(page)
    sign_in(page, alice)
    expect_cart(page, Cup=1)


def test_two_browsers_of_one_user_have_one_cart(
    page: Page, new_context: Callable[..., BrowserContext], alice: AbstractUser
) -> None:
    phone = new_context().new_page()
    add(page, "Cup")
    add(phone, "Tin")
    sign_in(page, alice)
    sign_in(phone, alice)
    expect_cart(phone, Cup=1, Tin=1)
    expect_cart(page, Cup=1, Tin=1)
    button(page, "Remove", "Cup").click()
    expect(badge(page)).to_have_text("1")
    expect_cart(phone, Tin=1)


def test_another_user_at_the_same_browser_sees_nothing_of_it(
    page: Page, alice: AbstractUser, bob: AbstractUser
) -> None:
    add(page, "Cup")
    sign_in(page, alice)
    sign_out(page)
    sign_in(page, bob)
    expect_cart(page)


def test_a_user_whose_account_was_closed_leaves_nothing_behind(
    page: Page, alice: AbstractUser, bob: AbstractUser
) -> None:
    add(page, "Cup")
    sign_in(page, alice)
    alice.is_active = False
    alice.save()
    expect_cart(page)
    add(page, "Tin")
    sign_in(page, bob)
    expect_cart(page, Tin=1)


def test_a_double_click_sends_a_form_once_and_signs_nobody_out(
    page: Page, alice: AbstractUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_in(page, alice)
    page.goto("/accounts/reauthenticate/")
    sent = []
    page.on("request", lambda request: sent.append(request.method))
    page.locator("[name=password]").fill(PASSWORD)
    verify = MD5PasswordHasher.verify

    def verify_slowly(*args: Any) -> bool:
        time.sleep(0.5)
        return verify(*args)

    monkeypatch.setattr(MD5PasswordHasher, "verify", verify_slowly)
    page.get_by_role("button", name="Confirm").evaluate(
        "button => { button.click(); setTimeout(() => button.click(), 200); }"
    )
    expect(page).to_have_url("/")
    expect_signed_in(page)
    assert sent.count("POST") == 1
