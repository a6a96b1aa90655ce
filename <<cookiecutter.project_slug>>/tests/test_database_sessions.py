"""Sessions as rows of the database.

Of Django's `DatabaseSessionTests` it covers test_session_str, test_session_get_decoded,
test_sessionmanager_save, test_clearsessions_command and test_aclear_expired, of
`CustomDatabaseSessionTests` test_extra_session_field and the lifetimes.
"""

from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.sessions.backends.base import SessionBase, UpdateError
from django.contrib.sessions.base_session import AbstractBaseSession
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db import connection, models, transaction
from django.db.models.functions import Now
from django.test.utils import isolate_apps
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from .helpers import SessionStore

pytestmark = pytest.mark.django_db

Call = Callable[..., Any]


def saved(expiry: Any = None, **data: Any) -> SessionBase:
    session = SessionStore()
    session.update(data)
    session.set_expiry(expiry)
    session.save()
    return session


def row(session: SessionBase) -> Session:
    return Session.objects.get(session_key=session.session_key)


def test_a_session_is_a_row_that_django_can_read() -> None:
    session = saved(number=1)
    assert str(row(session)) == session.session_key
    assert row(session).get_decoded() == {"number": 1}


def test_what_djangos_manager_has_written_counts() -> None:
    session = saved(number=1)
    Session.objects.save(session.session_key, {"number": 2}, row(session).expire_date)
    later = SessionStore(session.session_key)
    assert later.change("number", lambda number: number + 1) == 3
    assert row(session).get_decoded() == {"number": 3}


def test_a_lifetime_that_another_request_has_set_meanwhile_is_heeded() -> None:
    session = saved(number=1)
    mine = SessionStore(session.session_key)
    mine["note"] = "new"
    session.set_expiry(60)
    session.save()
    mine.save()
    assert row(session).get_decoded()["note"] == "new"
    assert row(session).expire_date < timezone.now() + timedelta(seconds=61)


def test_a_row_whose_time_is_over_is_no_session() -> None:
    session = saved(number=1)
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    assert SessionStore(session.session_key).read() == (None, None)
    with pytest.raises(UpdateError):
        session.change("number", lambda number: number + 1)


@pytest.mark.usefixtures("two_weeks")
def test_saving_renews_the_time_in_the_row(monkeypatch: pytest.MonkeyPatch) -> None:
    session = saved(number=1)
    then = row(session).expire_date
    session = SessionStore(session.session_key)
    later = timezone.now() + timedelta(days=1)
    monkeypatch.setattr("django.utils.timezone.now", lambda: later)
    session.save()
    assert row(session).expire_date - then == pytest.approx(
        timedelta(days=1), abs=timedelta(minutes=1)
    )


def test_the_row_heeds_a_lifetime_that_is_set_later() -> None:
    session = SessionStore(saved(number=1).session_key)
    session.set_expiry(500)
    session.save()
    age = row(session).expire_date - timezone.now()
    assert age.total_seconds() == pytest.approx(500, abs=30)


@pytest.mark.parametrize("way", ["clear_expired", "clearsessions"])
def test_clearing_expired_sessions_leaves_only_the_others(call: Call, way: str) -> None:
    keeps = [saved(), saved(3600), saved(0)]
    for _ in range(3):
        saved(-3600)
    assert Session.objects.count() == 6
    if way == "clear_expired":
        call(keeps[0], way)
    else:
        call_command(way)
    keys = Session.objects.values_list("session_key", flat=True)
    assert sorted(keys) == sorted(session.session_key for session in keeps)


class DayStore(SessionStore):
    """Sessions that last a day, and are for ever if their user is called Methuselah."""

    def get_session_cookie_age(self) -> int:
        return 24 * 60 * 60

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        instance = super().create_model_instance(data)
        if data.get("name") == "Methuselah":
            instance.expire_date = datetime(9999, 1, 1, tzinfo=UTC)
        return instance


@pytest.mark.usefixtures("two_weeks")
def test_an_engine_can_be_built_upon_it() -> None:
    session = DayStore()
    session["name"] = "Methuselah"
    session.save()
    assert row(session).expire_date.year == 9999
    session["name"] = "Abel"
    session.save()
    age = row(session).expire_date - timezone.now()
    assert age.total_seconds() == pytest.approx(24 * 60 * 60, abs=30)
    assert session.get_expiry_age() == 24 * 60 * 60


