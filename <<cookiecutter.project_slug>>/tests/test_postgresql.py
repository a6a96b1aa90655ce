"""The connections to PostgreSQL that requests are given."""

from collections.abc import Iterator
from select import select
from unittest.mock import patch

import pytest
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg_pool import ConnectionPool

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def another() -> Iterator[BaseDatabaseWrapper]:
    """Yield what uses the database by a pool of its own, of one connection."""
    another = connection.copy(alias="another")
    another.settings_dict["OPTIONS"]["pool"]["max_size"] = 1
    yield another
    another.close()
    another.close_pool()


def backend(wrapper: BaseDatabaseWrapper) -> int:
    """Return the process that PostgreSQL has for the wrapper's connection."""
    with wrapper.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return cursor.fetchone()[0]


def test_a_connection_that_the_server_has_ended_is_replaced(
    another: BaseDatabaseWrapper,
) -> None:
    process = backend(another)
    another.close()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 10000)", [process])
        assert cursor.fetchone() == (True,)
    assert backend(another) != process


def test_a_connection_on_which_something_has_come_is_tried_and_kept(
    another: BaseDatabaseWrapper,
) -> None:
    process = backend(another)
    with another.cursor() as cursor:
        cursor.execute("LISTEN news")
    pooled = another.connection
    another.close()
    with connection.cursor() as cursor:
        cursor.execute("NOTIFY news")
    assert select([pooled], [], [], 10)[0]
    assert backend(another) == process


def test_a_silent_connection_is_not_tried(another: BaseDatabaseWrapper) -> None:
    with patch.object(ConnectionPool, "check_connection") as check:
        process = backend(another)
        another.close()
        assert backend(another) == process
    check.assert_not_called()
