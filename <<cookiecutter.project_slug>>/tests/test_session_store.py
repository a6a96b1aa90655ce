"""The session engine, as Django documents sessions, on the server that it uses."""

from datetime import timedelta
from importlib import import_module

import pytest
from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.utils import timezone

from .helpers import SessionStore

pytestmark = pytest.mark.django_db

NAME = settings.SESSION_ENGINE.rpartition(".")[2]
DjangoSessionStore = import_module(
    f"django.contrib.sessions.backends.{NAME}"
).SessionStore


@pytest.fixture
def session() -> SessionBase:
    """A session with something in it, saved."""
    session = SessionStore()
    session["note"] = {"text": "Žluťoučký 🐎", "number": 1, "list": [None, True, 1.5]}
    session.save()
    return session


def test_the_engine_is_djangos_of_the_same_name() -> None:
    # Signatures depend on the name of the class.
    assert SessionStore.__name__ == "SessionStore"
    assert issubclass(SessionStore, DjangoSessionStore)


def test_django_reads_what_the_engine_wrote(session: SessionBase) -> None:
    assert DjangoSessionStore(session.session_key)["note"] == session["note"]


def test_the_engine_reads_what_django_wrote() -> None:
    theirs = DjangoSessionStore()
    theirs["note"] = "from Django"
    theirs.save()
    assert SessionStore(theirs.session_key)["note"] == "from Django"


def test_what_is_saved_is_there_at_the_next_request(session: SessionBase) -> None:
    assert dict(SessionStore(session.session_key).items()) == dict(session.items())


def test_a_saved_session_can_be_changed_and_saved_again(session: SessionBase) -> None:
    later = SessionStore(session.session_key)
    later["note"] = "changed"
    later["more"] = "added"
    later.save()
    again = SessionStore(later.session_key)
    assert dict(again.items()) == {"note": "changed", "more": "added"}
    del again["more"]
    again.save()
    assert dict(SessionStore(again.session_key).items()) == {"note": "changed"}


def test_two_sessions_have_nothing_in_common(session: SessionBase) -> None:
    other = SessionStore()
    other["note"] = "other"
    other.save()
    assert SessionStore(session.session_key)["note"] == session["note"]
    assert SessionStore(other.session_key)["note"] == "other"


def test_a_session_with_a_new_key_keeps_its_data(session: SessionBase) -> None:
    before = dict(session.items())
    session.cycle_key()
    session.save()
    assert dict(SessionStore(session.session_key).items()) == before


def test_a_flushed_session_has_neither_key_nor_data(session: SessionBase) -> None:
    session.flush()
    assert session.is_empty()
    assert session.session_key is None


@pytest.mark.parametrize(
    "key", ["", "0" * 32, "nobody-ever-had-this-key", "../../etc/passwd", "ключ", "a b"]
)
def test_a_key_that_was_made_up_opens_an_empty_session(key: str) -> None:
    session = SessionStore(key)
    assert dict(session.items()) == {}
    session["note"] = "mine"
    session.save()
    assert session.session_key != key
    assert SessionStore(session.session_key)["note"] == "mine"


def test_the_lifetime_is_kept_with_the_session(session: SessionBase) -> None:
    session.set_expiry(500)
    session.save()
    again = SessionStore(session.session_key)
    assert again.get_expiry_age() == 500
    assert not again.get_expire_at_browser_close()


def test_a_session_that_ends_with_the_browser_says_so(session: SessionBase) -> None:
    session.set_expiry(0)
    session.save()
    again = SessionStore(session.session_key)
    assert again.get_expire_at_browser_close()
    assert again.get_expiry_age() == settings.SESSION_COOKIE_AGE


def test_a_session_may_end_at_a_certain_time(session: SessionBase) -> None:
    session.set_expiry(timezone.now() + timedelta(seconds=500))
    session.save()
    age = SessionStore(session.session_key).get_expiry_age()
    assert age == pytest.approx(500, abs=30)


def test_clearing_expired_sessions_leaves_the_others_alone(
    session: SessionBase,
) -> None:
    SessionStore.clear_expired()
    assert SessionStore(session.session_key)["note"] == session["note"]
