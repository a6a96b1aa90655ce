"""Sessions as rows of the database's table `django_session`."""

from django.contrib.sessions.backends.db import SessionStore as DjangoSessionStore

from .moving import takes_over
from .rows import RowSession


@takes_over
class SessionStore(RowSession, DjangoSessionStore):
    """Django's database sessions, without lost updates."""
