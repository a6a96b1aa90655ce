"""What each process remembers for some minutes, to be spared doing it again."""

import time
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, ClassVar

from cachetools import TTLCache
from django.conf import settings

SECONDS = 300


class Memory:
    """A cache of so many things, for `SECONDS`; with DEBUG of none, so changes show.

    Django's cache in local memory gives a copy of a thing each time it is asked. This
    gives the thing itself, many times faster: nobody may change it.
    """

    # For tests, which begin with none of what others have left.
    every: ClassVar[list["Memory"]] = []

    def __init__(self, size: int) -> None:
        self._things = TTLCache(size, SECONDS, timer=time.time)
        self._lock = Lock()
        self.every.append(self)

    def get(self, key: Hashable) -> Any:
        """Return what was `set()`, or None."""
        return self._get_each([key])[key]

    def set(self, key: Hashable, thing: Any) -> None:
        self._set_each({key: thing})

    def clear(self) -> None:
        with self._lock:
            self._things.clear()

    def remember(self, about: Hashable, version: Any, make: Callable[[], Any]) -> Any:
        """Return what `make()` does, or did before; not None.

        The version has to be another whenever `make()` would return something else. With
        None nothing is remembered.
        """
        return self.remember_each([about], version, lambda _: {about: make()})[about]

    def remember_each(
        self, about: list[Any], version: Any, make: Callable[[list], dict]
    ) -> dict[Any, Any]:
        """`remember()` for several things; `make()` has to do with what is not there."""
        if version is None:
            return make(about)
        things = self._get_each([(item, version) for item in about])
        found = {
            item: thing for (item, _), thing in things.items() if thing is not None
        }
        missing = [item for item in about if item not in found]
        if missing:
            made = make(missing)
            self._set_each({(item, version): thing for item, thing in made.items()})
            found |= made
        return found

    def _get_each(self, keys: list[Hashable]) -> dict[Hashable, Any]:
        with self._lock:
            return {key: self._things.get(key) for key in keys}

    def _set_each(self, things: dict[Hashable, Any]) -> None:
        if not settings.DEBUG:
            with self._lock:
                self._things.update(things)
