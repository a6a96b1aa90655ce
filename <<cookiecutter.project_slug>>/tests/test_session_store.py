"""The session engine can take the place of Django's of the same name."""

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
DjangoSessionStore = next(
    cls for cls in SessionStore.mro() if cls.__module__.startswith("django.")
)


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
    assert DjangoSessionStore.__module__ == f"django.contrib.sessions.backends.{NAME}"


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
