"""The session engine does all that Django asks of one, with and without `await`.

These are the cases of `SessionTestsMixin` in Django's tests/sessions_tests/tests.py, 5.2
and 6.1, and of `SessionBaseTests` what an engine inherits. Those that need a store on the
server are in test_server_sessions.py; each engine's own are in the file of its name.
"""

import base64
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.core.management import call_command
from django.core.signing import TimestampSigner
from django.utils import timezone
from pytest_django import Settings

from .helpers import SessionStore

pytestmark = pytest.mark.django_db

Call = Callable[..., Any]

PETS = {"cat": "Tom", "dog": {"name": "Rex", "legs": 4}}


@pytest.fixture
def session() -> SessionBase:
    """A new session."""
    return SessionStore()


def saved(**data: Any) -> SessionBase:
    """Return a session that has been saved, as the next request begins with it."""
    session = SessionStore()
    session.update(data)
    session.save()
    return SessionStore(session.session_key)


# The session as a dictionary: test_new_session, test_get_empty, test_store, test_pop...,
# test_setdefault, test_update, test_has_key, test_values, test_keys, test_items, test_clear


def test_a_new_session_has_been_neither_read_nor_changed(session: SessionBase) -> None:
    assert (session.accessed, session.modified) == (False, False)
    assert session.is_empty()


@pytest.mark.parametrize(
    ("name", "args", "result"),
    [
        ("get", ["cat"], "Tom"),
        ("get", ["cow"], None),
        ("get", ["cow", "none"], "none"),
        ("pop", ["cow", "none"], "none"),
        ("setdefault", ["cat", "Kit"], "Tom"),
        ("has_key", ["cat"], True),
        ("has_key", ["cow"], False),
        ("keys", [], PETS.keys()),
        ("values", [], list(PETS.values())),
        ("items", [], PETS.items()),
    ],
)
def test_reading_changes_nothing(
    call: Call, name: str, args: list[Any], result: Any
) -> None:
    session = saved(**PETS)
    returned = call(session, name, *args)
    assert (list(returned) if name == "values" else returned) == result
    assert (session.accessed, session.modified) == (True, False)
    assert dict(session.items()) == PETS


@pytest.mark.parametrize(
    ("name", "args", "result", "after"),
    [
        ("set", ["cat", "Kit"], None, {**PETS, "cat": "Kit"}),
        ("set", ["cow", [None, True, 1.5]], None, {**PETS, "cow": [None, True, 1.5]}),
        ("pop", ["dog"], PETS["dog"], {"cat": "Tom"}),
        ("setdefault", ["cow", "Elsa"], "Elsa", {**PETS, "cow": "Elsa"}),
        ("update", [{"cat": 1, "cow": 2}], None, {**PETS, "cat": 1, "cow": 2}),
    ],
)
def test_what_is_changed_and_saved_is_there_at_the_next_request(
    call: Call, name: str, args: list[Any], result: Any, after: dict[str, Any]
) -> None:
    session = saved(**PETS)
    assert call(session, name, *args) == result
    assert (session.accessed, session.modified) == (True, True)
    call(session, "save")
    assert dict(call(session, "items")) == after
    assert dict(call(SessionStore(session.session_key), "items")) == after


def test_clearing_leaves_a_session_with_nothing_in_it() -> None:
    session = saved(**PETS)
    session.clear()
    assert (session.accessed, session.modified) == (True, True)
    session.save()
    assert list(SessionStore(session.session_key).items()) == []


def test_popping_what_is_not_there_is_an_error(
    session: SessionBase, call: Call
) -> None:
    with pytest.raises(KeyError):
        call(session, "pop", "cow")
    assert call(session, "pop", "cow", default="none") == "none"
    assert not session.modified


def test_the_test_cookie_comes_and_goes(session: SessionBase, call: Call) -> None:
    call(session, "set_test_cookie")
    assert call(session, "test_cookie_worked")
    call(session, "delete_test_cookie")
    assert not call(session, "test_cookie_worked")


# Saving and ending: test_save_doesnt_clear_data, test_delete, test_flush,
# test_cycle_with_no_session_cache, test_invalid_key


def test_a_new_session_that_is_saved_has_a_key_and_keeps_its_data(
    session: SessionBase, call: Call
) -> None:
    call(session, "set", "cat", "Tom")
    call(session, "save")
    assert session.session_key
    assert call(session, "get", "cat") == "Tom"


def test_a_deleted_session_is_no_more(call: Call) -> None:
    session = saved(**PETS)
    call(session, "delete", session.session_key)
    assert not call(session, "exists", session.session_key)


def test_a_flushed_session_has_neither_key_nor_data(call: Call) -> None:
    session = saved(**PETS)
    before = session.session_key
    call(session, "flush")
    assert not session.session_key
    assert session.is_empty()
    assert (session.accessed, session.modified) == (True, True)
    assert not call(session, "exists", before)


