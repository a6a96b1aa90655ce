"""The list of a user's devices, where the engine keeps sessions on the server."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from allauth.usersessions.models import UserSession
from django.contrib.auth.models import AbstractUser
from django.core.management import call_command
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts import activity, devices
from accounts.user_agents import describe
from session_store.log import hashed

from .helpers import (
    PASSWORD,
    SessionStore,
    confirm_access,
    cookie_of,
    is_signed_in,
    messages_of,
    session_of,
    sign_in,
    sign_out,
)

pytestmark = pytest.mark.django_db

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/26.0 Mobile/15E148 Safari/604.1"
)

NEW_PASSWORD = {"password1": "a brand new secret", "password2": "a brand new secret"}


@pytest.fixture
def laptop(alice: AbstractUser) -> Client:
    """Alice is signed in, and has just given her password again."""
    laptop = Client(headers={"User-Agent": FIREFOX}, REMOTE_ADDR="192.0.2.1")
    sign_in(laptop, alice)
    confirm_access(laptop)
    return laptop


@pytest.fixture
def phone(laptop: Client, alice: AbstractUser) -> Client:
    """The next device on which Alice has signed in."""
    phone = Client(headers={"User-Agent": IPHONE}, REMOTE_ADDR="2001:db8::5")
    sign_in(phone, alice)
    return phone


def listed(client: Client) -> list[str]:
    """Return what the page says of each session, without its HTML."""
    page = client.get("/accounts/sessions/")
    return [
        f"{session['browser']}, {session['row'].ip}"
        for session in page.context["sessions"]
    ]


def end(client: Client, pk: int) -> HttpResponse:
    return client.post(f"/accounts/sessions/{pk}/end/", follow=True)


def row(client: Client) -> UserSession:
    return UserSession.objects.get(session_key=cookie_of(client))


def test_the_page_lists_the_users_sessions_this_one_first(
    laptop: Client, phone: Client, bob: AbstractUser
) -> None:
    sign_in(Client(), bob)
    on_laptop, on_phone = "Firefox on Linux, 192.0.2.1", "Safari on iPhone, 2001:db8::5"
    assert listed(laptop) == [on_laptop, on_phone]
    assert listed(phone) == [on_phone, on_laptop]
    html = phone.get("/accounts/sessions/").content.decode()
    assert html.count("This device") == 1
    assert html.index("Safari") < html.index("This device") < html.index("Firefox")


def test_a_list_that_cannot_be_written_keeps_nobody_from_a_page(
    laptop: Client,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail(request: HttpRequest) -> None:
        raise OperationalError("database is locked")

    UserSession.objects.all().delete()
    activity.SEEN.clear()
    monkeypatch.setattr(UserSession.objects, "create_from_request", fail)
    assert laptop.get("/cart/").status_code == 200
    assert "database is locked" in caplog.text


def test_one_session_is_ended_and_no_other(
    laptop: Client,
    phone: Client,
    alice: AbstractUser,
    caplog: pytest.LogCaptureFixture,
) -> None:
    tablet = Client()
    sign_in(tablet, alice)
    key = cookie_of(phone)
    page = end(laptop, row(phone).pk)
    assert "That device is signed out." in page.content.decode()
    assert f"session {hashed(key)}: ended by user {alice.pk}" in caplog.text
    assert not SessionStore().exists(key)
    assert not is_signed_in(phone)
    assert is_signed_in(laptop)
    assert is_signed_in(tablet)
    assert len(listed(laptop)) == 2


def test_nobody_ends_the_sessions_of_others(laptop: Client, bob: AbstractUser) -> None:
    bobs = Client()
    sign_in(bobs, bob)
    assert end(laptop, row(bobs).pk).status_code == 404
    assert is_signed_in(bobs)


def test_ending_takes_a_recent_password_and_a_form(
    laptop: Client, phone: Client
) -> None:
    address = f"/accounts/sessions/{row(laptop).pk}/end/"
    response = phone.post(address)
    assert response["Location"].startswith("/accounts/reauthenticate/")
    # As after a sign-in on the way.
    assert phone.get(address)["Location"] == "/accounts/sessions/"
    assert is_signed_in(laptop)


def test_of_the_others_the_one_seen_last_comes_first(
    laptop: Client, phone: Client, alice: AbstractUser
) -> None:
    tablet = Client(headers={"User-Agent": FIREFOX.replace("X11; Linux", "iPad")})
    sign_in(tablet, alice)
    then = timezone.now() - timedelta(hours=1)
    UserSession.objects.filter(session_key=cookie_of(laptop)).update(last_seen_at=then)
    html = tablet.get("/accounts/sessions/").content.decode()
    assert html.index("This device") < html.index("2001:db8::5") < html.index("192.0.2")
    now = timezone.now() + timedelta(minutes=1)
    UserSession.objects.filter(session_key=cookie_of(laptop)).update(last_seen_at=now)
    html = tablet.get("/accounts/sessions/").content.decode()
    assert html.index("This device") < html.index("192.0.2") < html.index("2001:db8::5")


def test_ending_all_others_leaves_nothing_of_them(
    laptop: Client, phone: Client, alice: AbstractUser
) -> None:
    tablet = Client()
    sign_in(tablet, alice)
    keys = [cookie_of(phone), cookie_of(tablet)]
    laptop.post("/accounts/sessions/")
    assert not any(SessionStore().exists(key) for key in keys)
    assert list(UserSession.objects.all()) == [row(laptop)]


@pytest.mark.parametrize(
    ("address", "data"),
    [
        ("sessions/", {}),
        ("password/change/", {"oldpassword": PASSWORD, **NEW_PASSWORD}),
        ("email/", {"email": "new@example.com", "action_add": ""}),
    ],
)
def test_a_session_keeps_its_place_in_the_list_when_its_key_changes(
    laptop: Client,
    phone: Client,
    caplog: pytest.LogCaptureFixture,
    address: str,
    data: dict[str, str],
) -> None:
    before = row(laptop)
    laptop.post(f"/accounts/{address}", data)
    assert row(laptop).session_key != before.session_key
    assert row(laptop).created_at == before.created_at
    assert list(UserSession.objects.all()) == [row(laptop)]
    assert f"{hashed(cookie_of(phone))}: ended by user" in caplog.text
    assert f"{hashed(before.session_key)}: ended by user" not in caplog.text


def end_at_server(client: Client) -> None:
    SessionStore().delete(cookie_of(client))


def time_out(client: Client) -> None:
    with session_of(client) as session:
        session["lifetime"] = {"signed_in": 0, "seen": 0}


@pytest.mark.parametrize("end", [end_at_server, time_out])
def test_what_has_ended_is_not_listed(
    laptop: Client, phone: Client, end: Callable[[Client], None]
) -> None:
    end(phone)
    assert listed(laptop) == ["Firefox on Linux, 192.0.2.1"]


def test_a_user_whose_session_has_timed_out_is_told_so_though_it_is_not_listed(
    laptop: Client, phone: Client
) -> None:
    time_out(phone)
    listed(laptop)
    assert "For your safety you were signed out." in messages_of(phone.get("/"))[-1]


def test_signing_out_takes_the_session_off_the_list(
    laptop: Client, phone: Client
) -> None:
    sign_out(phone)
    assert list(UserSession.objects.all()) == [row(laptop)]
    assert is_signed_in(laptop)


@pytest.mark.parametrize(
    "look", [listed, lambda laptop: call_command("clearusersessions")]
)
def test_a_session_from_before_a_new_secret_key_is_left_to_its_browser(
    laptop: Client, phone: Client, settings: Settings, look: Callable[[Client], Any]
) -> None:
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another one"
    assert is_signed_in(laptop)
    key = cookie_of(phone)
    look(laptop)
    assert row(phone).session_key == key
    assert is_signed_in(phone)


def test_those_that_a_new_epoch_has_ended_are_removed(
    phone: Client, alice: AbstractUser
) -> None:
    devices.end_all(type(alice).objects.filter(pk=alice.pk))
    call_command("clearusersessions")
    assert not UserSession.objects.exists()


def test_the_session_of_a_user_who_was_deactivated_is_not_listed(
    phone: Client, alice: AbstractUser
) -> None:
    alice.is_active = False
    alice.save()
    call_command("clearusersessions")
    assert not UserSession.objects.exists()


@pytest.mark.parametrize("end", [end_at_server, time_out])
def test_housekeeping_removes_what_has_ended_and_nothing_else(
    laptop: Client, phone: Client, end: Callable[[Client], None]
) -> None:
    end(phone)
    call_command("clearusersessions")
    assert list(UserSession.objects.all()) == [row(laptop)]
    assert is_signed_in(laptop)


@pytest.mark.usefixtures("two_weeks")
def test_when_a_session_was_last_seen_is_noted_every_few_minutes(
    laptop: Client,
) -> None:
    before = row(laptop)
    laptop.get("/")
    assert row(laptop).last_seen_at == before.last_seen_at
    with time_machine.travel(timezone.now() + timedelta(minutes=6)):
        laptop.get("/", REMOTE_ADDR="192.0.2.77")
    after = row(laptop)
    assert after.last_seen_at > before.last_seen_at
    assert after.ip == "192.0.2.77"
    assert after.created_at == before.created_at


@pytest.mark.usefixtures("two_weeks")
def test_each_device_is_noted_by_itself_and_once(laptop: Client, phone: Client) -> None:
    later = timezone.now() + timedelta(hours=1)
    with time_machine.travel(later, tick=False):
        for client in (laptop, phone):
            client.get("/cart/")
    rows = UserSession.objects.filter(last_seen_at=later)
    assert rows.count() == 2
    activity.SEEN.clear()  # as in another process
    with time_machine.travel(later + timedelta(seconds=10), tick=False):
        laptop.get("/cart/")
    assert rows.count() == 2


def test_nobody_ends_the_session_in_front_of_them(laptop: Client) -> None:
    confirm_access(laptop)
    assert end(laptop, row(laptop).pk).status_code == 404
    assert is_signed_in(laptop)


@pytest.mark.usefixtures("two_weeks")
def test_what_could_not_be_noted_is_noted_at_the_next_page(
    laptop: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = row(laptop)

    def fail(request: HttpRequest) -> None:
        raise OperationalError

    with time_machine.travel(timezone.now() + timedelta(minutes=6)):
        with monkeypatch.context() as patch:
            patch.setattr(UserSession.objects, "create_from_request", fail)
            assert laptop.get("/").status_code == 200
        laptop.get("/")
    assert row(laptop).last_seen_at > before.last_seen_at


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        (FIREFOX, "Firefox on Linux"),
        (IPHONE, "Safari on iPhone"),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like "
            "Gecko) Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0",
            "Edge on Windows",
        ),
        (
            "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) "
            "Chrome/142.0.0.0 Mobile Safari/537.36",
            "Chrome on Android",
        ),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 "
            "(KHTML, like Gecko) Version/26.0 Safari/605.1.15",
            "Safari on macOS",
        ),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like "
            "Gecko) Chrome/140.0.0.0 YaBrowser/25.10.0 Safari/537.36",
            "Yandex Browser on Windows",
        ),
        ("curl/8.5.0", "Unknown browser"),
        ("", "Unknown browser"),
    ],
)
def test_browsers_are_told_in_words(user_agent: str, words: str) -> None:
    assert describe(user_agent) == words
