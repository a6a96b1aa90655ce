"""Sessions as files in the folder `SESSION_FILE_PATH`, for a site on one machine."""

import contextlib
import fcntl
import hashlib
import os
import tempfile
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.sessions.backends.base import CreateError
from django.contrib.sessions.backends.file import SessionStore as DjangoSessionStore
from django.core.exceptions import SuspiciousOperation

from ..exceptions import SessionStoreUnavailable
from ..lifetime import cookie_age
from .base import AtomicSession, Data
from .moving import takes_over

# Of so many files one is locked, for as long as it takes to compare and to rename.
LOCKS = 256
# A scratch file that is older has been left over by a process that was killed.
SCRATCH_SECONDS = 3600


@takes_over
class SessionStore(AtomicSession, DjangoSessionStore):
    """Django's file sessions, and no update is lost.

    The files are readable by the site's own user alone. The token of a file's state is
    its content.
    """

    @classmethod
    def _get_storage_path(cls) -> str:
        if not hasattr(cls, "_storage_path"):  # the first time that it is asked for
            with contextlib.suppress(
                OSError
            ):  # Django says what is wrong with the path
                os.mkdir(settings.SESSION_FILE_PATH, mode=0o700)
        return super()._get_storage_path()

    def read(self) -> tuple[Data | None, Any]:
        try:
            content = self._path().read_text(encoding="ascii")
            data = self.decode(content)
            expiry = self._expiry_date(data)
        except (SuspiciousOperation, ValueError):  # damaged, or a forged key
            return None, None
        except OSError as error:
            if (
                isinstance(error, FileNotFoundError)
                and Path(self.storage_path).is_dir()
            ):
                return None, None
            raise SessionStoreUnavailable(error.strerror) from error
        if self.get_expiry_age(expiry=expiry) <= 0:
            self._delete_if_still(content)
            return None, None
        return data, content

    def insert(self, data: Data) -> None:
        try:
            with open(self._path(), "x", encoding="ascii", opener=_private) as file:
                file.write(self.encode(data))
            self._end_early(data)
        except FileExistsError as error:
            raise CreateError from error
        except OSError as error:
            self.delete()
            raise SessionStoreUnavailable(error.strerror) from error

    def replace(self, data: Data, token: Any) -> bool:
        path = self._path()
        try:
            with self._lock(self.session_key), _scratch_file(path.parent) as scratch:
                scratch.write_text(self.encode(data), encoding="ascii")
                if path.read_text(encoding="ascii") != token:
                    return False
                scratch.replace(path)
        except FileNotFoundError:
            return False
        except OSError as error:
            raise SessionStoreUnavailable(error.strerror) from error
        return True

    def delete(self, session_key: str | None = None) -> None:
        if key := session_key or self.session_key:
            try:
                with self._lock(key), contextlib.suppress(FileNotFoundError):
                    os.unlink(self._key_to_file(key))
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

    def _end_early(self, data: Data) -> None:
        """Make the file look older if less than its full time is left to the session."""
        expiry = data.get("_session_expiry")
        if not isinstance(expiry, str):
            used = (expiry or cookie_age(expiry)) - self.get_store_age()
            if used > 0:
                os.utime(self._path(), (time.time(), time.time() - used))

    def _delete_if_still(self, content: str) -> None:
        """Delete the session unless another request has renewed it meanwhile."""
        with contextlib.suppress(OSError), self._lock(self.session_key):
            if self._path().read_text(encoding="ascii") == content:
                self._path().unlink()

    def _path(self) -> Path:
        return Path(self._key_to_file())

    @contextlib.contextmanager
    def _lock(self, session_key: str) -> Iterator[None]:
        number = int(hashlib.sha256(session_key.encode()).hexdigest(), 16) % LOCKS
        path = Path(self.storage_path, f".lock-{number}")
        with open(path, "a", opener=_private) as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _expiry_date(self, session_data: Data) -> datetime | str:
        """Return when the session ends, also after `set_expiry(seconds)`.

        Django takes the seconds as counted from now at each look, so such a session
        would never end on the server.
        """
        expiry = session_data.get("_session_expiry")
        if expiry and not isinstance(expiry, int):
            return expiry
        seconds = expiry or cookie_age(expiry)
        return self._last_modification() + timedelta(seconds=seconds)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, mode=0o600)


@contextlib.contextmanager
def _scratch_file(folder: Path) -> Iterator[Path]:
    """Make a file beside the session's, and remove it if it has not become that."""
    descriptor, name = tempfile.mkstemp(dir=folder, prefix=".new-")
    os.close(descriptor)
    scratch = Path(name)
    try:
        yield scratch
    finally:
        scratch.unlink(missing_ok=True)
