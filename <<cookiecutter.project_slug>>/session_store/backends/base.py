"""What the engines that keep sessions on the server have in common."""

import random
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth import SESSION_KEY as USER_KEY
from django.contrib.sessions.backends.base import (
    VALID_KEY_CHARS,
    SessionBase,
    UpdateError,
)

from ..carry_over import LATE_KEYS
from ..copying import deep_copy
from ..exceptions import SessionFull, SessionStoreUnavailable
from ..lifetime import cookie_age
from ..sizes import for_changes

Data = dict[str, Any]

# How often a write is tried again because another request's came first. Whenever one
# fails, another has succeeded, so it ends when all who write at the same time are done.
ATTEMPTS = 100

KEY_CHARS = set(VALID_KEY_CHARS)
KEY_MAX_LENGTH = 40
MISSING = object()


class AtomicSession(SessionBase):
    """Sessions that lose no update, and do not come back once they are deleted.

    Django writes a session as a whole: of two requests that change it at the same time,
    the later one undoes what the earlier one did. Here `save()` puts only the keys that
    this request has changed onto the record as it is by then, and `change()` reads,
    changes and writes a key in one step.

    Nothing is locked meanwhile. A write takes place only if the record is still the one
    that was read (compare and set); if not, it is read again and the write tried again.

    An engine is this class in front of Django's, with the methods `read()`, `insert()`,
    `replace()` and `remove()`; it keeps a record for `get_store_age()` seconds. The last
    three call neither `read()` nor `exists()`: while sessions move here from another
    engine, these two bring one over. The asynchronous methods run the others in a thread.
    Without one of Django's it has `create()`, `exists()`, `delete()`, which calls
    `_forget()`, and `clear_expired()` as well. To take over the sessions of another
    engine, it is decorated with `@takes_over`, see `moving.py`.
    """

    # A copy of what the record had in it when it was last read or written here; and, if
    # it was read, the engine's token for that state of it.
    _record: Data | None = None
    _token: Any = None
    # The keys that were written in a transaction, which may be rolled back.
    _unsettled: frozenset[str] = frozenset()
    # Whether the record that `cycle_key()` replaces stays until `end_cycle()`: so the
    # middleware has it, as the browser hears of the new key only after the view.
    keep_cycled = False
    # The session of that record, as it was read then.
    _cycled: "AtomicSession | None" = None
    # Whether `change()` has just written the record, so that `save()` need not.
    _written = False

    def read(self) -> tuple[Data | None, Any]:
        """Return the record's data and a token of its state; `(None, None)` if none.

        Raises `SessionStoreUnavailable`, as the three methods below do.
        """
        raise NotImplementedError

    def insert(self, data: Data) -> None:
        """Write a new record.

        Raises `CreateError` if there is one with this key.
        """
        raise NotImplementedError

    def replace(self, data: Data, token: Any) -> bool:
        """Write the record if `token` is still its state; return whether it was."""
        raise NotImplementedError

    def remove(self, token: Any) -> bool:
        """Delete the record if `token` is still its state; return whether it was."""
        raise NotImplementedError

    def token_of(self, data: Data) -> Any:
        """Return the token of a record with this data; None if only reading it tells."""
        return None

    def when_final(self, function: Callable[[], None]) -> None:
        """Call the function once what has been written now is certain to stay."""
        function()

    def _validate_session_key(self, key: str | None) -> bool:
        """Let no key reach the store that Django cannot have made."""
        return (
            super()._validate_session_key(key)
            and set(key) <= KEY_CHARS
            and len(key) <= KEY_MAX_LENGTH
        )

    def get_store_age(self) -> int:
        """Return for how many seconds from now the store keeps the session.

        That is `get_expiry_age()`, or less for a session that ends with the browser.
        """
        if self.get_expire_at_browser_close():
            return cookie_age(0)
        return self.get_expiry_age()

    def size(self) -> tuple[int, int | None]:
        """Return how many bytes the session has, and how many it may have.

        The second is None, for any number, where `SESSION_MAX_BYTES` is not set.
        """
        return self._size(self._get_session()), self._max_size()

    def load(self) -> Data:
        """Return the session's data; without a record, `{}` and no `session_key`."""
        data, token = self.read()
        if data is None:
            self._session_key = None
            return {}
        self._remember(data, token)
        return data

    def save(self, must_create: bool = False) -> None:
        """Write what this request has changed.

        Raises `UpdateError` if the session has been deleted meanwhile, `CreateError`
        with `must_create` if the key is taken, `SessionFull` and
        `SessionStoreUnavailable`.
        """
        if self.session_key is None:
            return self.create()
        data = self._get_session(no_load=must_create)
        if must_create:
            self._check_size(data, self._record)
            self.insert(data)
            self._wrote(data, set(data))
        elif not (self._written and data == self._record):
            self._write()
        self._written = False

    def change(self, key: str, function: Callable[[Any], Any]) -> Any:
        """Set `key` to what `function` makes of its present value, and return that.

        The present value is None if there is none; a result of None removes the key.
        No other request changes the session in between, on this or another server:
        `function` is called again with the newer value if one did, so it should do
        nothing but compute. What it raises is passed on, and then nothing is changed.
        Sessions in a cache need a Redis or a Memcached for that, those in files one
        machine; in a transaction of the database the change is as final as that.

        What this request has changed before is written along. A session that has no
        record yet is written by `save()`, as the middleware does after the view.

        Raises `UpdateError` if the session has been deleted meanwhile, `SessionFull` if
        it would grow beyond `sizes.for_changes()`, and `SessionStoreUnavailable`.
        """
        data = self._get_session()
        before = data.get(key)
        if self.session_key is None:
            _put(data, key, _result(function(deep_copy(before))))
        else:
            self._write(key, function)
        self.modified = self.modified or self.get(key) != before
        return self.get(key)

    def delete(self, session_key: str | None = None) -> None:
        super().delete(session_key)
        self._forget(session_key or self.session_key)

    def flush(self) -> None:
        cycled, self._cycled = self._cycled, None
        super().flush()
        if cycled:
            cycled.delete()

    def cycle_key(self) -> None:
        """Give the session a new key, and end the old one.

        What other requests have written since this one read it goes along. If another
        has ended it meanwhile, only what this request has set goes along.

        Raises `UpdateError` if what has been ended was a user's: the browser may have
        the key by which the session goes on, and is to keep it.
        """
        data, key = self._get_session(), self.session_key
        if key:
            record, token = self.read()
            if record is None and USER_KEY in (self._record or {}):
                raise UpdateError
            record = record or {}
            if self._record is None:  # it was cleared unread
                self._remember(record, token)
            old = type(self)(key)
            old._record = self._record if record == self._record else deep_copy(record)
            old._token = token
            changes = self._changes()
            for name, value in changes.items():
                _put(record, name, value)
            _update(data, record)
        self.create()
        if key and self.keep_cycled and not self._cycled:
            self._cycled = old
        elif key:
            old.delete()

    def end_cycle(self) -> None:
        """End the old key: the browser is about to hear of the new one.

        What other requests have meanwhile put under the old one goes along, of the keys
        that are in `LATE_KEYS`.

        Raises `UpdateError` if it was a user's and has been ended meanwhile.
        """
        if old := self._cycled:
            before, token = old._record, old._token
            while token is None or not old.remove(token):
                now, token = old.read()
                if now is None:
                    if USER_KEY in before:
                        raise UpdateError
                    break
                late = {
                    name: now[name]
                    for name in LATE_KEYS & now.keys()
                    if now[name] != before.get(name)
                }
                if late:
                    self.update(late)
                    self.save()
                before = now
            # What else the engine may have of it, such as a copy.
            old.delete()
            self._cycled = None

    def undo_cycle(self) -> None:
        """Go back to the old key.

        For a request that fails after it has signed somebody in: the visitor's browser
        never hears of the new key, and keeps the session that it had.
        """
        if self._cycled:
            key, self._session_key = self.session_key, self._cycled.session_key
            self._cycled, self._unsettled = None, frozenset()
            del self._session_cache
            self.delete(key)

    def _write(
        self, key: str | None = None, function: Callable[[Any], Any] | None = None
    ) -> None:
        mine = self._get_session()
        if self._record is None:
            # It was cleared unread: all that the record has now is to go.
            self._remember(*self._read())
        changes = self._changes()
        before, token = self._record, self._token or self.token_of(self._record)
        is_fresh = False
        try:
            for attempt in range(ATTEMPTS):
                if token is None:
                    before, token = self._read()
                    is_fresh = True
                record = dict(before)
                for name, value in changes.items():
                    _put(record, name, value)
                if function:
                    _put(record, key, _result(function(deep_copy(record.get(key)))))
                    if record == before and not self._unsettled:
                        if is_fresh:
                            self._remember(record, token)
                            break
                        # By now there may be something to change.
                        token = None
                        continue
                # The engine looks there for the session's expiry.
                self._session_cache = record
                self._check_size(record, before, is_change=function is not None)
                if self.replace(record, token):
                    self._wrote(record, {*changes, key} - {None})
                    break
                token = None
                time.sleep(random.uniform(0, 0.001 * min(attempt, 20)))
            else:
                raise SessionStoreUnavailable(f"{ATTEMPTS} writes came before this one")
        finally:
            self._session_cache = mine
        _update(mine, record)

    def _check_size(
        self, data: Data, before: Data | None, is_change: bool = False
    ) -> None:
        """Let no session grow beyond `SESSION_MAX_BYTES`, as its serializer writes it."""
        size, limit = self._size(data), self._max_size()
        if limit and is_change:
            limit = for_changes(limit)
        if limit and size > limit and size > self._size(before or {}):
            raise SessionFull(f"{size} bytes")

    def _max_size(self) -> int | None:
        return getattr(settings, "SESSION_MAX_BYTES", None)

    def _size(self, data: Data) -> int:
        return len(self.serializer().dumps(data))

    def _read(self) -> tuple[Data, Any]:
        data, token = self.read()
        if data is None:
            raise UpdateError
        return data, token

    def _changes(self) -> Data:
        """Return what this request has set and, as `MISSING`, what it has removed."""
        before, now = self._record or {}, self._get_session()
        return {
            key: now.get(key, MISSING)
            for key in {*before, *now, *self._unsettled}
            if key in self._unsettled
            or before.get(key, MISSING) != now.get(key, MISSING)
        }

    def _wrote(self, data: Data, keys: set[str]) -> None:
        self._remember(data)
        # Until it is final, `save()` would write these again, in case of a rollback.
        self._unsettled |= keys
        self.when_final(partial(self._settle, keys))

    def _settle(self, keys: set[str]) -> None:
        self._unsettled -= keys
        self._written = not self._unsettled

    def _forget(self, session_key: str | None) -> None:
        if session_key == self.session_key:
            self._record, self._token, self._written = None, None, False

    def _remember(self, data: Data, token: Any = None) -> None:
        self._record, self._token = deep_copy(data), token

    async def aload(self) -> Data:
        return await sync_to_async(self.load)()

    async def acreate(self) -> None:
        await sync_to_async(self.create)()

    async def asave(self, must_create: bool = False) -> None:
        await sync_to_async(self.save)(must_create)

    async def aflush(self) -> None:
        await sync_to_async(self.flush)()

    async def acycle_key(self) -> None:
        await sync_to_async(self.cycle_key)()

    async def achange(self, key: str, function: Callable[[Any], Any]) -> Any:
        """See `change()`."""
        return await sync_to_async(self.change)(key, function)

    async def aexists(self, session_key: str) -> bool:
        return await sync_to_async(self.exists)(session_key)

    async def adelete(self, session_key: str | None = None) -> None:
        await sync_to_async(self.delete)(session_key)

    @classmethod
    async def aclear_expired(cls) -> None:
        await sync_to_async(cls.clear_expired)()


def _result(value: Any) -> Any:
    return MISSING if value is None else value


def _update(data: Data, record: Data) -> None:
    """Make `data` equal, and leave alone in it what is: the view may hold on to that."""
    for name in data.keys() - record.keys():
        del data[name]
    for name, value in record.items():
        if name not in data or data[name] != value:
            data[name] = value


def _put(data: Data, key: str, value: Any) -> None:
    if value is MISSING:
        data.pop(key, None)
    else:
        data[key] = value