def test_a_session_that_gets_a_new_key_before_it_is_read_keeps_its_data(
    call: Call,
) -> None:
    session = saved(**PETS)
    call(session, "cycle_key")
    assert dict(call(session, "items")) == PETS
    call(session, "save")
    assert dict(SessionStore(session.session_key).items()) == PETS


def test_a_key_that_means_nothing_is_replaced_when_the_session_is_saved(
    call: Call,
) -> None:
    session = SessionStore("1")
    call(session, "save")
    assert session.session_key != "1"
    assert call(session, "get", "cat") is None


# The key: test_session_key_empty_string_invalid, ..._too_short_invalid,
# ..._valid_string_saved, ..._is_read_only


def test_a_key_has_eight_characters_or_more() -> None:
    assert SessionStore("").session_key is None
    assert SessionStore("1234567").session_key is None
    assert SessionStore("12345678").session_key == "12345678"


def test_the_key_cannot_be_set(session: SessionBase) -> None:
    with pytest.raises(AttributeError):
        session.session_key = "12345678"


# The lifetime: test_default_expiry, test_custom_expiry_..., test_actual_expiry,
# test_get_expire_at_browser_close, and the engines' test_clearsessions_command


@pytest.mark.parametrize("kind", ["seconds", "timedelta", "datetime"])
def test_a_session_can_have_a_lifetime_of_its_own(
    session: SessionBase, call: Call, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    now = timezone.now()
    monkeypatch.setattr("django.utils.timezone.now", lambda: now)
    delta = timedelta(seconds=500)
    expiry = {"seconds": 500, "timedelta": delta, "datetime": now + delta}[kind]
    call(session, "set_expiry", expiry)
    call(session, "save")
    again = SessionStore(session.session_key)
    assert call(again, "get_expiry_age", modification=now) == 500
    assert call(again, "get_expiry_date", modification=now) == now + delta


@pytest.mark.parametrize("value", [None, 0])
def test_without_one_it_lasts_as_the_settings_say(
    session: SessionBase, call: Call, value: int | None
) -> None:
    assert call(session, "get_expiry_age") == settings.SESSION_COOKIE_AGE
    call(session, "set_expiry", None)
    call(session, "set_expiry", 10)
    call(session, "set_expiry", value)
    assert call(session, "get_expiry_age") == settings.SESSION_COOKIE_AGE


@pytest.mark.parametrize(
    ("setting", "value", "expected"),
    [
        (False, 10, False),
        (False, 0, True),
        (False, None, False),
        (True, 10, False),
        (True, 0, True),
        (True, None, True),
    ],
)
def test_whether_it_ends_with_the_browser(
    session: SessionBase,
    call: Call,
    settings: Settings,
    setting: bool,
    value: int | None,
    expected: bool,
) -> None:
    settings.SESSION_EXPIRE_AT_BROWSER_CLOSE = setting
    call(session, "set_expiry", value)
    assert call(session, "get_expire_at_browser_close") is expected


@pytest.mark.parametrize("is_new", [True, False], ids=["new", "saved before"])
@pytest.mark.parametrize(
    "expiry",
    [-1, timedelta(seconds=-10), timezone.now() - timedelta(seconds=10)],
    ids=["seconds", "timedelta", "datetime"],
)
def test_a_session_that_has_ended_is_empty(
    call: Call, expiry: Any, is_new: bool
) -> None:
    session = SessionStore() if is_new else saved(cow="Elsa")
    call(session, "set", "cat", "Tom")
    call(session, "set_expiry", expiry)
    call(session, "save")
    later = SessionStore(session.session_key)
    assert not call(later, "has_key", "cat")
    assert dict(call(later, "items")) == {}


def test_clearing_expired_sessions_leaves_the_others_alone(call: Call) -> None:
    session = saved(**PETS)
    call(session, "clear_expired")
    call_command("clearsessions")
    assert dict(SessionStore(session.session_key).items()) == PETS


# The format: test_decode, test_decode_failure_logged_to_security,
# test_decode_serializer_exception


def test_what_is_encoded_can_be_decoded(session: SessionBase) -> None:
    assert session.decode(session.encode(PETS)) == PETS


@pytest.mark.parametrize(
    "encoded", [base64.b64encode(b"flaskdj:alkdjf").decode(), "bad:encoded:value", ""]
)
def test_corrupt_data_are_an_empty_session_and_a_warning_to_the_security_log(
    session: SessionBase, caplog: pytest.LogCaptureFixture, encoded: str
) -> None:
    assert session.decode(encoded) == {}
    [record] = caplog.records
    assert record.name == "django.security.SuspiciousSession"
    assert record.levelname == "WARNING"
    assert "Session data corrupted" in record.message


def test_signed_data_that_are_no_session_are_an_empty_one(session: SessionBase) -> None:
    signer = TimestampSigner(salt=session.key_salt)
    assert session.decode(signer.sign("bm8gSlNPTg")) == {}
