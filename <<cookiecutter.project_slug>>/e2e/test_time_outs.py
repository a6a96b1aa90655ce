"""Coming back after the time of a sign-in is over."""

from collections.abc import Iterator

import pytest
import time_machine
from django.contrib.auth.models import AbstractUser
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django import Settings

from tests.helpers import PASSWORD

from .helpers import add, badge, button, expect_cart, message, sign_in

pytestmark = pytest.mark.usefixtures("products")

IDLE = 600
SIGNED_OUT = "For your safety you were signed out."


@pytest.fixture
def clock(settings: Settings, two_weeks: None) -> Iterator[time_machine.Traveller]:
    """The time of day, for the site; `clock.shift(IDLE)` is too long for a user."""
    settings.SESSION_IDLE_TIMEOUT = IDLE
    with time_machine.travel(timezone.now(), tick=True) as clock:
        yield clock


def test_a_user_is_told_and_signs_in_again_to_the_same_page_and_cart(
    page: Page, alice: AbstractUser, clock: time_machine.Traveller
) -> None:
    add(page, "Cup")
    sign_in(page, alice)
    page.goto("/products/tin/")
    clock.shift(IDLE)
    page.reload()
    expect(message(page)).to_contain_text(SIGNED_OUT)
    expect(badge(page)).to_have_text("0")
    page.get_by_role("banner").get_by_role("link", name="Sign in").click()
    page.locator("[name=login]").fill(alice.username)
    page.locator("[name=password]").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    expect(page).to_have_url("/products/tin/")
    expect(page.get_by_role("banner")).to_contain_text("alice")
    expect_cart(page, Cup=1)


def test_a_click_shows_that_the_user_is_signed_out_and_is_not_lost(
    page: Page, alice: AbstractUser, clock: time_machine.Traveller
) -> None:
    add(page, "Cup")
    sign_in(page, alice)
    page.goto("/")
    clock.shift(IDLE)
    button(page, "Add to cart", "Tin").click()
    expect(message(page)).to_contain_text(SIGNED_OUT)
    expect(message(page)).to_contain_text("Added to your cart.")
    expect(page.get_by_role("button", name="Sign out")).to_have_count(0)
    expect(badge(page)).to_have_text("1")
    sign_in(page, alice)
    expect_cart(page, Cup=1, Tin=1)


def test_what_is_said_is_in_sight_on_a_page_that_was_scrolled(
    page: Page, alice: AbstractUser, clock: time_machine.Traveller
) -> None:
    page.set_viewport_size({"width": 1280, "height": 400})
    sign_in(page, alice)
    page.goto("/")
    page.evaluate("scrollTo(0, 300)")
    clock.shift(IDLE)
    page.reload()
    expect(message(page).first).to_be_in_viewport()
