from collections.abc import Iterator

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _


class User(AbstractUser):
    """A customer or a member of staff: Django's user, ready for fields of your own."""

    # A session is its user's only as long as it has this number in its hash.
    session_epoch = models.PositiveIntegerField(
        _("session epoch"), default=0, editable=False
    )

    def get_session_auth_hash(self) -> str:
        """Return Django's hash of the password, and the epoch."""
        return self._with_epoch(super().get_session_auth_hash())

    def get_session_auth_fallback_hash(self) -> Iterator[str]:
        """Yield the same by each of `SECRET_KEY_FALLBACKS`."""
        return map(self._with_epoch, super().get_session_auth_fallback_hash())

    def _with_epoch(self, session_hash: str) -> str:
        return f"{session_hash}.{self.session_epoch}"
