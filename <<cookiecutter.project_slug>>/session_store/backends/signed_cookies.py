"""Sessions in the visitor's cookie: signed, so not to be forged, but not encrypted."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

from django.conf import settings
from django.contrib.sessions.backends.signed_cookies import (
    SessionStore as DjangoSessionStore,
)
from django.core import signing

from ..exceptions import SessionFull
from ..lifetime import cookie_age

SALT = "django.contrib.sessions.backends.signed_cookies"

# A browser silently drops a cookie whose name and value are longer together, RFC 6265.
COOKIE_MAX_LENGTH = 4096


class SessionStore(DjangoSessionStore):
    """Django's cookie sessions, which end when they should and never grow too long."""

    def load(self) -> dict[str, Any]:
        """Return the cookie's data; `{}` if it is forged or its time is over.

        Django only knows `SESSION_COOKIE_AGE`; this heeds `set_expiry()`, ticket #27775.
        """
        try:
            data = signing.loads(
                self.session_key, salt=SALT, serializer=self.serializer
            )
            expiry = data.get("_session_expiry")
            if isinstance(expiry, str):
                is_over = self.get_expiry_age(expiry=expiry) <= 0
            else:
                signer = signing.TimestampSigner(salt=SALT)
                signer.unsign(self.session_key, max_age=expiry or cookie_age(expiry))
                is_over = False
        except Exception:
            # Whatever is wrong with a cookie, its visitor begins anew.
            is_over = True
        if is_over:
            self._session_key = None
            return {}
        return data

    def size(self) -> tuple[int, int]:
        """Return how many bytes the cookie has, and how many it may have."""
        length = len(f"{settings.SESSION_COOKIE_NAME}={self._get_session_key()}")
        return length, COOKIE_MAX_LENGTH

    def save(self, must_create: bool = False) -> None:
        """Sign the data. Raises `SessionFull` if no browser would keep the cookie."""
        self._check_length()
        super().save(must_create)

    def change(self, key: str, function: Callable[[Any], Any]) -> Any:
        """Set `key` to what `function` makes of its present value, and return that.

        The present value is None if there is none; a result of None removes the key.
        What `function` raises is passed on, and then nothing is changed. Of two requests
        that run at the same time, the one whose answer comes last wins.

        Raises `SessionFull`, and has changed nothing, if no browser would keep the
        cookie.
        """
        before, modified = self.get(key), self.modified
        value = function(deepcopy(before))
        if value != before:
            self._put(key, value)
            try:
                self._check_length()
            except Exception:  # too much, or nothing that can be written
                self._put(key, before)
                self.modified = modified
                raise
        return value

    async def achange(self, key: str, function: Callable[[Any], Any]) -> Any:
        """See `change()`."""
        return self.change(key, function)

    def _check_length(self) -> None:
        length, limit = self.size()
        if length > limit:
            raise SessionFull(f"{length} bytes")

    def _put(self, key: str, value: Any) -> None:
        if value is None:
            self.pop(key, None)
        else:
            self[key] = value
