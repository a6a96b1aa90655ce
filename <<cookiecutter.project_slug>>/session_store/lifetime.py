"""Limits to a session's lifetime in addition to those of Django's own settings.

A user's session times out after SESSION_IDLE_TIMEOUT seconds without a request, and in
any case SESSION_ABSOLUTE_TIMEOUT seconds after sign-in, with or without "remember me":
OWASP ASVS 5.0, 7.3.1 and 7.3.2. The server is not told when a browser is closed, so any
session that ends with the browser also expires, SESSION_BROWSER_CLOSE_AGE seconds after
its last change at the latest.
"""

import time
from typing import Any

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase

# The session's entry that holds when the user signed in and when their last request was
# recorded, in seconds since 1970.
SESSION_KEY = "lifetime"

# A request is recorded only if this fraction of the time-out has passed since the last
# record, as each one is a write.
NOTE_FRACTION = 1 / 20


def begin(session: SessionBase) -> None:
    """Start both time-outs, as the user has just signed in."""
    now = int(time.time())
    session[SESSION_KEY] = {"signed_in": now, "seen": now}


def ends(session: SessionBase) -> tuple[float, float] | None:
    """Return when the session's idle and absolute time-outs end, in seconds since 1970.

    Return None for a session without a user, or whose times are not recorded yet.
    """
    times = session.get(SESSION_KEY)
    if not times:
        return None
    return (
        times["seen"] + settings.SESSION_IDLE_TIMEOUT,
        times["signed_in"] + settings.SESSION_ABSOLUTE_TIMEOUT,
    )


def is_over(session: SessionBase) -> bool:
    """Return whether the user's session has timed out."""
    times = ends(session)
    return times is not None and time.time() >= min(times)


def note(session: SessionBase) -> None:
    """Record a request of the user, unless another was recorded recently."""
    times = session.get(SESSION_KEY)
    if not times:  # the sign-in was before the site had time-outs
        begin(session)
        return
    timeout = min(settings.SESSION_IDLE_TIMEOUT, cookie_age(0))
    if time.time() - times["seen"] >= timeout * NOTE_FRACTION:
        session[SESSION_KEY] = {**times, "seen": int(time.time())}


def cookie_age(expiry: Any) -> int:
    """Return the lifetime, in seconds, of a session without an expiry of its own.

    `expiry` is what `set_expiry()` has stored: None for the site's default, 0 for a
    session that ends with the browser.
    """
    age = settings.SESSION_COOKIE_AGE
    if settings.SESSION_EXPIRE_AT_BROWSER_CLOSE if expiry is None else expiry == 0:
        return min(age, getattr(settings, "SESSION_BROWSER_CLOSE_AGE", age))
    return age
