"""Sessions written to the database and to the cache, and read from the cache first.

The database is authoritative; the cache only has copies. While the cache does not
answer, the site works without it. When it answers again, it may still have stale copies
from before the outage, or have restored some from a snapshot. All copies are therefore
invalidated, by beginning a new epoch, whenever a copy could not be deleted and when the
cache answers a process again after an outage. The epoch is part of the copies' keys. It
is stored in the database, where a process looks it up again if it last did so more than
`EPOCH_SECONDS` ago.
"""

import logging
import secrets
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

from django.contrib.sessions.backends.cached_db import (
    SessionStore as DjangoSessionStore,
)
from django.contrib.sessions.backends.db import SessionStore as DjangoRowSessionStore
from django.core import signing
from django.core.signals import setting_changed
from django.db import connections, router
from django.db.models import Model, QuerySet
from django.dispatch import receiver
from django.utils import timezone

from ..log import hashed
from .base import Data
from .moving import takes_over
from .rows import RowSession

logger = logging.getLogger("django.contrib.sessions")

# How long a process does not use a cache that did not answer.
BACK_OFF_SECONDS = 5
# How long a process relies on the epoch that it has read.
EPOCH_SECONDS = 1
# How long the cache keeps a copy at most.
COPY_SECONDS = 300
# The key of the session table's row with the epoch; it is not valid for a session.
EPOCH_KEY = "cached_db.epoch"


class UntimedSigner(signing.TimestampSigner):
    """A signer whose signature does not depend on the time of signing."""

    def timestamp(self) -> str:
        return signing.b62_encode(0)


