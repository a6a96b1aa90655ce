"""A user's sessions on all devices: a list of them, and their end.

Two things end a session. A new epoch of its user ends all that the user has, wherever
they are kept, at the next request of each. Deleting its record ends a single one; this,
and the list, is there only with `allauth.usersessions`, which needs an engine that keeps
sessions on the server.
"""

import time
from collections.abc import Iterable
from importlib import import_module
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, update_session_auth_hash
from django.contrib.sessions.backends.base import SessionBase
from django.db.models import F, Model, QuerySet
from django.db.models.functions import Greatest
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare

from session_store import events, lifetime

from .models import User


def are_listed() -> bool:
    """Return whether the site knows its users' sessions."""
    return apps.is_installed("allauth.usersessions")


def rows(**lookups: Any) -> Iterable[Model]:
    """Return those rows of the list, allauth's `UserSession`; without a list, none."""
    if not are_listed():
        return []
    return apps.get_model("usersessions", "UserSession").objects.filter(**lookups)


def purge(row: Model) -> bool:
    """Take the session off the list if it has ended or timed out; return whether it has.

    The record of one that has timed out stays: it is how its user will be told.
    """
    session = import_module(settings.SESSION_ENGINE).SessionStore(row.session_key)
    if _is_signed_in(row.user, session) and not lifetime.is_over(session):
        return False
    row.delete()
    return True


def _is_signed_in(user: User, session: SessionBase) -> bool:
    """Return whether the user still is in that session, of whatever browser.

    Django's `get_user()`, which allauth asks, gives a session from before a new
    `SECRET_KEY` another key, and that only its own browser may be told.
    """
    known = session.get(HASH_SESSION_KEY, "")
    hashes = [user.get_session_auth_hash(), *user.get_session_auth_fallback_hash()]
    return user.is_active and any(constant_time_compare(known, h) for h in hashes)


def end_all(users: QuerySet[User]) -> int:
    """End all sessions of these users; return how many users they are.

    The new epoch is the time, or later, so that it is none that there has been before,
    also if the database was restored from a backup.
    """
    return users.update(
        session_epoch=Greatest(F("session_epoch") + 1, int(time.time()))
    )


def end_others(request: HttpRequest, user: User) -> None:
    """End the user's sessions but the request's own, which gets a new key."""
    end_all(User.objects.filter(pk=user.pk))
    events.ended_all(f"user {user.pk} but this one", by=user)
    user.refresh_from_db(fields=["session_epoch"])
    if request.user == user:
        key = request.session.session_key
        update_session_auth_hash(request, user)
        # After a new password allauth has made a row for `key`; the row of before still
        # has the key that the browser knows.
        for known in (key, request.COOKIES.get(settings.SESSION_COOKIE_NAME)):
            _follow(known, request)
    for row in rows(user=user):
        if row.session_key != request.session.session_key:
            row.end()
            events.ended(row.session_key, user)


def renew_key(request: HttpRequest) -> None:
    """Give the request's session a new key; the old one is worth nothing then."""
    key = request.session.session_key
    request.session.cycle_key()
    _follow(key, request)


def _follow(key: str | None, request: HttpRequest) -> None:
    """Let the row of the session that had this key be the row of the request's."""
    new = request.session.session_key
    for row in rows(session_key=key):
        for newer in rows(session_key=new):
            newer.delete()
        row.session_key = new
        row.save(update_fields=["session_key"])
