"""Exceptions of the session store, and how to tell an outage from a bug."""

import contextlib
import sqlite3
from collections.abc import Iterator

from django.db import DatabaseError, InterfaceError, InternalError, OperationalError


class SessionStoreUnavailable(Exception):
    """The session store does not answer, or does not accept a write."""


class SessionFull(Exception):
    """The session is larger than the engine can keep."""


@contextlib.contextmanager
def unavailable() -> Iterator[None]:
    """Convert any cache client's exceptions for outages to `SessionStoreUnavailable`.

    Exceptions that are typical of bugs, and `DatabaseError`, propagate unchanged.
    """
    try:
        yield
    except (AttributeError, LookupError, TypeError, ValueError, DatabaseError):
        raise
    except Exception as error:
        raise SessionStoreUnavailable(error) from error


# SQLite's result codes for a file that is locked or cannot be opened, read or written.
SQLITE_OUTAGES = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
}

# How PostgreSQL's error codes (appendix A of its manual) begin for, in this order: a
# lost connection; a read-only transaction, as after a failover; a rollback, as for a
# deadlock; a lack of disk space or memory; a lock that could not be acquired; a server
# that is shutting down; an I/O error.
POSTGRESQL_OUTAGES = ("08", "25006", "40", "53", "55P03", "57", "58")


def is_outage(error: BaseException | None) -> bool:
    """Return whether the error is an outage of the store or the database, not a bug.

    A missing table, for example, is a bug: trying again later would not help.
    """
    if not isinstance(error, (OperationalError, InterfaceError, InternalError)):
        return isinstance(error, SessionStoreUnavailable)
    cause = error.__cause__
    if isinstance(cause, sqlite3.Error):
        # The lowest byte is the primary result code, the others are its extension.
        return getattr(cause, "sqlite_errorcode", 0) & 0xFF in SQLITE_OUTAGES
    # Without an SQLSTATE, the server was not reached.
    state = getattr(cause, "sqlstate", None)
    return state is None or state.startswith(POSTGRESQL_OUTAGES)
