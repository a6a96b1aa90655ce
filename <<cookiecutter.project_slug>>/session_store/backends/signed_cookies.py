"""Sessions in the visitor's cookie: signed, so not to be forged, but not encrypted."""

from django.contrib.sessions.backends.signed_cookies import (
    SessionStore as DjangoSessionStore,
)


class SessionStore(DjangoSessionStore):
    """Django's cookie sessions."""
