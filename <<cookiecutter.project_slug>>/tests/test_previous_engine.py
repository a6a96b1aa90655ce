"""Sessions move from the engine that the site had before, and nobody notices.

From each of Django's engines, whose data those of this site read and write, to the
site's own.
"""

import importlib
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock, Mock

import pytest
from asgiref.sync import async_to_sync
from django.conf import settings as django_settings
from django.contrib.auth.models import AbstractUser
from django.contrib.sessions.backends.signed_cookies import SessionStore as CookieStore
from django.contrib.sessions.models import Session
from django.core.cache import caches
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import OperationalError
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from session_store import previous

from .helpers import (
    SessionStore,
    add,
    cart_of,
    cookie_of,
    copy_of,
    is_signed_in,
    put_back,
    session_of,
    sign_in,
    sign_out,
    stored,
)

pytestmark = pytest.mark.usefixtures("previous_engine", "products")

LISTABLE = ("db", "file")


@pytest.fixture
def guest(client: Client) -> Client:
    """A visitor with something in the cart, and a session of the previous engine."""
    add(client, "CUP", 2)
    put_back(client)
    return client


@pytest.fixture
def user(alice: AbstractUser) -> Client:
    """Likewise a visitor who has signed in, with "remember me"."""
    client = Client()
    sign_in(client, alice, remember="on")
    add(client, "POT", 3)
    put_back(client)
    return client


def is_over(key: str) -> bool:
    """Return whether the previous engine has nothing under the key any more."""
    return previous.is_in_cookies() or previous.read(key) == (None, None)


def test_asynchronous_views_find_and_end_it_too(guest: Client) -> None:
    key = cookie_of(guest)
    store = importlib.import_module(django_settings.SESSION_ENGINE).SessionStore
    session = store(key)
    assert async_to_sync(session.aget)("cart")["lines"] == {"CUP": 2}
    session = store(key)
    cart = async_to_sync(session.achange)("cart", lambda cart: cart)
    assert cart["lines"] == {"CUP": 2}
    async_to_sync(session.aflush)()
    assert is_over(key)


def test_carts_and_sign_ins_move(guest: Client, user: Client) -> None:
    keys = [cookie_of(guest), cookie_of(user)]
    expiry = previous.read(keys[1])[0]["_session_expiry"]
    assert expiry == django_settings.SESSION_COOKIE_AGE
    for _ in range(3):
        assert cart_of(guest) == {"CUP": 2}
        assert cart_of(user) == {"POT": 3}
        assert is_signed_in(user)
    assert stored(guest)["cart"]
    assert stored(user)["_session_expiry"] == expiry
    assert all(map(is_over, keys))


CIRCLE: list[Any] = []
CIRCLE.append(CIRCLE)


@pytest.mark.parametrize("value", [timezone.now(), CIRCLE], ids=["time", "circle"])
def test_what_cannot_be_written_any_more_is_left_behind_alone(
    user: Client,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    value: Any,
) -> None:
    data, seconds = previous.read(cookie_of(user))
    data["visited"] = value
    monkeypatch.setattr(previous, "_read", lambda session: (data, seconds))
    assert cart_of(user) == {"POT": 3}
    assert is_signed_in(user)
    assert "visited" not in stored(user)
    assert "visited" in caplog.text


def test_what_visitors_do_first_is_kept(
    guest: Client, user: Client, bob: AbstractUser
) -> None:
    add(guest, "CUP")
    sign_in(guest, bob)
    add(user, "CUP")
    assert cart_of(guest) == {"CUP": 3}
    assert cart_of(user) == {"POT": 3, "CUP": 1}
    assert is_signed_in(guest) and is_signed_in(user)


@pytest.mark.parametrize("has_come", [True, False])
def test_a_session_that_is_signed_out_does_not_come_back(
    user: Client, has_come: bool
) -> None:
    copies = [copy_of(user)]
    if has_come:
        assert is_signed_in(user)
        copies.append(copy_of(user))
    sign_out(user)
    for _ in range(2):
        assert not any(map(is_signed_in, [user, *copies]))
    assert is_over(cookie_of(copies[0]))


def test_signing_out_leaves_other_devices_alone_unless_cookies_move(
    user: Client, alice: AbstractUser
) -> None:
    phone = Client()
    sign_in(phone, alice)
    sign_out(user)
    is_by_cookies = previous.is_in_cookies() or issubclass(SessionStore, CookieStore)
    assert is_signed_in(phone) == (not is_by_cookies)


def test_nor_does_an_earlier_cookie_of_it(user: Client) -> None:
    if not previous.is_in_cookies():
        return
    data, _ = previous.read(cookie_of(user))
    earlier = previous.session()
    earlier._session_cache = {key: data[key] for key in data if key != "cart"}
    earlier.save(must_create=True)
    thief = Client()
    thief.cookies[django_settings.SESSION_COOKIE_NAME] = earlier.session_key
    assert is_signed_in(copy_of(thief))
    sign_out(user)
    assert not is_signed_in(thief)


refuse = Mock(side_effect=ConnectionError("refused"))


