"""Sessions move from the previous engine to one on the server: what may come between."""

import contextlib
import os
import sys
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from allauth.usersessions.models import UserSession
from django.conf import settings as django_settings
from django.contrib.auth.models import AbstractUser
from django.contrib.sessions.backends.base import SessionBase, UpdateError
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db import transaction
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from session_store import previous
from session_store.backends.moving import takes_over
from session_store.lifetime import cookie_age

from .helpers import (
    SessionStore,
    add,
    cart_of,
    confirm_access,
    cookie_of,
    copy_of,
    is_signed_in,
    put_back,
    sign_in,
    stored,
)

pytestmark = pytest.mark.usefixtures("previous_engine", "products")

Visit = Callable[[], SessionBase]


@pytest.fixture
def visit(client: Client) -> Visit:
    """Return a function that begins one more request with the same old session."""
    add(client, "CUP", 2)
    key = put_back(client)
    return lambda: import_module(django_settings.SESSION_ENGINE).SessionStore(key)


def come_between(
    monkeypatch: pytest.MonkeyPatch, name: str, function: Callable[[], Any], when: str
) -> None:
    """Have something happen right before or after the first call of a function.

    `previous.read` looks for the session there, `previous.delete` comes once it is here.
    """
    original = getattr(previous, name)

    def call(key: str) -> Any:
        monkeypatch.setattr(previous, name, original)
        if when == "before":
            function()
        result = original(key)
        if when == "after":
            function()
        return result

    monkeypatch.setattr(previous, name, call)


def assert_ended(visit: Visit) -> None:
    """It is nowhere, and stays so when what is over is cleared."""
    call_command("clearsessions")
    for _ in range(2):
        session = visit()
        key = session.session_key
        assert dict(session.items()) == {}
        assert session.session_key is None
        assert not SessionStore().exists(key)
        assert previous.is_in_cookies() or previous.read(key) == (None, None)


def test_an_engine_built_upon_the_sites_takes_over_too(visit: Visit) -> None:
    engine = import_module(django_settings.SESSION_ENGINE)
    with pytest.raises(TypeError, match=r"SessionStore\.plain"):
        takes_over(type("SessionStore", (engine.SessionStore,), {}))
    own = type("SessionStore", (engine.SessionStore.plain,), {})
    assert not hasattr(own, "takes_over")
    engine.SessionStore = takes_over(own)  # until `previous_engine` puts it back
    assert engine.SessionStore.takes_over
    assert visit()["cart"]


