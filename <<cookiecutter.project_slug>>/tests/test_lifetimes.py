"""When sessions end by themselves: without a visit, and in any case."""

import os
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractUser
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from session_store import lifetime

from .helpers import (
    HTMX,
    SessionStore,
    add,
    cart_of,
    is_signed_in,
    messages_of,
    session_of,
    sign_in,
)

pytestmark = pytest.mark.usefixtures("products", "two_weeks")

DAY = 24 * 3600
MINUTE = 60


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[time_machine.Traveller]:
    """The time of day, for the site; `clock.shift(seconds)` moves it."""
    if hasattr(SessionStore, "_last_modification"):  # of a file: that clock stands
        wrote = SessionStore._wrote

        def wrote_then(self: SessionBase, *args: Any) -> None:
            wrote(self, *args)
            os.utime(self._key_to_file(), (time.time(), time.time()))

        monkeypatch.setattr(SessionStore, "_wrote", wrote_then)
    with time_machine.travel(timezone.now(), tick=False) as clock:
        yield clock


def remembered(client: Client, user: AbstractUser) -> None:
    sign_in(client, user, remember="on")


def test_without_a_visit_a_user_is_signed_out_and_told(
    client: Client, alice: AbstractUser, clock: time_machine.Traveller
) -> None:
    add(client, "CUP", 2)
    remembered(client, alice)
    for _ in range(3):
        clock.shift(6 * DAY)
        assert is_signed_in(client)
    clock.shift(7 * DAY)
    page = client.get("/cart/")
    assert page.wsgi_request.user.is_anonymous
    assert "you were signed out" in " ".join(messages_of(page))
    assert cart_of(client) == {}


def test_after_a_time_out_signing_in_leads_back_to_the_page_and_the_cart(
    client: Client, alice: AbstractUser, clock: time_machine.Traveller
) -> None:
    add(client, "CUP", 2)
    remembered(client, alice)
    clock.shift(7 * DAY)
    page = client.get("/products/cup/")
    assert b'href="/accounts/login/?next=/products/cup/"' in page.content
    page = sign_in(client, alice, follow=True, next="/products/cup/")
    assert page.redirect_chain[-1][0] == "/products/cup/"
    assert cart_of(client) == {"CUP": 2}


def time_out(client: Client, clock: time_machine.Traveller) -> None:
    clock.shift(7 * DAY)


def lose(client: Client, clock: time_machine.Traveller) -> None:
    client.cookies[settings.SESSION_COOKIE_NAME] = "a" * 32


def deactivate(client: Client, clock: time_machine.Traveller) -> None:
    get_user_model().objects.update(is_active=False)


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize(
    ("end", "told"),
    [
        (time_out, ["For your safety you were signed out."]),
        (lose, ["Your last visit was too long ago"]),
        (deactivate, []),
    ],
)
def test_htmx_is_told_to_load_a_page_anew_that_shows_the_user(
    client: Client,
    alice: AbstractUser,
    clock: time_machine.Traveller,
    end: Callable[[Client, time_machine.Traveller], None],
    told: list[str],
    method: str,
) -> None:
    def click() -> HttpResponse:
        if method == "get":
            return client.get("/cart/", headers=HTMX)
        data = {"sku": "CUP", "quantity": 1}
        return client.post("/cart/add/", data, headers=HTMX)

    remembered(client, alice)
    assert "HX-Refresh" not in click().headers
    end(client, clock)
    assert click()["HX-Refresh"] == "true"
    texts = messages_of(client.get("/"))
    starts = told + ["Added to your cart."] * (method == "post")
    assert all(
        text.startswith(start) for text, start in zip(texts, starts, strict=True)
    )


def test_a_page_for_users_only_asks_for_the_sign_in_and_comes_back(
    client: Client, alice: AbstractUser, clock: time_machine.Traveller
) -> None:
    remembered(client, alice)
    clock.shift(7 * DAY)
    page = client.get("/accounts/email/", follow=True)
    assert page.redirect_chain[-1][0] == "/accounts/login/?next=/accounts/email/"
    assert "you were signed out" in " ".join(messages_of(page))


def test_after_a_month_a_user_signs_in_again_in_any_case(
    client: Client, alice: AbstractUser, clock: time_machine.Traveller
) -> None:
    remembered(client, alice)
    for _ in range(14):
        clock.shift(2 * DAY)
        assert is_signed_in(client)
    clock.shift(2 * DAY)
    assert not is_signed_in(client)


def test_signing_in_again_counts_from_then(
    client: Client, alice: AbstractUser, clock: time_machine.Traveller
) -> None:
    for _ in range(2):
        remembered(client, alice)
        for _ in range(4):
            clock.shift(6 * DAY)
            assert is_signed_in(client)
        clock.shift(6 * DAY)
        assert not is_signed_in(client)


def test_so_does_signing_in_without_having_signed_out(
    client: Client, alice: AbstractUser, clock: time_machine.Traveller
) -> None:
    remembered(client, alice)
    for _ in range(4):
        clock.shift(6 * DAY)
        assert is_signed_in(client)
    client.force_login(alice)
    clock.shift(6 * DAY + MINUTE)
    assert is_signed_in(client)
    clock.shift(6 * DAY)
    assert is_signed_in(client)


