"""List and end a user's sessions on all devices.

There are two ways to end sessions. A new epoch for a user ends all of the user's
sessions, wherever they are stored, at the next request of each. Deleting its record
ends a single session; this, and the list, requires `allauth.usersessions`, which needs
an engine that stores sessions on the server.
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
    """Return whether the site keeps a list of its users' sessions."""
    return apps.is_installed("allauth.usersessions")


def rows(**lookups: Any) -> Iterable[Model]:
    """Return the matching rows of allauth's `UserSession`; without a list, none."""
    if not are_listed():
        return []
    return apps.get_model("usersessions", "UserSession").objects.filter(**lookups)


def purge(row: Model) -> bool:
    """Remove the session from the list if it has ended or timed out; return if it has.

    The session data of one that has timed out are kept, so that its user can be told.
    """
    session = import_module(settings.SESSION_ENGINE).SessionStore(row.session_key)
    if _is_signed_in(row.user, session) and not lifetime.is_over(session):
        return False
    row.delete()
    return True


def _is_signed_in(user: User, session: SessionBase) -> bool:
    """Return whether the user is still signed in to that session.

    Django's `get_user()`, which allauth calls, cycles the key of a session that was
    signed with a fallback `SECRET_KEY`; only that session's own browser could follow.
    """
    known = session.get(HASH_SESSION_KEY, "")
    hashes = [user.get_session_auth_hash(), *user.get_session_auth_fallback_hash()]
    return user.is_active and any(constant_time_compare(known, h) for h in hashes)


def end_all(users: QuerySet[User]) -> int:
    """End all sessions of these users; return the number of users.

    The new epoch is at least the current time, so that it has never been used before,
    even if the database was restored from a backup.
    """
    return users.update(
        session_epoch=Greatest(F("session_epoch") + 1, int(time.time()))
    )


def end_others(request: HttpRequest, user: User) -> None:
    """End the user's sessions except the request's own, which gets a new key."""
    end_all(User.objects.filter(pk=user.pk))
    events.ended_all(f"user {user.pk} but this one", by=user)
    user.refresh_from_db(fields=["session_epoch"])
    if request.user == user:
        key = request.session.session_key
        update_session_auth_hash(request, user)
        # After a password change allauth has added a row for `key`; the older row still
        # has the key in the browser's cookie.
        for known in (key, request.COOKIES.get(settings.SESSION_COOKIE_NAME)):
            _follow(known, request)
    for row in rows(user=user):
        if row.session_key != request.session.session_key:
            row.end()
            events.ended(row.session_key, user)


def renew_key(request: HttpRequest) -> None:
    """Give the request's session a new key, which makes the old one worthless."""
    key = request.session.session_key
    request.session.cycle_key()
    _follow(key, request)


def _follow(key: str | None, request: HttpRequest) -> None:
    """Update the list's row with this old key to the key of the request's session."""
    new = request.session.session_key
    for row in rows(session_key=key):
        for newer in rows(session_key=new):
            newer.delete()
        row.session_key = new
        row.save(update_fields=["session_key"])
