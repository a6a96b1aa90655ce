"""Sessions in the cache alone: fast, and gone when the cache loses them."""

from django.contrib.sessions.backends.cache import SessionStore as DjangoSessionStore


class SessionStore(DjangoSessionStore):
    """Django's cache sessions."""
