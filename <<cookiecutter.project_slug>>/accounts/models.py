from collections.abc import Iterator
from typing import Any

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _


class EpochField(models.PositiveBigIntegerField):
    """A number that saving an existing user does not write; `update()` does.

    Saving a user that was loaded before all sessions were ended would revive them.
    """

    def pre_save(self, instance: models.Model, add: bool) -> Any:
        return super().pre_save(instance, add) if add else models.F(self.attname)


class User(AbstractUser):
    """A customer or a member of staff: Django's user, ready for fields of your own."""

    # A session is valid only as long as its auth hash contains this number.
    session_epoch = EpochField(_("session epoch"), default=0, editable=False)

    def get_session_auth_hash(self) -> str:
        """Return Django's hash with the epoch appended."""
        return self._with_epoch(super().get_session_auth_hash())

    def get_session_auth_fallback_hash(self) -> Iterator[str]:
        """Yield the same for each of `SECRET_KEY_FALLBACKS`."""
        return map(self._with_epoch, super().get_session_auth_fallback_hash())

    def _with_epoch(self, session_hash: str) -> str:
        return f"{session_hash}.{self.session_epoch}"