def test_whatever_can_be_written_can_be_changed(call: Call) -> None:
    session = SessionStore()
    session["numbers"] = defaultdict(lambda: 0, one=1)
    call(session, "save")
    call(session, "change", "note", lambda note: "new")
    again = SessionStore(session.session_key)
    assert dict(again.items()) == {"numbers": {"one": 1}, "note": "new"}


@pytest.mark.django_db(transaction=True)
def test_what_the_database_fills_in_is_left_to_it() -> None:
    with isolate_apps("session_store"):

        class SessionWithTime(AbstractBaseSession):
            created = models.DateTimeField(db_default=Now())

            class Meta:
                app_label = "session_store"

    class Store(SessionStore):
        @classmethod
        def get_model_class(cls) -> type[SessionWithTime]:
            return SessionWithTime

    with connection.schema_editor() as editor:
        editor.create_model(SessionWithTime)
    try:
        session = Store()
        session["note"] = "old"
        session.save()
        before = SessionWithTime.objects.get()
        session["note"] = "new"
        session.save()
        after = SessionWithTime.objects.get()
        assert session.decode(after.session_data) == {"note": "new"}
        assert after.created == before.created
    finally:
        with connection.schema_editor() as editor:
            editor.delete_model(SessionWithTime)


# Transactions


@pytest.mark.parametrize("way", ["save", "change"])
def test_what_was_rolled_back_with_a_transaction_is_written_again(way: str) -> None:
    session = SessionStore(saved(number=1, note="old").session_key)
    with pytest.raises(RuntimeError), transaction.atomic():
        if way == "save":
            session["number"] = 2
            session.save()
        else:
            session.change("number", lambda number: number + 1)
        raise RuntimeError
    assert row(session).get_decoded()["number"] == 1
    session.save()
    assert row(session).get_decoded() == {"number": 2, "note": "old"}


def test_a_key_that_is_taken_spoils_no_transaction() -> None:
    session = saved(number=1)
    other = SessionStore()
    keys = iter([session.session_key, "a" * 32])
    other._get_new_session_key = lambda: next(keys)
    with transaction.atomic():
        other["number"] = 2
        other.save()
        assert Session.objects.count() == 2
    assert other.session_key == "a" * 32
    assert row(session).get_decoded() == {"number": 1}


@pytest.mark.django_db(transaction=True)
def test_a_change_is_one_read_and_one_write(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    key = saved(number=1).session_key
    with django_assert_max_num_queries(3):
        session = SessionStore(key)
        session.change("number", lambda number: number + 1)
        session.save()


def test_after_a_change_the_next_needs_no_look_at_the_row(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    session = SessionStore(saved(number=1).session_key)
    session.change("number", lambda number: number + 1)
    with monkeypatch.context() as patch:
        patch.setattr(SessionStore, "read", None)
        session.change("number", lambda number: number + 1)
    assert row(session).get_decoded() == {"number": 3}


@pytest.mark.django_db(transaction=True)
def test_a_change_between_two_others_counts() -> None:
    session = SessionStore(saved(number=1).session_key)
    session.change("number", lambda number: number + 1)
    other = SessionStore(session.session_key)
    other.change("number", lambda number: number + 10)
    assert session.change("number", lambda number: number + 1) == 13
    assert row(session).get_decoded() == {"number": 13}


@pytest.mark.django_db(transaction=True)
def test_what_is_certain_to_stay_is_not_written_again(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    session = SessionStore(saved(number=1).session_key)
    session.change("number", lambda number: number + 1)
    with django_assert_num_queries(0):
        session.save()
    with transaction.atomic():
        session.change("number", lambda number: number + 1)
        transaction.set_rollback(True)
    session.save()
    assert row(session).get_decoded() == {"number": 3}


@pytest.mark.usefixtures("two_weeks")
def test_the_row_of_a_session_that_ends_with_the_browser_is_over_in_a_day() -> None:
    session = SessionStore()
    session.set_expiry(0)
    session.save()
    for _ in range(2):
        row = Session.objects.get(session_key=session.session_key)
        assert (
            timedelta(hours=23) < row.expire_date - timezone.now() <= timedelta(days=1)
        )
        session["note"] = "new"
        session.save()
