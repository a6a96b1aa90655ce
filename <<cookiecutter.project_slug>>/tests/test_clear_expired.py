"""Deleting the rows of sessions that have ended, while visitors use the others."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.contrib.sessions.models import Session
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from session_store.backends import rows

from .helpers import SessionStore

CLEAR = [SessionStore.clear_expired, async_to_sync(SessionStore.aclear_expired)]

Execute = Callable[[str, Any, bool, dict[str, Any]], Any]


@pytest.fixture(autouse=True)
def sessions(monkeypatch: pytest.MonkeyPatch, transactional_db: None) -> None:
    """Five sessions that have ended, two that have not, and two rows at a time."""
    monkeypatch.setattr(rows, "CHUNK", 2)
    for key, hours in [
        *((f"old{n}", -n) for n in range(1, 6)),
        ("new1", 1),
        ("new2", 2),
    ]:
        expire_date = timezone.now() + timedelta(hours=hours)
        Session.objects.create(session_key=key, expire_date=expire_date)


def keys() -> set[str]:
    return set(Session.objects.values_list("session_key", flat=True))


@pytest.mark.parametrize("clear", CLEAR, ids=["sync", "async"])
def test_a_few_are_deleted_at_a_time_until_none_is_left(
    clear: Callable[[], None],
) -> None:
    with CaptureQueriesContext(connection) as queries:
        clear()
    assert keys() == {"new1", "new2"}
    deletes = [query for query in queries if query["sql"].startswith("DELETE")]
    assert len(deletes) == 3


def test_those_that_have_ended_at_the_same_moment_are_no_more_at_a_time() -> None:
    yesterday = timezone.now() - timedelta(days=1)
    Session.objects.filter(session_key__startswith="old").update(expire_date=yesterday)
    with CaptureQueriesContext(connection) as queries:
        SessionStore.clear_expired()
    assert keys() == {"new1", "new2"}
    deletes = [query for query in queries if query["sql"].startswith("DELETE")]
    assert len(deletes) == 3


def test_what_has_been_deleted_stays_so_when_the_rest_fails() -> None:
    deletes = []

    def fail_at_the_second(execute: Execute, sql: str, *arguments: Any) -> Any:
        if sql.startswith("DELETE"):
            deletes.append(sql)
            if len(deletes) == 2:
                raise OperationalError("the server is gone")
        return execute(sql, *arguments)

    with (
        connection.execute_wrapper(fail_at_the_second),
        pytest.raises(OperationalError),
    ):
        SessionStore.clear_expired()
    assert keys() == {"old1", "old2", "old3", "new1", "new2"}


def test_a_session_that_is_given_a_later_end_meanwhile_stays() -> None:
    def renew_before_it_is_deleted(execute: Execute, sql: str, *arguments: Any) -> Any:
        if sql.startswith("DELETE"):
            later = timezone.now() + timedelta(hours=1)
            Session.objects.filter(session_key="old5").update(expire_date=later)
        return execute(sql, *arguments)

    with connection.execute_wrapper(renew_before_it_is_deleted):
        SessionStore.clear_expired()
    assert keys() == {"old5", "new1", "new2"}
