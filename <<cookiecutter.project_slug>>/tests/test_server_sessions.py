"""What holds where the session is on the server, and the cookie only has its key.

Of Django's `SessionTestsMixin` these are test_save, test_delete, test_flush, test_cycle,
test_session_load_does_not_create_record, each also asynchronous, and the engines'
test_load_overlong_key and test_invalid_key_...; see also test_parallel_sessions.py.
"""

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import login, user_logged_in
from django.contrib.auth.models import AbstractUser
from django.contrib.sessions.backends.base import CreateError
from django.http import HttpRequest
from django.test import Client
from pytest_django import Settings

from config import health

from .helpers import (
    SessionStore,
    add,
    badge_of,
    cart_of,
    confirm_access,
    cookie_of,
    copy_of,
    is_signed_in,
    sign_in,
    sign_out,
)

pytestmark = pytest.mark.usefixtures("products")


def test_the_cookie_tells_nothing_of_what_is_in_the_session(client: Client) -> None:
    add(client, "CUP")
    before = cookie_of(client)
    add(client, "POT")
    assert cookie_of(client) == before
    assert len(before) == 32


def test_a_cookie_copied_before_the_session_page_gave_a_new_key_is_worth_nothing(
    client: Client, settings: Settings
) -> None:
    settings.DEBUG = True
    add(client, "CUP")
    thief = copy_of(client)
    client.post("/session/key/")
    assert cart_of(client) == {"CUP": 1}
    assert cart_of(thief) == {}


def test_a_cookie_copied_before_signing_out_is_worth_nothing_afterwards(
    client: Client, alice: AbstractUser
) -> None:
    sign_in(client, alice)
    thief = copy_of(client)
    assert thief.get("/").wsgi_request.user == alice
    sign_out(client)
    assert thief.get("/").wsgi_request.user.is_anonymous


def test_a_cookie_copied_before_signing_in_is_worth_nothing_afterwards(
    client: Client, alice: AbstractUser
) -> None:
    add(client, "CUP")
    thief = copy_of(client)
    sign_in(client, alice)
    assert thief.get("/").wsgi_request.user.is_anonymous
    assert cart_of(thief) == {}


def test_what_is_added_in_another_tab_during_the_sign_in_goes_along(
    client: Client, alice: AbstractUser
) -> None:
    add(client, "CUP")
    other_tab = copy_of(client)

    def add_more(**kwargs: Any) -> None:
        user_logged_in.disconnect(add_more)
        assert add(other_tab, "POT", 2).status_code == 302

    user_logged_in.connect(add_more)
    sign_in(client, alice)
    assert cart_of(client) == {"CUP": 1, "POT": 2}
    assert badge_of(client) == 3
    assert not is_signed_in(other_tab)


def test_a_cookie_copied_before_signing_in_again_is_worth_nothing_afterwards(
    client: Client, alice: AbstractUser
) -> None:
    sign_in(client, alice)
    add(client, "CUP", 2)
    thief = copy_of(client)
    request = HttpRequest()
    request.COOKIES = {settings.SESSION_COOKIE_NAME: cookie_of(client)}
    request.session = SessionStore(cookie_of(client))
    request.user = alice
    login(request, alice)
    request.session.save()
    client.cookies[settings.SESSION_COOKIE_NAME] = request.session.session_key
    assert is_signed_in(client)
    assert cart_of(client) == {"CUP": 2}
    assert not is_signed_in(thief)


def test_a_cookie_copied_before_giving_the_password_again_is_worth_nothing_afterwards(
    client: Client, alice: AbstractUser
) -> None:
    sign_in(client, alice)
    add(client, "CUP", 2)
    thief = copy_of(client)
    confirm_access(client)
    assert is_signed_in(client)
    assert cart_of(client) == {"CUP": 2}
    assert not is_signed_in(thief)


@pytest.mark.parametrize("end", ["delete", "flush", "cycle_key"])
def test_a_key_exists_until_the_session_ends(
    call: Callable[..., Any], end: str
) -> None:
    session = SessionStore()
    assert not call(session, "exists", "0" * 32)
    call(session, "set", "note", "kept")
    call(session, "save")
    key = session.session_key
    assert call(SessionStore(), "exists", key)
    call(SessionStore(key), end)
    assert not call(SessionStore(), "exists", key)
    assert dict(SessionStore(key).items()) == {}