def test_while_the_previous_store_is_down_a_session_waits_for_it(
    guest: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = cookie_of(guest)
    with monkeypatch.context() as outage:
        outage.setattr(previous, "session", refuse)
        response = guest.get("/cart/")
    assert response.status_code == 503
    assert cookie_of(guest) == key
    assert cart_of(guest) == {"CUP": 2}


def test_what_has_come_but_cannot_be_deleted_there_is_not_lost(
    guest: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as outage:
        outage.setattr(previous.engine(), "delete", refuse)
        # It is deleted at once or, from a cookie, when that comes back.
        answers = [guest.get("/cart/") for _ in range(2)]
    assert 503 in [answer.status_code for answer in answers]
    assert cart_of(guest) == {"CUP": 2}


def test_it_is_in_the_cache_that_the_settings_name(guest: Client) -> None:
    session = previous.session(cookie_of(guest))
    if hasattr(session, "_cache"):
        assert session.cache_key in caches["previous"]


def test_a_folder_that_is_gone_or_unreadable_is_no_end_of_sessions(
    guest: Client,
    previous_engine: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if not previous_engine.endswith("file"):
        return
    key = cookie_of(guest)
    with monkeypatch.context() as outage:
        outage.setattr(Path, "read_text", Mock(side_effect=PermissionError("no")))
        assert guest.get("/cart/").status_code == 503
    away = tmp_path.rename(tmp_path.with_name("away"))
    assert guest.get("/cart/").status_code == 503
    away.rename(tmp_path)
    assert cookie_of(guest) == key
    assert cart_of(guest) == {"CUP": 2}


def test_what_is_damaged_is_no_session(
    guest: Client, previous_engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if previous_engine.endswith("file"):
        [file] = tmp_path.glob(f"*{cookie_of(guest)}")
        file.write_bytes(b"\xff")
    elif previous_engine.endswith(".cache"):
        cache = previous.session()._cache
        monkeypatch.setattr(type(cache), "get", Mock(side_effect=ValueError))
    else:
        return
    assert cart_of(guest) == {}


def test_a_cookie_that_means_nothing_to_either_begins_a_session(
    client: Client,
) -> None:
    for value in ("a" * 32, "a" * 40, "../../etc/passwd", "x:y:z"):
        client.cookies[django_settings.SESSION_COOKIE_NAME] = value
        assert cart_of(client) == {}
        client.cookies[django_settings.SESSION_COOKIE_NAME] = value
        add(client, "CUP")
        assert cookie_of(client) != value
        assert cart_of(client) == {"CUP": 1}


def test_the_rest_is_counted_and_moved_by_a_command(
    guest: Client,
    user: Client,
    previous_engine: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    store = importlib.import_module(django_settings.SESSION_ENGINE).SessionStore
    if not previous_engine.endswith(LISTABLE):
        for arguments in ([], ["--count"]):
            with pytest.raises(CommandError, match="when its visitor comes"):
                call_command("move_sessions", *arguments)
        return
    # What is not to move: a session that is over, or another site's.
    over = "over" * 8
    if previous_engine.endswith("file"):
        Path(previous.session().storage_path, f"other{over}").touch()
    else:
        Session.objects.create(session_key=over, expire_date=timezone.now())
    call_command("move_sessions", "--count")
    assert capsys.readouterr().out == "2 are still to move.\n"
    if not hasattr(store, "move"):
        with pytest.raises(CommandError, match="into the visitors' cookies"):
            call_command("move_sessions")
        return
    # One that was moved when something came between, and is there as well as here.
    with session_of(guest) as session:
        session["note"] = "new"
    session = previous.session(cookie_of(guest))
    session["note"] = "old"
    session.save(must_create=True)
    call_command("move_sessions")
    assert capsys.readouterr().out == "2 moved, and none is left.\n"
    call_command("move_sessions", "--count")
    assert capsys.readouterr().out == "0 are still to move.\n"
    call_command("move_sessions")
    assert capsys.readouterr().out == "0 moved, and none is left.\n"
    assert not Session.objects.filter(pk=over).exists()
    assert stored(guest)["note"] == "new"
    assert cart_of(guest) == {"CUP": 2}
    assert is_signed_in(user)


def test_the_command_says_why_it_cannot_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def without_folder() -> None:
        raise ImproperlyConfigured("no such folder")

    with monkeypatch.context() as patch:
        patch.setattr(previous, "session", without_folder)
        with pytest.raises(CommandError, match="no such folder"):
            call_command("move_sessions", "--count")
    for error in (ConnectionError("no route to host"), OperationalError("no server")):
        failing = MagicMock()
        failing.__iter__.side_effect = error
        monkeypatch.setattr(previous, "_keys", lambda session, keys=failing: keys)
        with pytest.raises(CommandError, match=str(error)):
            call_command("move_sessions", "--count")
    monkeypatch.setattr(previous, "_keys", lambda session: [None])
    with pytest.raises(TypeError):
        call_command("move_sessions", "--count")


def test_without_a_previous_engine_there_is_none_to_move(settings: Settings) -> None:
    settings.SESSION_PREVIOUS_ENGINE = ""
    with pytest.raises(CommandError, match="is not set"):
        call_command("move_sessions")


def test_what_is_no_key_is_not_counted(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = ["a" * 32, "a" * 7, "a" * 41, "A" * 32, "../../etc/passwd", ""]
    monkeypatch.setattr(previous, "_keys", lambda session: iter(found))
    call_command("move_sessions", "--count")
    assert capsys.readouterr().out == "1 are still to move.\n"


def test_rows_are_listed_a_few_at_a_time_and_none_that_is_over(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.SESSION_PREVIOUS_ENGINE = "django.contrib.sessions.backends.db"
    monkeypatch.setattr(previous, "CHUNK", 2)
    for number in (5, 3, 1, 4, 2, 0):
        Session.objects.create(
            session_key=f"session{number}",
            expire_date=timezone.now() + timedelta(hours=number - 0.5),
        )
    assert list(previous.keys()) == [f"session{number}" for number in range(1, 6)]
