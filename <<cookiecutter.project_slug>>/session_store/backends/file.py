"""Sessions as files in the folder `SESSION_FILE_PATH`, for a site on one machine."""

import contextlib
import fcntl
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, TextIO

from django.conf import settings
from django.contrib.sessions.backends.base import CreateError
from django.contrib.sessions.backends.file import SessionStore as DjangoSessionStore

from ..exceptions import SessionStoreUnavailable
from ..lifetime import cookie_age
from .base import AtomicSession, Data
from .moving import takes_over

# A scratch file older than this was left behind by a process that was killed.
SCRATCH_SECONDS = 3600


@takes_over
class SessionStore(AtomicSession, DjangoSessionStore):
    """Django's file sessions, without lost updates.

    Only the site's own user can read the files. The token of a file's state is its
    content.
    """

    @classmethod
    def _get_storage_path(cls) -> str:
        if not hasattr(cls, "_storage_path"):  # on the first call
            with contextlib.suppress(
                OSError
            ):  # Django reports what is wrong with the path
                os.mkdir(settings.SESSION_FILE_PATH, mode=0o700)
        return super()._get_storage_path()

    def read(self) -> tuple[Data | None, Any]:
        try:
            with open(self._key_to_file(), encoding="ascii") as file:
                content = file.read()
            data = self.decode(content)
            expiry = self._expiry_date(data)
        except ValueError:  # damaged
            return None, None
        except OSError as error:
            if (
                isinstance(error, FileNotFoundError)
                and Path(self.storage_path).is_dir()
            ):
                return None, None
            raise SessionStoreUnavailable(error.strerror) from error
        if self.get_expiry_age(expiry=expiry) <= 0:
            # Another request may have renewed it meanwhile.
            is_renewed = False
            with contextlib.suppress(SessionStoreUnavailable):
                is_renewed = not self.remove(content)
            return self.read() if is_renewed else (None, None)
        return data, content

    def insert(self, data: Data) -> None:
        path, content = self._key_to_file(), self.encode(data)
        try:
            # Create the file atomically: half a file would be read as an empty session.
            descriptor, scratch = tempfile.mkstemp(
                dir=self.storage_path, prefix=".new-"
            )
            try:
                with open(descriptor, "w", encoding="ascii") as file:
                    file.write(content)
                self._end_early(scratch, data)
                os.link(scratch, path)
            finally:
                os.unlink(scratch)
        except FileExistsError as error:
            raise CreateError from error
        except OSError as error:
            raise SessionStoreUnavailable(error.strerror) from error

    def replace(self, data: Data, token: Any) -> bool:
        return self._if_still(token, partial(self._renew, content=self.encode(data)))

    def remove(self, token: Any) -> bool:
        return self._if_still(token, os.unlink)

    def delete(self, session_key: str | None = None) -> None:
        if key := session_key or self.session_key:
            path = self._key_to_file(key)
            try:
                with contextlib.suppress(FileNotFoundError), _locked(path):
                    os.unlink(path)
            except OSError as error:
                raise SessionStoreUnavailable(error.strerror) from error
            self._forget(key)

    @classmethod
    def clear_expired(cls) -> None:
        """Remove the files of sessions that have ended, and left-over scratch files."""
        super().clear_expired()
        for scratch in Path(cls._get_storage_path()).glob(".new-*"):
            with contextlib.suppress(FileNotFoundError):  # in use, and gone by now
                if scratch.stat().st_mtime < time.time() - SCRATCH_SECONDS:
                    scratch.unlink()

    def _if_still(self, content: str, function: Callable[[str], None]) -> bool:
        """Call `function(path)` if the file has this content; return whether it had."""
        path = self._key_to_file()
        try:
            with _locked(path) as file:
                if file.read() != content:
                    return False
                function(path)
        except FileNotFoundError:
            return False
        except OSError as error:
            raise SessionStoreUnavailable(error.strerror) from error
        return True

    def _renew(self, path: str, content: str) -> None:
        """Atomically replace the file at `path`, which the caller has locked."""
        scratch = os.path.join(self.storage_path, f".new-{self.session_key}")
        try:
            with open(scratch, "w", encoding="ascii", opener=_private) as file:
                file.write(content)
            os.replace(scratch, path)
        except OSError:
            with contextlib.suppress(OSError):
                os.unlink(scratch)
            raise

    def _end_early(self, path: str, data: Data) -> None:
        """Backdate the file if the session has less than its full lifetime left."""
        expiry = data.get("_session_expiry")
        if not isinstance(expiry, str):
            used = (expiry or cookie_age(expiry)) - self.get_store_age()
            if used > 0:
                os.utime(path, (time.time(), time.time() - used))

    def _expiry_date(self, session_data: Data) -> datetime | str:
        """Return when the session expires, including after `set_expiry(seconds)`.

        Django counts the seconds from the time of each read, so such a session would
        never expire on the server.
        """
        expiry = session_data.get("_session_expiry")
        if expiry and not isinstance(expiry, int):
            return expiry
        seconds = expiry or cookie_age(expiry)
        return self._last_modification() + timedelta(seconds=seconds)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, mode=0o600)


@contextlib.contextmanager
def _locked(path: str) -> Iterator[TextIO]:
    """Open a session's file, and hold an exclusive lock on it."""
    while True:
        with open(path, "r+", encoding="ascii") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            # The previous holder of the lock may have replaced or deleted the file.
            if os.path.samestat(os.fstat(file.fileno()), os.stat(path)):
                yield file
                return
