"""Django's backend for PostgreSQL, which looks at a connection where Django's tries it.

With `CONN_HEALTH_CHECKS` each request would send an empty query first, and that takes as
long as the one query of most pages. A server that is restarted, or that ends a connection
for another reason, closes its socket: that is seen without asking.
"""

import select
from typing import Any

import psycopg
from django.db.backends.postgresql import base
from psycopg_pool import ConnectionPool


class DatabaseWrapper(base.DatabaseWrapper):
    def get_new_connection(self, conn_params: dict[str, Any]) -> psycopg.Connection:
        """Return a connection of the pool that is alive.

        Raises `psycopg_pool.PoolTimeout`, an `OperationalError`, when there is none.
        """
        while True:
            connection = super().get_new_connection(conn_params)
            if is_silent(connection):
                return connection
            try:
                ConnectionPool.check_connection(connection)
            except psycopg.Error:
                connection.close()
                self.pool.putconn(connection)  # which puts a new one in its place
            else:
                return connection


def is_silent(connection: psycopg.Connection) -> bool:
    """Tell whether nothing has come from the server since its last answer."""
    poll = select.poll()
    poll.register(connection, select.POLLIN)
    return not poll.poll(0)
