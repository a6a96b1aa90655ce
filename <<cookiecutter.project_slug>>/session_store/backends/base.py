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

# How often a write is tried while other requests keep writing first. Whenever an
# attempt fails, another write has succeeded, so the retries end when all concurrent
# writers are done.
ATTEMPTS = 100

KEY_CHARS = set(VALID_KEY_CHARS)
KEY_MAX_LENGTH = 40
MISSING = object()


class AtomicSession(SessionBase):
    """A session that loses no update, and that is not saved again once it is deleted.

    Django writes a session as a whole: of two requests that change it concurrently, the
    later one overwrites the changes of the earlier one. Here `save()` merges the keys
    that this request has changed, and no others, into the current record, and
    `change()` reads, changes and writes a key atomically.

    Requests do not lock the record. A write takes place only if the record is still in
    the state that was read (compare and set); otherwise the record is read again and
    the write is retried.

    An engine inherits from this class first and then from Django's engine. It
    implements `read()`, `insert()`, `replace()` and `remove()`, and keeps a record for
    `get_store_age()` seconds. The last three methods must call neither `read()` nor
    `exists()`, which also look in the previous engine while sessions move from there.
    The asynchronous methods run the synchronous ones in a thread. An engine that does
    not build on one of Django's also implements `create()`, `exists()`, `delete()`,
    which calls `_forget()`, and `clear_expired()`. To take over the sessions of another
    engine, decorate it with `@takes_over`, see `moving.py`.
    """

    # A copy of the record's data as this object last read or wrote it; and, if it was
    # read, the engine's token for that state.
    _record: Data | None = None
    _token: Any = None
    # The keys that were written in a transaction that may still be rolled back.
    _unsettled: frozenset[str] = frozenset()
    # Whether `cycle_key()` leaves the old record in the store until `end_cycle()`. The
    # middleware sets it, as the browser learns the new key only from the response.
    keep_cycled = False
    # The session with that old record, as `cycle_key()` read it.
    _cycled: "AtomicSession | None" = None
    # Whether `change()` has just written the record, so that `save()` need not.
    _written = False

    def read(self) -> tuple[Data | None, Any]:
        """Return the record's data and a token of its state; `(None, None)` if none.

        Raises `SessionStoreUnavailable` or the database's errors during an outage, as
        the three methods below do.
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
        """Return the token of a record with this data, None if it has to be read."""
        return None

    def when_final(self, function: Callable[[], None]) -> None:
        """Call the function once what was just written can no longer be rolled back."""
        function()

    def _validate_session_key(self, key: str | None) -> bool:
        """Accept only keys that Django can have made; no other reaches the store."""
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
        """Return the session's size and its limit, in bytes.

        The limit is None if `SESSION_MAX_BYTES` is not set.
        """
        return self._size(self._get_session()), self._max_size()

    def load(self) -> Data:
        """Return the session's data; without a record, reset the key, return `{}`."""
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
        """Set `key` to the result of `function(current value)`, and return that.

        The current value is None if there is none; a result of None removes the key.
        The change is atomic: if another request, on this or another server, writes the
        session in between, `function` is called again with the newer value, so it
        should have no side effects. An exception that it raises is passed on, and the
        session is not changed. For sessions in a cache, this needs Redis or Memcached;
        for those in files, a single machine. For those in the database, a change that
        is made in a transaction is rolled back with it.

        What this request has changed before is written as well. A session that has no
        record yet is not written here but by `save()`, which the middleware calls after
        the view.

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
        """Move the session to a new key.

        The old record is deleted, by `end_cycle()` if `keep_cycled` is set. What other
        requests have written to it since this one read it is moved too. If another
        request has deleted it meanwhile, only what this request has set is moved.

        Raises `UpdateError` if the deleted session was a signed-in user's: that request
        may have cycled the key, and the browser must keep the new key that it was
        given.
        """
        data, key = self._get_session(), self.session_key
        if key:
            record, token = self.read()
            if record is None and USER_KEY in (self._record or {}):
                raise UpdateError
            record = record or {}
            if self._record is None:  # it was cleared without being read
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
        """Delete the old record, as the response is about to send the new key.

        What other requests have written to the old record since `cycle_key()` is copied
        into the session, but only for the keys in `LATE_KEYS`.

        Raises `UpdateError` if the old session was a signed-in user's and another
        request has deleted it meanwhile.
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
            # Delete whatever else the engine has of it, such as a copy in a cache.
            old.delete()
            self._cycled = None

    def undo_cycle(self) -> None:
        """Go back to the old key, and delete the record under the new one.

        This is for a request that fails after signing somebody in: the browser never
        learns the new key, and keeps the session that it had.
        """
        if self._cycled:
            key, self._session_key = self.session_key, self._cycled.session_key
            self._cycled, self._unsettled = None, frozenset()
            del self._session_cache
            self.delete(key)

    def _write(
        self, key: str | None = None, function: Callable[[Any], Any] | None = None
    ) -> None:
        # Write this request's changes, and that of `function` if given, by compare and
        # set: on a race, read the record again and retry.
        mine = self._get_session()
        if self._record is None:
            # It was cleared without being read: every key of the record is to go.
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
                        # No change, but of data that may be stale: read the record.
                        token = None
                        continue
                # The engine takes the session's expiry from `_session_cache`.
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
        """Raise `SessionFull` if the session grows beyond `SESSION_MAX_BYTES`."""
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
        # Until the transaction commits, `save()` writes these again, in case of a
        # rollback.
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
    """Make `data` equal to `record`, in place.

    Values that are equal already stay the same objects: the view may refer to them.
    """
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
