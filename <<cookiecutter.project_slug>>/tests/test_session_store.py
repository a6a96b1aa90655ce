"""The session engine can take the place of Django's, and `change()` does as it says."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.contrib.sessions.backends.base import SessionBase
from django.test import Client
from pytest_django import Settings

from catalog.models import Product

from .helpers import SessionStore, add, badge_of, cart_of, copy_of, sign_in

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


@pytest.mark.parametrize("fields", [{}, {"remember": "on"}], ids=["not", "remembered"])
def test_a_site_changes_over_to_it_and_back_and_nobody_notices(
    client: Client,
    products: list[Product],
    alice: AbstractUser,
    settings: Settings,
    fields: dict[str, str],
) -> None:
    engine, middleware = settings.SESSION_ENGINE, settings.MIDDLEWARE
    add(client, "CUP", 2)
    sign_in(client, alice, **fields)
    settings.SESSION_ENGINE = DjangoSessionStore.__module__
    settings.MIDDLEWARE = [
        name.replace("session_store", "django.contrib.sessions") for name in middleware
    ]
    theirs = copy_of(client)
    assert theirs.get("/").wsgi_request.user == alice
    assert badge_of(theirs) == 2
    add(theirs, "POT")
    settings.SESSION_ENGINE, settings.MIDDLEWARE = engine, middleware
    ours = copy_of(theirs)
    assert ours.get("/").wsgi_request.user == alice
    assert badge_of(ours) == 3
    add(ours, "POT")
    assert cart_of(ours) == {"CUP": 2, "POT": 2}


def test_two_sessions_have_nothing_in_common(session: SessionBase) -> None:
    other = SessionStore()
    other["note"] = "other"
    other.save()
    assert SessionStore(session.session_key)["note"] == session["note"]
    assert SessionStore(other.session_key)["note"] == "other"


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


# change()


@pytest.fixture
def counted() -> SessionBase:
    """A session with a number in it, as the next request begins with it."""
    session = SessionStore()
    session["number"] = 1
    session.save()
    return SessionStore(session.session_key)


def test_a_change_begins_with_the_present_value_and_returns_the_new_one(
    counted: SessionBase, call: Callable[..., Any]
) -> None:
    assert call(counted, "change", "number", lambda number: number + 1) == 2
    assert counted["number"] == 2
    assert counted.modified and counted.accessed
    counted.save()
    assert SessionStore(counted.session_key)["number"] == 2


def test_a_change_of_what_is_not_there_begins_with_none(counted: SessionBase) -> None:
    assert counted.change("pets", lambda pets: [pets]) == [None]
    counted.save()
    assert SessionStore(counted.session_key)["pets"] == [None]


def test_a_change_to_none_removes_the_key(counted: SessionBase) -> None:
    assert counted.change("number", lambda number: None) is None
    assert counted.change("pets", lambda pets: None) is None
    assert dict(counted.items()) == {}
    assert counted.modified
    counted.save()
    assert dict(SessionStore(counted.session_key).items()) == {}


def test_a_change_that_changes_nothing_is_not_saved(counted: SessionBase) -> None:
    assert counted.change("number", lambda number: number) == 1
    assert counted.change("pets", lambda pets: None) is None
    assert not counted.modified
    assert counted.accessed


def test_a_change_whose_function_raises_changes_nothing(counted: SessionBase) -> None:
    def refuse(number: int) -> int:
        raise ValueError("refused")

    counted["note"] = "kept"
    with pytest.raises(ValueError, match="refused"):
        counted.change("number", refuse)
    assert dict(counted.items()) == {"number": 1, "note": "kept"}
    counted.save()
    again = SessionStore(counted.session_key)
    assert dict(again.items()) == {"number": 1, "note": "kept"}


def test_a_change_may_be_made_in_place(counted: SessionBase) -> None:
    def append(pets: list[str] | None) -> list[str]:
        pets = [] if pets is None else pets
        pets.append("Tom")
        return pets

    for _ in range(2):
        later = SessionStore(counted.session_key)
        later.change("pets", append)
        assert later.modified
        later.save()
        counted = later
    assert SessionStore(counted.session_key)["pets"] == ["Tom", "Tom"]


def test_a_change_in_a_new_session_is_written_when_that_is_saved() -> None:
    session = SessionStore()
    assert session.change("number", lambda number: (number or 0) + 1) == 1
    assert session.change("number", lambda number: number + 1) == 2
    assert session.modified
    assert not session.session_key
    session.save()
    assert SessionStore(session.session_key)["number"] == 2


def test_a_change_that_changes_nothing_makes_no_session() -> None:
    session = SessionStore()
    assert session.change("number", lambda number: None) is None
    assert not session.modified
    assert session.is_empty()
