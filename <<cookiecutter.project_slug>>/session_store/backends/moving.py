"""Sessions that come over from the engine that the site had before.

A session is written here under the key that it has, then deleted there. Of several
requests, and `move_sessions`, that bring the same one over at the same time, one writes
it (`CreateError` tells the others). A session that is ended meanwhile leaves a mark here
before it is deleted there and here; who brings it over looks for the mark after writing,
and takes back what was written.

The previous engine may have kept the data in the visitor's cookie. The new key is then
made of the cookie, so that all who send the same cookie find the same session; and as a
cookie cannot be deleted on the server, the mark keeps it from being brought over again.
"""

import contextlib
from functools import partial
from typing import Any

from django.conf import settings
from django.contrib.sessions.backends.base import CreateError, SessionBase
from django.utils.crypto import salted_hmac

from .. import previous
from .base import Data

# Django's own random keys are shorter.
MADE_KEY_LENGTH = 40


def takes_over(engine: type[SessionBase]) -> type[SessionBase]:
    """Have the engine take over the sessions of `SESSION_PREVIOUS_ENGINE`, if it is set.

    As a decorator of the class, for an engine that is an `AtomicSession`. One that is built
    upon another that takes over derives from that one's `plain`; else raises `TypeError`.
    """
    if issubclass(engine, MovingSession):
        raise TypeError(f"{engine.__module__}: derive from SessionStore.plain")
    engine.plain = engine
    if not previous.is_named():
        return engine
    return type("SessionStore", (MovingSession, engine), {"plain": engine})


class MovingSession:
    """Goes in front of an engine, which is also its attribute `plain`."""

    takes_over = True  # for the system check
    # What the browser has sent, where that is a session and not its key.
    _cookie: str | None = None
    # For how long the store is to keep what is brought over, if not for its full time.
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
            # Also if there was nothing to move: another request may just have done it.
            record = super().read()
        return record

    def move(self) -> None:
        """Bring the session over if the previous engine has it."""
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
            or super().exists(session_key)  # if it was moved between the two
        )

    def delete(self, session_key: str | None = None) -> None:
        key = session_key or self.session_key
        if key and (_is_made(key) or previous.read(key)[0] is not None):
            self._mark(key)
            previous.delete(key)
        super().delete(session_key)

    def _mark(self, key: str) -> None:
        """Note that the session has ended, in a record for as long as one can last."""
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
