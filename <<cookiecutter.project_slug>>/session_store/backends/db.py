"""Sessions as rows of the database's table `django_session`."""

from django.contrib.sessions.backends.db import SessionStore as DjangoSessionStore


class SessionStore(DjangoSessionStore):
    """Django's database sessions."""
