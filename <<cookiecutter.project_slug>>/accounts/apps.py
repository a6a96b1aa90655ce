from typing import Any

from django.apps import AppConfig
from django.core.management import call_command
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("accounts")

    def ready(self) -> None:
        """Connect the receivers, and have `migrate` create the cache's table."""
        from . import signals  # noqa: F401

        post_migrate.connect(create_cache_table, sender=self)


def create_cache_table(using: str, **kwargs: Any) -> None:
    """Create the table of the database cache, unless it exists."""
    call_command("createcachetable", database=using, verbosity=0)
