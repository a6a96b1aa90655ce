"""How long a session lasts, beyond what Django's own settings say.

A user's session is over when no request of theirs has come for SESSION_IDLE_TIMEOUT
seconds, and SESSION_ABSOLUTE_TIMEOUT seconds after the sign-in, with "remember me" as
without: OWASP ASVS 5.0, 7.3.1 and 7.3.2. Any session that ends with the browser, of
which the server hears nothing, is over SESSION_BROWSER_CLOSE_AGE seconds after its last
change.
"""

import time
from typing import Any

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase

# What the session has under this key: when the user has signed in and when a request
# was last noted, in seconds since 1970.
SESSION_KEY = "lifetime"

# A request is noted only when this part of the time-out is over since the last note, as
# each note is a write.
NOTE_FRACTION = 1 / 20


def begin(session: SessionBase) -> None:
    """Count from now: the user has just signed in."""
    now = int(time.time())
    session[SESSION_KEY] = {"signed_in": now, "seen": now}


def ends(session: SessionBase) -> tuple[float, float] | None:
    """Return when the user's session times out: without a visit, and in any case.

    Both are seconds since 1970; None for a session that has no user, or no times yet.
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
    """Note that there is a request of the user, unless one was noted lately."""
    times = session.get(SESSION_KEY)
    if not times:  # from before there were time-outs
        begin(session)
        return
    timeout = min(settings.SESSION_IDLE_TIMEOUT, cookie_age(0))
    if time.time() - times["seen"] >= timeout * NOTE_FRACTION:
        session[SESSION_KEY] = {**times, "seen": int(time.time())}


def cookie_age(expiry: Any) -> int:
    """Return the seconds that a session lasts which names no time of its own.

    `expiry` is what `set_expiry()` has noted: None for the site's rule, 0 for a session
    that ends with the browser.
    """
    age = settings.SESSION_COOKIE_AGE
    if settings.SESSION_EXPIRE_AT_BROWSER_CLOSE if expiry is None else expiry == 0:
        return min(age, getattr(settings, "SESSION_BROWSER_CLOSE_AGE", age))
    return age
