"""A cache in each process's memory, which lasts a few minutes."""

import time
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, ClassVar

from cachetools import TTLCache
from django.conf import settings

SECONDS = 300


class Memory:
    """A cache of up to `size` objects for `SECONDS`; with DEBUG it stores nothing.

    Django's local-memory cache returns a copy of an object each time. This returns the
    object itself, which is many times faster: callers must not modify it.
    """

    # All instances, which tests clear before they start.
    every: ClassVar[list["Memory"]] = []

    def __init__(self, size: int) -> None:
        self._things = TTLCache(size, SECONDS, timer=time.time)
        self._lock = Lock()
        self.every.append(self)

    def get(self, key: Hashable) -> Any:
        """Return what was stored with `set()`, or None."""
        return self._get_each([key])[key]

    def set(self, key: Hashable, thing: Any) -> None:
        self._set_each({key: thing})

    def clear(self) -> None:
        with self._lock:
            self._things.clear()

    def get_or_set(self, key: Hashable, version: Any, make: Callable[[], Any]) -> Any:
        """Return the result of `make()`, cached from an earlier call if possible.

        The version must differ whenever `make()` would return something else. If it is
        None, nothing is cached. `make()` must not return None.
        """
        return self.get_or_set_many([key], version, lambda _: {key: make()})[key]

    def get_or_set_many(
        self, keys: list[Any], version: Any, make: Callable[[list], dict]
    ) -> dict[Any, Any]:
        """Do `get_or_set()` for several keys; `make()` is given those not cached."""
        if version is None:
            return make(keys)
        things = self._get_each([(key, version) for key in keys])
        found = {key: thing for (key, _), thing in things.items() if thing is not None}
        missing = [key for key in keys if key not in found]
        if missing:
            made = make(missing)
            self._set_each({(key, version): thing for key, thing in made.items()})
            found |= made
        return found

    def _get_each(self, keys: list[Hashable]) -> dict[Hashable, Any]:
        with self._lock:
            return {key: self._things.get(key) for key in keys}

    def _set_each(self, things: dict[Hashable, Any]) -> None:
        if not settings.DEBUG:
            with self._lock:
                self._things.update(things)