@pytest.mark.parametrize(
    "setting", ["SESSION_IDLE_TIMEOUT", "SESSION_ABSOLUTE_TIMEOUT"]
)
@pytest.mark.parametrize("remember", [{}, {"remember": "on"}])
def test_each_time_out_is_a_setting(
    client: Client,
    alice: AbstractUser,
    clock: time_machine.Traveller,
    settings: Settings,
    setting: str,
    remember: dict[str, str],
) -> None:
    setattr(settings, setting, 600)
    sign_in(client, alice, **remember)
    clock.shift(599)
    assert is_signed_in(client)
    clock.shift(600)
    assert not is_signed_in(client)


@pytest.mark.parametrize("end", [time_out, lose, deactivate])
@pytest.mark.parametrize("headers", [{}, HTMX], ids=["plain", "htmx"])
@pytest.mark.parametrize(
    ("name", "data"),
    [("set", {"sku": "CUP", "quantity": 1}), ("remove", {"sku": "CUP"}), ("clear", {})],
)
def test_after_its_session_the_cart_on_the_page_cannot_be_changed(
    client: Client,
    alice: AbstractUser,
    clock: time_machine.Traveller,
    end: Callable[[Client, time_machine.Traveller], None],
    headers: dict[str, str],
    name: str,
    data: dict[str, Any],
) -> None:
    remembered(client, alice)
    add(client, "CUP", 2)
    end(client, clock)
    page = client.post(f"/cart/{name}/", data, headers=headers)
    assert page.status_code == 422
    if not headers:  # htmx loads the page anew, which says so
        assert "Nothing was changed: your session has ended." in page.content.decode()
    assert cart_of(client) == {}
    type(alice).objects.update(is_active=True)
    sign_in(client, alice)
    assert cart_of(client) == {"CUP": 2}


def test_after_a_time_out_things_can_be_added(
    client: Client, alice: AbstractUser, clock: time_machine.Traveller
) -> None:
    remembered(client, alice)
    add(client, "CUP", 2)
    clock.shift(7 * DAY)
    add(client, "POT")
    assert cart_of(client) == {"POT": 1}
    sign_in(client, alice)
    assert cart_of(client) == {"CUP": 2, "POT": 1}


@pytest.mark.parametrize("visit", [cart_of, lambda client: add(client, "CUP")])
def test_a_short_time_out_counts_from_the_last_visit(
    client: Client,
    alice: AbstractUser,
    clock: time_machine.Traveller,
    settings: Settings,
    visit: Callable[[Client], Any],
) -> None:
    settings.SESSION_IDLE_TIMEOUT = 600
    sign_in(client, alice)
    for _ in range(4):
        clock.shift(400)
        visit(client)
    assert is_signed_in(client)


@pytest.mark.parametrize(
    ("is_rule", "expiry", "ends_with_browser"),
    [(True, None, True), (True, 600, False), (False, None, False), (False, 0, True)],
)
def test_what_ends_with_the_browser_is_soon_over_on_the_server_too(
    settings: Settings, is_rule: bool, expiry: int | None, ends_with_browser: bool
) -> None:
    settings.SESSION_COOKIE_AGE, settings.SESSION_BROWSER_CLOSE_AGE = 1000, 100
    settings.SESSION_EXPIRE_AT_BROWSER_CLOSE = is_rule
    assert lifetime.cookie_age(expiry) == (100 if ends_with_browser else 1000)


def test_a_visit_is_noted_only_now_and_then(
    client: Client,
    alice: AbstractUser,
    clock: time_machine.Traveller,
    settings: Settings,
) -> None:
    remembered(client, alice)
    for _ in range(7):
        clock.shift(10 * MINUTE)
        assert settings.SESSION_COOKIE_NAME not in client.get("/").cookies
    clock.shift(10 * MINUTE)
    assert settings.SESSION_COOKIE_NAME in client.get("/").cookies
    clock.shift(10 * MINUTE)
    assert settings.SESSION_COOKIE_NAME not in client.get("/").cookies


def test_an_anonymous_cart_has_no_time_out_but_the_cookies_age(
    client: Client, clock: time_machine.Traveller, settings: Settings
) -> None:
    settings.SESSION_EXPIRE_AT_BROWSER_CLOSE = False
    add(client, "CUP", 2)
    clock.shift(13 * DAY)
    assert cart_of(client) == {"CUP": 2}


def test_a_user_who_was_signed_in_before_there_were_time_outs_stays_so(
    client: Client, alice: AbstractUser, clock: time_machine.Traveller
) -> None:
    remembered(client, alice)
    with session_of(client) as session:
        del session["lifetime"]
    assert is_signed_in(client)
    clock.shift(7 * DAY)
    assert not is_signed_in(client)


def test_who_comes_with_a_cookie_that_is_worth_nothing_is_told(client: Client) -> None:
    client.cookies[settings.SESSION_COOKIE_NAME] = "a" * 32
    assert "Your last visit was too long ago" in messages_of(client.get("/"))[0]
    assert messages_of(client.get("/")) == []


def test_who_has_emptied_the_cart_is_told_nothing_of_the_kind(client: Client) -> None:
    add(client, "CUP")
    client.post("/cart/clear/", follow=True)
    assert messages_of(client.get("/")) == []
