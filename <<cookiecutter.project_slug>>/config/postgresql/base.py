"""Django's backend for PostgreSQL, with a check of connections that needs no query.

With `CONN_HEALTH_CHECKS` each request would send an empty query first, which takes as
long as the one query of most pages. A server that is restarted, or ends a connection
for another reason, closes the socket, and that can be seen without a query.
"""

import select
from typing import Any

import psycopg
from django.db.backends.postgresql import base
from psycopg_pool import ConnectionPool


class DatabaseWrapper(base.DatabaseWrapper):
    def get_new_connection(self, conn_params: dict[str, Any]) -> psycopg.Connection:
        """Return a live connection from the pool.

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
                self.pool.putconn(connection)  # the pool then replaces it
            else:
                return connection


def is_silent(connection: psycopg.Connection) -> bool:
    """Return whether there is nothing to read from the server, nor a disconnect."""
    poll = select.poll()
    poll.register(connection, select.POLLIN)
    return not poll.poll(0)
