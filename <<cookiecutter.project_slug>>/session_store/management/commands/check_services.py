"""Report which of the site's servers do not answer, and how to start them."""

from typing import Any

from django.core.cache import caches
from django.core.cache.backends.db import DatabaseCache
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, connections

POSTGRESQL = """\
PostgreSQL does not let the site in: {error}
To install and start it on Debian or Ubuntu:
    sudo apt install postgresql
To make the user and the database of DATABASE_URL:
    sudo -u postgres psql -c "CREATE ROLE \\"{USER}\\" LOGIN CREATEDB PASSWORD '{PASSWORD}'"
    sudo -u postgres createdb --owner {USER} {NAME}"""

MEMCACHED = """\
Memcached does not answer: {error}
To install and start it on Debian or Ubuntu:
    sudo apt install memcached
Where it runs elsewhere, name it in MEMCACHED_SERVERS."""

REDIS = """\
Redis does not answer: {error}
Are REDIS_URL and SESSION_REDIS_URL right, and is the server running? What they may be is
in README.md, under "Redis"."""

# How many keys are read from each cache.
KEYS = 16


class Command(BaseCommand):
    help = "Check that the database and the caches answer."

    def handle(self, **options: Any) -> None:
        """Raise `CommandError` with all faults that are found."""
        faults = [*database_faults(), *cache_faults()]
        if faults:
            raise CommandError("\n\n".join(faults))


def database_faults() -> list[str]:
    """Return a text for each database that cannot be connected to."""
    faults = []
    for connection in connections.all():
        try:
            connection.ensure_connection()
        except OperationalError as error:
            text = POSTGRESQL if connection.vendor == "postgresql" else "{error}"
            faults.append(text.format(error=error, **connection.settings_dict))
    return faults


def cache_faults() -> list[str]:
    """Return a text for each kind of cache server that does not answer."""
    faults = {}
    for alias in caches:
        cache = caches[alias]
        if isinstance(cache, DatabaseCache):
            continue  # its table comes with `migrate`
        try:
            # Several keys, as each of several servers has only a part of them.
            for number in range(KEYS):
                cache.get(f"check_services.{number}")
        except Exception as error:  # each client library has exceptions of its own
            text = MEMCACHED if "Memcache" in type(cache).__name__ else REDIS
            faults[text] = text.format(error=error)
    return list(faults.values())
