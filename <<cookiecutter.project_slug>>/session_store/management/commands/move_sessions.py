"""Move the sessions of visitors who have not returned since the engine was changed."""

from argparse import ArgumentParser
from importlib import import_module
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError

from session_store import previous
from session_store.exceptions import is_outage, unavailable

# How many sessions are moved between two progress reports.
REPORT = 10_000


class Command(BaseCommand):
    help = (
        "Move the sessions that SESSION_PREVIOUS_ENGINE still has to SESSION_ENGINE. "
        "Visitors can use the site meanwhile, and it can be stopped and run again."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--count", action="store_true", help="say how many there are, and move none"
        )

    def handle(self, count: bool, **options: Any) -> None:
        """Raise `CommandError` if they cannot be listed or if this cannot move them."""
        if not previous.is_named():
            raise CommandError("SESSION_PREVIOUS_ENGINE is not set.")
        try:
            if count:
                number = sum(1 for _ in previous.keys())
                self.stdout.write(f"{number} are still to move.")
            else:
                self._move()
        except previous.NotListable as error:
            raise CommandError(
                f"They cannot be listed: {error}. Each moves when its visitor comes, and "
                "after SESSION_COOKIE_AGE seconds none is left."
            ) from error
        except Exception as error:
            if isinstance(error, ImproperlyConfigured) or is_outage(error):
                text = f"They cannot be read or written: {error}"
                raise CommandError(text) from error
            raise

    def _move(self) -> None:
        store = import_module(settings.SESSION_ENGINE).SessionStore
        if not hasattr(store, "move"):
            raise CommandError(
                "They move into the visitors' cookies: each when its visitor comes."
            )
        number = 0
        for number, key in enumerate(previous.keys(), start=1):
            store(key).move()
            if number % REPORT == 0:
                self.stdout.write(f"{number} moved ...")
        with unavailable():
            previous.engine().clear_expired()
        self.stdout.write(f"{number} moved, and none is left.")
