"""Sessions in files: who can read them, and when they end."""

import os
import time
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase

from .helpers import SessionStore


@pytest.fixture
def session() -> SessionBase:
    """A session with something in it, not saved yet."""
    session = SessionStore()
    session["note"] = "kept"
    return session


def file_of(session: SessionBase) -> Path:
    name = f"{settings.SESSION_COOKIE_NAME}{session.session_key}"
    return Path(settings.SESSION_FILE_PATH, name)


def save_in_the_past(session: SessionBase, seconds: int) -> None:
    session.save()
    then = time.time() - seconds
    os.utime(file_of(session), (then, then))


def loaded(session: SessionBase) -> str | None:
    return SessionStore(session.session_key).get("note")


def test_only_the_sites_own_user_can_read_the_files(session: SessionBase) -> None:
    session.save()
    file = file_of(session)
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700


def test_seconds_count_from_when_the_session_was_saved(session: SessionBase) -> None:
    session.set_expiry(60)
    save_in_the_past(session, 50)
    assert loaded(session) == "kept"
    save_in_the_past(session, 61)
    assert loaded(session) is None


def test_without_seconds_of_its_own_a_session_lasts_as_the_settings_say(
    session: SessionBase,
) -> None:
    save_in_the_past(session, settings.SESSION_COOKIE_AGE - 30)
    assert loaded(session) == "kept"
    save_in_the_past(session, settings.SESSION_COOKIE_AGE + 1)
    assert loaded(session) is None


def test_a_session_that_ends_with_the_browser_is_kept_as_the_settings_say(
    session: SessionBase,
) -> None:
    session.set_expiry(0)
    save_in_the_past(session, settings.SESSION_COOKIE_AGE - 30)
    assert loaded(session) == "kept"
    save_in_the_past(session, settings.SESSION_COOKIE_AGE + 1)
    assert loaded(session) is None


def test_clearing_expired_sessions_removes_their_files(session: SessionBase) -> None:
    other = SessionStore()
    other.save()
    session.set_expiry(60)
    save_in_the_past(session, 61)
    SessionStore.clear_expired()
    assert not file_of(session).exists()
    assert file_of(other).exists()