def test_sessions_move_from_an_engine_built_upon_the_sites(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = import_module(django_settings.SESSION_ENGINE).SessionStore
    module = ModuleType("own_engine")
    monkeypatch.setitem(sys.modules, "own_engine", module)
    settings.SESSION_PREVIOUS_ENGINE = "own_engine"
    module.SessionStore = own = type("SessionStore", (here.plain,), {})
    assert previous.engine() is own
    module.SessionStore = takes_over(own)
    assert previous.engine() is own


@pytest.mark.parametrize("name", ["read", "delete"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_of_two_requests_at_once_both_see_the_session_and_none_undoes_the_other(
    visit: Visit, monkeypatch: pytest.MonkeyPatch, name: str, when: str
) -> None:
    def request() -> None:
        session = visit()
        session["other"] = "kept"
        session.save()

    come_between(monkeypatch, name, request, when)
    session = visit()
    assert session["cart"]
    session["mine"] = "kept"
    session.save()
    data = dict(SessionStore(session.session_key).items())
    assert data["cart"] and data["other"] == data["mine"] == "kept"


@pytest.mark.parametrize("name", ["read", "delete"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_session_that_is_ended_at_that_moment_stays_so(
    visit: Visit, monkeypatch: pytest.MonkeyPatch, name: str, when: str
) -> None:
    come_between(monkeypatch, name, lambda: visit().flush(), when)
    dict(visit().items())
    assert_ended(visit)


def test_a_session_that_is_ended_while_it_is_written_is_taken_back(
    visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    def insert(session: SessionBase, data: dict[str, Any]) -> None:
        patch.undo()
        visit().flush()
        session.insert(data)

    with monkeypatch.context() as patch:
        patch.setattr(type(visit()), "insert", insert)
        dict(visit().items())
    assert_ended(visit)


def test_one_that_has_ended_is_not_even_written(
    visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    def insert(session: SessionBase, data: dict[str, Any]) -> None:
        raise AssertionError("another request could have read it")

    visit().flush()
    monkeypatch.setattr(type(visit()), "insert", insert)
    assert_ended(visit)


def test_a_request_that_saves_after_the_end_does_not_bring_it_back(
    visit: Visit,
) -> None:
    session = visit()
    session["late"] = True
    visit().flush()
    with pytest.raises(UpdateError):
        session.save()
    assert_ended(visit)


def test_nor_does_one_that_has_given_it_a_new_key(visit: Visit) -> None:
    session = visit()
    session.cycle_key()
    SessionStore().delete(session.session_key)
    session["late"] = True
    with pytest.raises(UpdateError):
        session.save()
    assert_ended(visit)


def test_a_session_is_still_there_when_the_transaction_it_moved_in_is_rolled_back(
    visit: Visit,
) -> None:
    with contextlib.suppress(ZeroDivisionError), transaction.atomic():
        assert visit()["cart"] and 1 / 0
    assert visit()["cart"]
    assert SessionStore(visit().session_key)["cart"]


@pytest.mark.usefixtures("two_weeks")
def test_what_is_left_of_a_lifetime_goes_along(
    visit: Visit, previous_engine: str, tmp_path: Path
) -> None:
    key = visit().session_key
    if previous_engine.endswith("db"):
        in_an_hour = timezone.now() + timezone.timedelta(hours=1)
        Session.objects.filter(pk=key).update(expire_date=in_an_hour)
    elif previous_engine.endswith("file"):
        [file] = tmp_path.glob(f"*{key}")
        then = time.time() + 3600 - django_settings.SESSION_COOKIE_AGE
        os.utime(file, (then, then))
    else:  # it begins anew, as this engine does not tell
        return
    assert visit()["cart"]
    _, seconds = previous._read(SessionStore(key))
    if previous.place(SessionStore, "")[0] in ("table", "folder"):
        assert 3590 <= seconds <= 3600
    else:
        assert seconds is None or 3590 <= seconds <= 3600


@pytest.mark.parametrize(
    ("expiry", "seconds"), [(600, 600), (0, cookie_age(0)), (None, cookie_age(None))]
)
def test_a_file_lasts_as_long_as_its_session(
    visit: Visit, previous_engine: str, tmp_path: Path, expiry: Any, seconds: int
) -> None:
    if not previous_engine.endswith("file"):
        return
    session = previous.session(visit().session_key)
    session.set_expiry(expiry)
    session.save()
    [file] = tmp_path.glob(f"*{session.session_key}")
    for left in (30, -30):
        then = time.time() - seconds + left
        os.utime(file, (then, then))
        data, rest = previous.read(session.session_key)
        assert (data is None) == (left < 0)
        assert rest is None or 28 <= rest <= 30


def test_a_file_lasts_until_the_date_that_was_set_for_its_session(
    visit: Visit, previous_engine: str
) -> None:
    if not previous_engine.endswith("file"):
        return
    session = previous.session(visit().session_key)
    session.set_expiry(timezone.now() + timezone.timedelta(minutes=10))
    session.save()
    _, rest = previous.read(session.session_key)
    assert 590 <= rest <= 600


def test_a_device_stays_on_its_users_list_and_can_be_ended_from_another(
    alice: AbstractUser,
) -> None:
    laptop, phone = Client(), Client()
    for device in (laptop, phone):
        sign_in(device, alice)
    confirm_access(laptop)
    key = put_back(phone)
    if previous.is_in_cookies():  # such a device is on the list once it has come
        assert is_signed_in(phone)
        key = cookie_of(phone)
    call_command("clearusersessions")
    row = UserSession.objects.get(session_key=key)
    laptop.post(f"/accounts/sessions/{row.pk}/end/")
    for _ in range(2):
        assert not is_signed_in(phone)
    assert is_signed_in(laptop)


def test_a_cookie_from_before_signing_in_is_worth_nothing_afterwards(
    client: Client, alice: AbstractUser
) -> None:
    add(client, "CUP")
    put_back(client)
    thief = copy_of(client)
    sign_in(client, alice)
    assert cart_of(client) == {"CUP": 1}
    for _ in range(2):
        assert cart_of(thief) == {}


def test_requests_with_the_same_cookie_find_the_same_session(client: Client) -> None:
    add(client, "CUP", 2)
    put_back(client)
    copies = [copy_of(client) for _ in range(3)]
    for copy in copies:
        add(copy, "TIN")
    assert len({cookie_of(copy) for copy in copies}) == 1
    assert cart_of(copies[0]) == {"CUP": 2, "TIN": 3}
    assert stored(copies[0])["cart"]


def test_who_has_nearly_the_same_cookie_has_another_session(client: Client) -> None:
    visitors = [client, Client()]
    for visitor in visitors:  # their cookies differ in the time alone
        add(visitor, "CUP", 2)
        put_back(visitor)
    add(client, "TIN")
    assert cart_of(visitors[1]) == {"CUP": 2}
    assert cart_of(client) == {"CUP": 2, "TIN": 1}


def test_without_a_previous_engine_there_is_nothing_more_to_ask() -> None:
    assert SessionStore.plain is SessionStore


def test_it_can_be_ended_twice(visit: Visit) -> None:
    for _ in range(2):
        session = visit()
        session.delete(session.session_key)
    assert_ended(visit)


def test_its_end_is_marked_before_it_is_gone(
    visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = visit()
    marked = []

    def note_mark() -> None:
        marked.append(session._is_marked(session.session_key))

    come_between(monkeypatch, "delete", note_mark, "before")
    session.delete(session.session_key)
    assert marked == [True]


def test_its_mark_stays_as_long_as_its_cookie_may_come(
    visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    session, ages = visit(), []
    insert = session.plain.insert

    def spy(mark: SessionBase, data: dict[str, Any]) -> None:
        ages.append(mark.get_store_age())
        insert(mark, data)

    monkeypatch.setattr(session.plain, "insert", spy)
    session.delete(session.session_key)
    assert ages == [django_settings.SESSION_COOKIE_AGE]
