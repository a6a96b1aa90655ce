"""Move sessions here from the engine that the site had before.

A session is inserted into this engine under its old key, then deleted from the previous
one. If several requests, or `move_sessions`, move the same session concurrently, one of
them inserts it and the others get a `CreateError`. Whoever ends a session that may be
moving first writes a tombstone (`_mark()`) to this engine, then deletes the session
from both. Whoever moves it checks for the tombstone after inserting the session, and
deletes the session again if there is one.

If the previous engine kept the data in the visitor's cookie, the new key is derived
from the cookie, so that all requests with the same cookie find the same session. As a
server cannot delete a cookie, the tombstone also prevents the session from being moved
again.
"""

import contextlib
from functools import partial
from typing import Any

from django.conf import settings
from django.contrib.sessions.backends.base import CreateError, SessionBase
from django.utils.crypto import salted_hmac

from .. import previous
from .base import Data

# Django's own random keys are shorter, so the length tells the two apart.
MADE_KEY_LENGTH = 40


def takes_over(engine: type[SessionBase]) -> type[SessionBase]:
    """Make the engine take over the sessions of `SESSION_PREVIOUS_ENGINE`, if set.

    This is a class decorator for subclasses of `AtomicSession`. An engine that extends
    another decorated one must inherit from that one's `plain`, the class before it was
    decorated. Raises `TypeError` if it inherits from the decorated class.
    """
    if issubclass(engine, MovingSession):
        raise TypeError(f"{engine.__module__}: derive from SessionStore.plain")
    engine.plain = engine
    if not previous.is_named():
        return engine
    return type("SessionStore", (MovingSession, engine), {"plain": engine})


class MovingSession:
    """A mixin before an engine's class, which is also its attribute `plain`."""

    takes_over = True  # for the system check
    # The cookie that the browser has sent, if it has the session's data and not its
    # key.
    _cookie: str | None = None
    # The remaining lifetime of a session that is being moved, None for the full one.
    _seconds_left: int | None = None

    def __init__(self, session_key: str | None = None) -> None:
        super().__init__(session_key)
        if session_key and self.session_key is None and previous.is_in_cookies():
            self._cookie = session_key
            self._session_key = _made_key("cookie", session_key)

    def get_store_age(self) -> int:
        if self._seconds_left is not None:
            return self._seconds_left
        return super().get_store_age()

    def load(self) -> Data:
        data = super().load()
        if self._cookie and self.session_key:
            self.modified = True  # so that the browser gets the key
        return data

    def read(self) -> tuple[Data | None, Any]:
        record = super().read()
        if record[0] is None:
            self.move()
            # Read even if there was nothing to move: another request may have moved it.
            record = super().read()
        return record

    def move(self) -> None:
        """Move the session here if the previous engine has it and it has not ended."""
        key = self.session_key
        is_from_cookie = self._cookie and _is_made(key)
        data, seconds = previous.read(self._cookie if is_from_cookie else key)
        if data is None or self._is_marked(key):
            return
        session = type(self)(key)
        session._session_cache, session._seconds_left = data, seconds
        with contextlib.suppress(CreateError):
            session.insert(data)
        if self._is_marked(key):
            self.plain(key).delete()
        self.when_final(partial(previous.delete, key))

    def exists(self, session_key: str) -> bool:
        return (
            super().exists(session_key)
            or previous.read(session_key)[0] is not None
            or super().exists(session_key)  # if it was moved between the two checks
        )

    def delete(self, session_key: str | None = None) -> None:
        key = session_key or self.session_key
        if key and (_is_made(key) or previous.read(key)[0] is not None):
            self._mark(key)
            previous.delete(key)
        super().delete(session_key)

    def _mark(self, key: str) -> None:
        """Write a tombstone for the session; it lasts for `SESSION_COOKIE_AGE`."""
        mark = self.plain(_made_key("ended", key))
        mark._session_cache = {"_session_expiry": settings.SESSION_COOKIE_AGE}
        with contextlib.suppress(CreateError):
            mark.insert(mark._session_cache)

    def _is_marked(self, key: str) -> bool:
        return self.plain().exists(_made_key("ended", key))


def _made_key(what: str, text: str) -> str:
    salt = f"session_store.moving.{what}"
    return salted_hmac(salt, text, algorithm="sha256").hexdigest()[:MADE_KEY_LENGTH]


def _is_made(key: str) -> bool:
    return len(key) == MADE_KEY_LENGTH
