"""Sessions in the visitor's cookie: signed against forgery, but not encrypted."""

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

# Browsers silently drop a cookie whose name and value together are longer, RFC 6265.
COOKIE_MAX_LENGTH = 4096

# The entry of a session from the previous engine that holds its key there.
PREVIOUS_KEY = "previous_key"


class SessionStore(DjangoSessionStore):
    """Django's cookie sessions, with `set_expiry()` and the size limit enforced."""

    takes_over = True  # the sessions of a previous engine

    def load(self) -> dict[str, Any]:
        """Return the cookie's data, `{}` if it is forged or has expired."""
        data = read_cookie(self)
        if previous.is_named():
            data = self._move(data)
        if data is None:
            self._session_key = None
            return {}
        return data

    def size(self) -> tuple[int, int]:
        """Return the cookie's size and its limit, in bytes."""
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
        """Set `key` to the result of `function(current value)`, and return that.

        The current value is None if there is none; a result of None removes the key. An
        exception that `function` raises is passed on, and the session is not changed.
        Of two concurrent requests, the one whose response arrives last wins.

        Raises `SessionFull`, and changes nothing, if no browser would keep the cookie
        or if a larger value would exceed what `sizes.for_changes()` allows.
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
            except Exception:  # too large, or not serializable
                self._put(key, before)
                self.modified = modified
                raise
        return value

    async def achange(self, key: str, function: Callable[[Any], Any]) -> Any:
        """See `change()`."""
        return await sync_to_async(self.change)(key, function)

    # These run in a thread, as the previous engine may use the database.

    async def aload(self) -> dict[str, Any]:
        return await sync_to_async(self.load)()

    async def adelete(self, session_key: str | None = None) -> None:
        await sync_to_async(self.delete)(session_key)

    def _move(self, data: dict[str, Any] | None) -> dict[str, Any] | None:
        """Return the cookie's data or, if the cookie has a key, the previous engine's.

        The previous engine's record is deleted only when the browser has sent the new
        cookie back: the response may get lost, and other requests may still use the
        key. A session that is too large for a cookie stays there until it has become
        smaller.
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
