"""What the log says of a session's life, and what it does not say."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
import time_machine
from allauth.mfa.totp.internal.auth import TOTP
from django.contrib.auth import authenticate, login, logout
from django.contrib.auth.models import AbstractUser
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path
from django.utils import timezone
from pytest_django import Settings

from accounts import devices
from accounts.models import User
from config import urls as site
from config.urls import handler500  # noqa: F401
from session_store.log import hashed

from .helpers import (
    TOTP_SECRET,
    SessionStore,
    add,
    confirm_access,
    cookie_of,
    sign_in,
    sign_out,
)

pytestmark = pytest.mark.usefixtures("products")

Log = Callable[[], list[str]]


def sign_in_and_fail(request: HttpRequest) -> HttpResponse:
    login(request, User.objects.get(username="alice"))
    raise RuntimeError


def sign_out_and_fail(request: HttpRequest) -> HttpResponse:
    logout(request)
    raise RuntimeError


urlpatterns = [
    path("fail/", sign_in_and_fail),
    path("fail/out/", sign_out_and_fail),
    *site.urlpatterns,
]


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> Iterator[Log]:
    """Returns the lines since the last call. In none is anything personal."""
    everything = []

    def log() -> list[str]:
        lines = [
            record.getMessage()
            for record in caplog.records
            if record.name == "session_store.events"
        ]
        caplog.clear()
        everything.extend(lines)
        return lines

    yield log
    log()
    text = "\n".join(everything)
    for secret in ["alice", "bob", "example.com", "CUP", "horse", "127.0.0.1"]:
        assert secret not in text


def name(client: Client) -> str:
    """Return what the log calls the browser's session."""
    return f"session {hashed(cookie_of(client))}"


def test_a_session_is_created_with_the_first_thing_in_it(
    client: Client, log: Log
) -> None:
    client.get("/")
    assert log() == []
    add(client, "CUP")
    assert log() == [f"{name(client)}: created"]
    assert cookie_of(client) not in name(client)
    add(client, "CUP")
    client.get("/cart/")
    assert log() == []


def test_in_place_of_one_that_is_over_another_is_created(
    client: Client, log: Log, settings: Settings
) -> None:
    client.cookies[settings.SESSION_COOKIE_NAME] = "0" * 32
    before = name(client)
    add(client, "CUP")
    assert log() == [f"{before}: over", f"{name(client)}: created"]


def test_signing_in_joins_the_session_to_the_one_before(
    client: Client, alice: AbstractUser, log: Log
) -> None:
    add(client, "CUP")
    before = name(client)
    log()
    sign_in(client, alice)
    line = f"{name(client)}: signed in, user {alice.pk}, was {before}"
    assert log() == [line]


def test_a_session_may_begin_with_signing_in(
    client: Client, alice: AbstractUser, log: Log
) -> None:
    sign_in(client, alice)
    now = name(client)
    line = f"{now}: signed in, user {alice.pk}, was session none"
    assert log() == [f"{now}: created", line]


def test_a_sign_in_that_fails_in_the_end_is_none(
    alice: AbstractUser, log: Log, settings: Settings
) -> None:
    settings.ROOT_URLCONF = __name__
    client = Client(raise_request_exception=False)
    add(client, "CUP")
    log()
    assert client.get("/fail/").status_code == 500
    assert log() == []


def test_a_new_key_is_joined_to_the_one_before(
    client: Client, alice: AbstractUser, log: Log
) -> None:
    sign_in(client, alice)
    before = name(client)
    log()
    confirm_access(client)
    line = f"{name(client)}: new key, was {before}"
    assert log() == ([line] if devices.are_listed() else [])


def test_signing_out(client: Client, alice: AbstractUser, log: Log) -> None:
    sign_in(client, alice)
    before = name(client)
    log()
    sign_out(client)
    assert log() == [f"{before}: signed out, user {alice.pk}"]


def test_what_happens_to_nobody_is_not_logged(log: Log) -> None:
    request = HttpRequest()
    request.session = SessionStore()
    logout(request)
    assert authenticate(username="nobody", password="wrong") is None
    assert log() == ["session none: sign-in failed"]


def test_a_sign_out_that_fails_in_the_end_is_none(
    alice: AbstractUser, log: Log, settings: Settings
) -> None:
    settings.ROOT_URLCONF = __name__
    client = Client(raise_request_exception=False)
    sign_in(client, alice)
    log()
    assert client.get("/fail/out/").status_code == 500
    assert log() == []


@pytest.mark.parametrize("has_cart", [True, False])
def test_a_wrong_password(
    client: Client, alice: AbstractUser, log: Log, has_cart: bool
) -> None:
    if has_cart:
        add(client, "CUP")
    before = name(client) if has_cart else "session none"
    log()
    sign_in(client, alice, password="not the password")
    assert log() == [f"{before}: sign-in failed"]


def test_a_wrong_code(client: Client, alice: AbstractUser, log: Log) -> None:
    TOTP.activate(alice, TOTP_SECRET)
    sign_in(client, alice)
    before = name(client)
    log()
    client.post("/accounts/2fa/authenticate/", {"code": "000000"})
    assert log() == [f"{before}: sign-in failed"]


def test_the_user_ends_all_other_sessions(
    client: Client, alice: AbstractUser, log: Log
) -> None:
    phone = Client()
    sign_in(phone, alice)
    sign_in(client, alice)
    confirm_access(client)
    before = name(client)
    log()
    client.post("/accounts/sessions/")
    lines = log()
    assert lines[0] == (
        f"all sessions of user {alice.pk} but this one: ended by user {alice.pk}"
    )
    if devices.are_listed():
        assert lines[1:] == [
            f"{name(phone)}: ended by user {alice.pk}",
            f"{name(client)}: new key, was {before}",
        ]


def test_an_administrator_ends_the_sessions_of_some_users(
    admin_client: Client,
    admin_user: AbstractUser,
    alice: AbstractUser,
    bob: AbstractUser,
    log: Log,
) -> None:
    data = {"action": "end_sessions", "_selected_action": [alice.pk, bob.pk]}
    admin_client.post("/admin/accounts/user/", data)
    log()
    admin_client.post("/admin/accounts/user/", {**data, "confirmed": "yes"})
    who = f"users {alice.pk}, {bob.pk}"
    assert log() == [f"all sessions of {who}: ended by user {admin_user.pk}"]


def test_an_administrator_ends_everyones_sessions(
    admin_client: Client, admin_user: AbstractUser, log: Log
) -> None:
    admin_client.post("/admin/accounts/user/end-sessions/", {"confirmed": "yes"})
    assert f"all sessions of all users: ended by user {admin_user.pk}" in log()


@pytest.mark.usefixtures("two_weeks")
def test_a_user_who_comes_back_too_late(
    client: Client, alice: AbstractUser, log: Log, settings: Settings
) -> None:
    sign_in(client, alice)
    before = name(client)
    log()
    with time_machine.travel(timezone.now() + timedelta(seconds=601)):
        settings.SESSION_IDLE_TIMEOUT = 600
        client.get("/")
    assert log() == [f"{before}: timed out, user {alice.pk}"]
