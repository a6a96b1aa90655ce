"""Sessions in the cache alone: fast, and gone when the cache loses them."""

from typing import Any

from django.contrib.sessions.backends.base import CreateError
from django.contrib.sessions.backends.cache import SessionStore as DjangoSessionStore

from ..compare_and_set import compare_and_set, get_with_token
from ..exceptions import unavailable
from .base import AtomicSession, Data
from .moving import takes_over


@takes_over
class SessionStore(AtomicSession, DjangoSessionStore):
    """Django's cache sessions, without lost updates; an outage signs nobody out."""

    def read(self) -> tuple[Data | None, Any]:
        with unavailable():
            try:
                return get_with_token(self._cache, self.cache_key)
            except ValueError:  # as in Django, an unreadable value is no session
                return None, None

    def insert(self, data: Data) -> None:
        with unavailable():
            is_new = self._cache.add(self.cache_key, data, self.get_store_age())
        if not is_new:
            raise CreateError

    def replace(self, data: Data, token: Any) -> bool:
        age = self.get_store_age()
        with unavailable():
            return compare_and_set(self._cache, self.cache_key, data, token, age)

    def remove(self, token: Any) -> bool:
        with unavailable():
            return compare_and_set(self._cache, self.cache_key, None, token, timeout=-1)

    def exists(self, session_key: str) -> bool:
        with unavailable():
            return super().exists(session_key)

    def delete(self, session_key: str | None = None) -> None:
        with unavailable():
            super().delete(session_key)
