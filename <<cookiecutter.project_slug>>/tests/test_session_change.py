"""`change()` of the session engine does as it says."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.sessions.backends.base import SessionBase

from .helpers import SessionStore

pytestmark = pytest.mark.django_db


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
