"""Sessions written to the database and to the cache, and read from the cache first."""

from django.contrib.sessions.backends.cached_db import (
    SessionStore as DjangoSessionStore,
)


class SessionStore(DjangoSessionStore):
    """Django's cached database sessions."""
