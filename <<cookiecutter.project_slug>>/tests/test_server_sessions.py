"""What holds where the session is on the server, and the cookie only has its key."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import AbstractUser
from django.test import Client
from django.utils import timezone

from .helpers import (
    SessionStore,
    add,
    cart_of,
    cookie_of,
    copy_of,
    sign_in,
    sign_out,
)

pytestmark = pytest.mark.usefixtures("products")


def test_the_cookie_tells_nothing_of_what_is_in_the_session(client: Client) -> None:
    add(client, "CUP")
    before = cookie_of(client)
    add(client, "POT")
    assert cookie_of(client) == before
    assert len(before) == 32


def test_a_cookie_copied_before_signing_out_is_worth_nothing_afterwards(
    client: Client, alice: AbstractUser
) -> None:
    sign_in(client, alice)
    thief = copy_of(client)
    assert thief.get("/").context["user"] == alice
    sign_out(client)
    assert thief.get("/").context["user"].is_anonymous


def test_a_cookie_copied_before_signing_in_is_worth_nothing_afterwards(
    client: Client, alice: AbstractUser
) -> None:
    add(client, "CUP")
    thief = copy_of(client)
    sign_in(client, alice)
    assert thief.get("/").context["user"].is_anonymous
    assert cart_of(thief) == {}


def test_a_key_exists_until_the_session_is_deleted() -> None:
    session = SessionStore()
    assert not session.exists("0" * 32)
    session["note"] = "kept"
    session.save()
    assert SessionStore().exists(session.session_key)
    SessionStore().delete(session.session_key)
    assert not SessionStore().exists(session.session_key)
    assert dict(SessionStore(session.session_key).items()) == {}


def test_a_new_key_ends_the_old_one() -> None:
    session = SessionStore()
    session["note"] = "kept"
    session.save()
    before = session.session_key
    session.cycle_key()
    assert session.session_key != before
    assert not SessionStore().exists(before)


@pytest.mark.parametrize(
    "expiry",
    [-1, timedelta(seconds=-1), timezone.now() - timedelta(seconds=1)],
    ids=["seconds", "timedelta", "datetime"],
)
def test_a_session_that_has_ended_is_empty(expiry: Any) -> None:
    session = SessionStore()
    session["note"] = "old"
    session.set_expiry(expiry)
    session.save()
    assert dict(SessionStore(session.session_key).items()) == {}
