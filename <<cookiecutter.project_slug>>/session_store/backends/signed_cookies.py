"""Sessions in the visitor's cookie: signed, so not to be forged, but not encrypted."""

import contextlib
from collections.abc import Callable
from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.sessions.backends.signed_cookies import (
    SessionStore as DjangoSessionStore,
)

from .. import previous
from ..cookie_data import read_cookie
from ..copying import deep_copy
from ..exceptions import SessionFull
from ..sizes import for_changes

# A browser silently drops a cookie whose name and value are longer together, RFC 6265.
COOKIE_MAX_LENGTH = 4096

# Under this key, a session that comes from a previous engine has the key that it had.
PREVIOUS_KEY = "previous_key"


class SessionStore(DjangoSessionStore):
    """Django's cookie sessions, which end when they should and never grow too long."""

    takes_over = True  # the sessions of a previous engine

    def load(self) -> dict[str, Any]:
        """Return the cookie's data; `{}` if it is forged or its time is over."""
        data = read_cookie(self)
        if previous.is_named():
            data = self._move(data)
        if data is None:
            self._session_key = None
            return {}
        return data

    def size(self) -> tuple[int, int]:
        """Return how many bytes the cookie has, and how many it may have."""
        length = len(f"{settings.SESSION_COOKIE_NAME}={self._get_session_key()}")
        return length, COOKIE_MAX_LENGTH

    def delete(self, session_key: str | None = None) -> None:
        key = session_key or self.session_key or ""
        if previous.is_named() and previous.KEY.fullmatch(key):
            previous.delete(key)
        super().delete(session_key)

    def save(self, must_create: bool = False) -> None:
        """Sign the data. Raises `SessionFull` if no browser would keep the cookie."""
        self._check_length()
        super().save(must_create)

    def change(self, key: str, function: Callable[[Any], Any]) -> Any:
        """Set `key` to what `function` makes of its present value, and return that.

        The present value is None if there is none; a result of None removes the key.
        What `function` raises is passed on, and then nothing is changed. Of two requests
        that run at the same time, the one whose answer comes last wins.

        Raises `SessionFull`, and has changed nothing, if no browser would keep the cookie,
        or a larger value would leave less room in it than `sizes.for_changes()` does.
        """
        before, modified = self.get(key), self.modified
        value = function(deep_copy(before))
        if value != before:
            self._put(key, value)
            try:
                length, limit = self.size()
                if self._written_length(value) > self._written_length(before):
                    limit = for_changes(limit)
                if length > limit:
                    raise SessionFull(f"{length} bytes")
            except Exception:  # too much, or nothing that can be written
                self._put(key, before)
                self.modified = modified
                raise
        return value

    async def achange(self, key: str, function: Callable[[Any], Any]) -> Any:
        """See `change()`."""
        return await sync_to_async(self.change)(key, function)

    # The previous engine may be in the database.

    async def aload(self) -> dict[str, Any]:
        return await sync_to_async(self.load)()

    async def adelete(self, session_key: str | None = None) -> None:
        await sync_to_async(self.delete)(session_key)

    def _move(self, data: dict[str, Any] | None) -> dict[str, Any] | None:
        """Return what is in the cookie or, by a key, with the previous engine.

        That deletes it only when the browser has come back with the cookie: an answer can
        get lost, and other requests with the key can be under way. What no browser would
        keep stays there until it has become less.
        """
        if data is None and previous.KEY.fullmatch(self.session_key or ""):
            data, _ = previous.read(self.session_key)
            if data is not None:
                data[PREVIOUS_KEY] = self.session_key
                moved = type(self)()
                moved._session_cache = data
                with contextlib.suppress(SessionFull):
                    moved._check_length()
                    self.modified = True
        elif data and PREVIOUS_KEY in data:
            previous.delete(data.pop(PREVIOUS_KEY))
            self.modified = True
        return data

    def _check_length(self) -> None:
        length, limit = self.size()
        if length > limit:
            raise SessionFull(f"{length} bytes")

    def _written_length(self, value: Any) -> int:
        return len(self.serializer().dumps(value))

    def _put(self, key: str, value: Any) -> None:
        if value is None:
            self.pop(key, None)
        else:
            self[key] = value
