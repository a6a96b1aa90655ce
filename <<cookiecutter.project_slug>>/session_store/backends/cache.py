"""Sessions in the cache alone: fast, and gone when the cache loses them."""

import contextlib
from collections.abc import Iterator
from typing import Any

from django.contrib.sessions.backends.base import CreateError
from django.contrib.sessions.backends.cache import SessionStore as DjangoSessionStore

from ..compare_and_set import compare_and_set, get_with_token
from ..exceptions import SessionStoreUnavailable
from .base import AtomicSession, Data


class SessionStore(AtomicSession, DjangoSessionStore):
    """Django's cache sessions; no update is lost, and no outage signs anybody out."""

    def read(self) -> tuple[Data | None, Any]:
        with _unavailable():
            try:
                return get_with_token(self._cache, self.cache_key)
            except ValueError:  # as Django has it, what cannot be read is no session
                return None, None

    def insert(self, data: Data) -> None:
        with _unavailable():
            is_new = self._cache.add(self.cache_key, data, self.get_store_age())
        if not is_new:
            raise CreateError

    def replace(self, data: Data, token: Any) -> bool:
        age = self.get_store_age()
        with _unavailable():
            return compare_and_set(self._cache, self.cache_key, data, token, age)

    def exists(self, session_key: str) -> bool:
        with _unavailable():
            return super().exists(session_key)

    def delete(self, session_key: str | None = None) -> None:
        with _unavailable():
            super().delete(session_key)


@contextlib.contextmanager
def _unavailable() -> Iterator[None]:
    """Raise what any cache's client raises of its server as `SessionStoreUnavailable`."""
    try:
        yield
    except (AttributeError, LookupError, TypeError, ValueError):  # a fault in the code
        raise
    except Exception as error:
        raise SessionStoreUnavailable(error) from error
