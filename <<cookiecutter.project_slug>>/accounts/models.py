from collections.abc import Iterator
from typing import Any

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _


class EpochField(models.PositiveBigIntegerField):
    """A number that saving a user does not write; `update()` does.

    Whoever had read the user before all sessions were ended would bring them back.
    """

    def pre_save(self, instance: models.Model, add: bool) -> Any:
        return super().pre_save(instance, add) if add else models.F(self.attname)


class User(AbstractUser):
    """A customer or a member of staff: Django's user, ready for fields of your own."""

    # A session is its user's only as long as it has this number in its hash.
    session_epoch = EpochField(_("session epoch"), default=0, editable=False)

    def get_session_auth_hash(self) -> str:
        """Return Django's hash of the password, and the epoch."""
        return self._with_epoch(super().get_session_auth_hash())

    def get_session_auth_fallback_hash(self) -> Iterator[str]:
        """Yield the same by each of `SECRET_KEY_FALLBACKS`."""
        return map(self._with_epoch, super().get_session_auth_fallback_hash())

    def _with_epoch(self, session_hash: str) -> str:
        return f"{session_hash}.{self.session_epoch}"