def test_a_key_that_is_taken_is_not_given_again(call: Callable[..., Any]) -> None:
    session = SessionStore()
    session["note"] = "kept"
    session.save()
    other = SessionStore(session.session_key)
    with pytest.raises(CreateError):
        call(other, "save", must_create=True)
    assert SessionStore(session.session_key)["note"] == "kept"


def test_a_session_can_be_deleted_by_its_key_alone(call: Callable[..., Any]) -> None:
    session, other = SessionStore(), SessionStore()
    session.save()
    other.save()
    call(other, "delete", session.session_key)
    assert not other.exists(session.session_key)
    assert other.exists(other.session_key)


def test_a_new_key_keeps_the_data_and_the_object_goes_on(
    call: Callable[..., Any],
) -> None:
    session = SessionStore()
    session["note"] = "kept"
    session.save()
    before = session.session_key
    call(session, "cycle_key")
    assert session.session_key != before
    session["more"] = "added"
    session.save()
    again = SessionStore(session.session_key)
    assert dict(again.items()) == {"note": "kept", "more": "added"}


def test_reading_a_session_that_nobody_has_makes_none(
    call: Callable[..., Any],
) -> None:
    session = SessionStore("someunknownkey")
    assert call(session, "load") == {}
    assert session.session_key is None
    assert not session.exists("someunknownkey")


@pytest.mark.parametrize(
    "key",
    [
        "a" * 41,
        "a" * 5000,
        "abcdefgh/../../../etc/passwd",
        "..\\..\\windows\\system32",
        "abcdefgh\n",
        "abcdefgh\x00",
        "abcd efgh",
        "abcdefgh*",
        "ABCDEFGH",
        "abcdefghÿ",
        "ключключключ",
        "٠١٢٣٤٥٦٧",
    ],
)
def test_a_key_that_django_cannot_have_made_does_not_reach_the_store(
    client: Client, monkeypatch: pytest.MonkeyPatch, settings: Settings, key: str
) -> None:
    def fail(self: Any) -> None:
        raise AssertionError(f"{self.session_key} was looked up")

    monkeypatch.setattr(SessionStore, "load", fail)
    session = SessionStore(key)
    assert session.session_key is None
    assert dict(session.items()) == {}
    # As WSGI has it: bytes, taken for Latin-1.
    client.cookies[settings.SESSION_COOKIE_NAME] = key.encode().decode("latin-1")
    client.post("/cart/add/", {"sku": "CUP", "quantity": 1})
    monkeypatch.undo()
    assert cookie_of(client) != key
    assert cart_of(client) == {"CUP": 1}


def test_a_key_may_be_as_long_as_the_stores_can_have_it() -> None:
    assert SessionStore("a" * 40).session_key == "a" * 40


@pytest.mark.usefixtures("two_weeks")
def test_a_session_that_ends_with_the_browser_is_not_kept_for_weeks(
    settings: Settings,
) -> None:
    settings.SESSION_EXPIRE_AT_BROWSER_CLOSE = False
    session = SessionStore()
    assert session.get_store_age() == settings.SESSION_COOKIE_AGE
    session.set_expiry(0)
    assert session.get_store_age() == settings.SESSION_BROWSER_CLOSE_AGE == 86400
    settings.SESSION_EXPIRE_AT_BROWSER_CLOSE = True
    session.set_expiry(None)
    assert session.get_store_age() == 86400
    session.set_expiry(60)
    assert session.get_store_age() == 60
    settings.SESSION_COOKIE_AGE = 100
    session.set_expiry(0)
    assert session.get_store_age() == 100


def test_a_session_that_a_health_check_could_not_remove_is_soon_over(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    sessions = []

    def fail(self: SessionStore, session_key: str | None = None) -> None:
        sessions.append(self)

    monkeypatch.setattr(SessionStore, "delete", fail)
    health.check_session_store()
    assert sessions[0].get_expiry_age() <= health.RECORD_SECONDS
