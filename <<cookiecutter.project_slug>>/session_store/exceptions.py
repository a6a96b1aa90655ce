"""What can go wrong with a session's store, and how to tell it from a fault in the code."""

import contextlib
import sqlite3
from collections.abc import Iterator

from django.db import DatabaseError, InterfaceError, InternalError, OperationalError


class SessionStoreUnavailable(Exception):
    """The store of the sessions does not answer, or does not take a write."""


class SessionFull(Exception):
    """The session is larger than the engine can keep."""


@contextlib.contextmanager
def unavailable() -> Iterator[None]:
    """Raise what any cache's client raises of its server as `SessionStoreUnavailable`.

    Faults in the code are raised as they are, and so are the database's own errors.
    """
    try:
        yield
    except (AttributeError, LookupError, TypeError, ValueError, DatabaseError):
        raise
    except Exception as error:
        raise SessionStoreUnavailable(error) from error


# What SQLite says of a file that is locked, or that the disk does not let it have.
SQLITE_OUTAGES = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
}

# What PostgreSQL says (appendix A of its manual) of a lost connection, a write that may
# only be read, as after a fail-over, a deadlock, want of disk or memory, a lock that was
# waited for in vain, a server that shuts down, and its disk.
POSTGRESQL_OUTAGES = ("08", "25006", "40", "53", "55P03", "57", "58")


def is_outage(error: BaseException | None) -> bool:
    """Return whether the store or the database fails, and not the code that asks it.

    A table that is not there, for example, is a fault that no waiting mends.
    """
    if not isinstance(error, (OperationalError, InterfaceError, InternalError)):
        return isinstance(error, SessionStoreUnavailable)
    cause = error.__cause__
    if isinstance(cause, sqlite3.Error):
        # The lowest byte is the kind of the error, those above tell more of it.
        return getattr(cause, "sqlite_errorcode", 0) & 0xFF in SQLITE_OUTAGES
    # Without a state, the server was not reached.
    state = getattr(cause, "sqlstate", None)
    return state is None or state.startswith(POSTGRESQL_OUTAGES)