@takes_over
class SessionStore(RowSession, DjangoSessionStore):
    """Django's cached database sessions, without lost updates; the cache may fail."""

    # What all sessions of this process share; the times are of `time.monotonic()`.
    _epoch = ""
    _epoch_read = float("-inf")
    # Until when the cache is not used after an outage; -inf if none is to be settled.
    _silent_until = float("-inf")
    _logged_until = float("-inf")

    @property
    def cache_key(self) -> str:
        key = self._get_or_create_session_key()
        return self._cache_key(key, self._known_epoch())

    def encode(self, session_dict: Data) -> str:
        """Encode as Django does, but without the time of signing, which nothing reads.

        So the row's text, which is its token, can be computed from a copy of its data.
        """
        return UntimedSigner(salt=self.key_salt).sign_object(
            session_dict, serializer=self.serializer, compress=True
        )

    def token_of(self, data: Data) -> str:
        return self.encode(data)

    def load(self) -> Data:
        key = self.cache_key
        _, data = self._ask_cache("reading from", lambda: self._cache.get(key))
        if data is not None:
            self._remember(data)
            return data
        data = super().load()
        if self.session_key:
            self._write_copy(data)
        return data

    def insert(self, data: Data) -> None:
        super().insert(data)
        self._update_copy(data)

    def replace(self, data: Data, token: Any) -> bool:
        is_written = super().replace(data, token)
        if is_written:
            self._update_copy(data)
        return is_written

    def exists(self, session_key: str) -> bool:
        if not session_key:
            return False
        key = self._cache_key(session_key, self._known_epoch())
        _, is_cached = self._ask_cache("reading from", lambda: key in self._cache)
        return is_cached or DjangoRowSessionStore.exists(self, session_key)

    def delete(self, session_key: str | None = None) -> None:
        session_key = session_key or self.session_key
        if session_key:
            DjangoRowSessionStore.delete(self, session_key)
            self._forget(session_key)
            self._delete_copy(session_key)

    def undo_cycle(self) -> None:
        """Also delete the copy of a write that may have been rolled back."""
        if self._unsettled:
            self._delete_copy(self.session_key)
        super().undo_cycle()

    def _update_copy(self, data: Data) -> None:
        """Replace the copy after the row was written, or delete it if that fails."""
        if not self._write_copy(data):
            self._delete_copy(self.session_key)
        elif not self.is_final():
            # Until the commit, other requests read the old row, and may cache that.
            self.when_final(partial(self._end_copy, self.session_key))

    def _write_copy(self, data: Data) -> bool:
        """Cache a copy of the row as it is now; return whether that was possible."""
        cls = type(self)
        age = self.get_expiry_age(expiry=self.expire_date())
        # A copy of what may be rolled back must not last long.
        seconds = min(age, COPY_SECONDS if self.is_final() else 1)
        known_epoch = self._known_epoch()
        key = self._cache_key(self.session_key, known_epoch)
        is_written, _ = self._ask_cache(
            "saving to",
            lambda: self._cache.set(key, data, seconds),
            # The reason may be that the copy is too large or the cache is full.
            is_outage=False,
        )
        if is_written:
            session_data, epoch = self._row_and_epoch()
            if epoch != known_epoch:
                cls._epoch, cls._epoch_read = epoch, time.monotonic()
                return self._write_copy(data)
            # Of two requests that write a copy concurrently, the one with the older
            # data may come last. It sees here that the row has newer data.
            if session_data != self._session_data:
                self._delete_copy(self.session_key)
        return is_written

    def _delete_copy(self, session_key: str) -> None:
        """Delete the copy now and, in a transaction, again once it has committed."""
        if not self.is_final():
            self._ask_to_delete(session_key)
        self.when_final(partial(self._end_copy, session_key))

    def _end_copy(self, session_key: str) -> None:
        if not self._ask_to_delete(session_key):
            self._begin_epoch()

    def _ask_to_delete(self, session_key: str) -> bool:
        # Read the epoch anew: with an outdated one, the current copy would remain.
        type(self)._epoch_read = float("-inf")
        key = self._cache_key(session_key, self._known_epoch())
        is_deleted, _ = self._ask_cache(
            "deleting from", lambda: self._cache.delete(key)
        )
        return is_deleted

    def _row_and_epoch(self) -> tuple[str | None, str]:
        """Return the row's text, None without a row, and the current epoch.

        This query follows every write of a copy, and plain SQL takes a fraction of the
        time of a `QuerySet`.
        """
        connection = connections[router.db_for_write(self.model)]
        table = connection.ops.quote_name(self.model._meta.db_table)
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT session_key, session_data FROM {table}"
                " WHERE session_key IN (%s, %s)",
                [self.session_key, EPOCH_KEY],
            )
            rows = dict(cursor.fetchall())
        epoch = self.decode(rows[EPOCH_KEY]) if EPOCH_KEY in rows else {}
        return rows.get(self.session_key), epoch.get("epoch", "")

    def _ask_cache(
        self, doing: str, function: Callable[[], Any], is_outage: bool = True
    ) -> tuple[bool, Any | None]:
        """Call `function`, which uses the cache; return whether it answered, and what.

        After an outage the cache is not used for `BACK_OFF_SECONDS`, as it may take
        long to time out. Its first answer after that may come from a stale copy: it is
        discarded, and a new epoch begins.
        """
        cls = type(self)
        if time.monotonic() < cls._silent_until:
            return False, None
        try:
            answer = function()
        except Exception:
            now = time.monotonic()
            if now >= cls._logged_until:
                about = f" (cached_db, session {hashed(self.session_key)})"
                text = f"Error {doing} cache (%s)"
                logger.exception(text, self._cache, extra={"about": about})
                cls._logged_until = now + BACK_OFF_SECONDS
            if is_outage:
                cls._silent_until = now + BACK_OFF_SECONDS
            return False, None
        if cls._silent_until == float("-inf"):
            return True, answer
        if self.is_final():  # else the new epoch may be rolled back
            self._begin_epoch()
            cls._silent_until = float("-inf")
        return True, None

    def _cache_key(self, session_key: str, epoch: str) -> str:
        return f"{self.cache_key_prefix}{epoch}{session_key}"

    def _known_epoch(self) -> str:
        cls = type(self)
        epoch = cls._epoch
        if time.monotonic() > cls._epoch_read + EPOCH_SECONDS:
            row = self._rows().filter(session_key=EPOCH_KEY).first()
            epoch = row.get_decoded().get("epoch", "") if row else ""
            cls._epoch, cls._epoch_read = epoch, time.monotonic()
        return epoch

    def _begin_epoch(self) -> None:
        """Invalidate all copies that are in the cache now, for every process."""
        epoch = secrets.token_hex(8)
        self._rows().update_or_create(
            session_key=EPOCH_KEY,
            defaults={
                "session_data": self.encode({"epoch": epoch}),
                "expire_date": timezone.now() + timedelta(days=36500),
            },
        )
        type(self)._epoch, type(self)._epoch_read = epoch, time.monotonic()

    def _rows(self) -> QuerySet[Model]:
        return self.model.objects.using(router.db_for_write(self.model))


@receiver(setting_changed)
def try_another_cache(setting: str, **kwargs: Any) -> None:
    """Forget the outages of the previous caches when a test sets others."""
    if setting == "CACHES":
        SessionStore._silent_until = SessionStore._logged_until = float("-inf")
