"""Sessions in the database with copies in the cache.

Of Django's `CacheDBSessionTests` it covers test_exists_searches_cache_first,
test_load_overlong_key, test_non_default_cache, test_cache_set_failure_non_fatal and
test_cache_async_set_failure_non_fatal.

What holds of a session that has been ended or changed: no copy that a request of this
site writes afterwards is kept, and none from before a failure of the cache is believed.
Who puts a copy back by hand can have it read, until it expires, but nothing written.
"""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import AbstractUser
from django.contrib.sessions.backends.base import SessionBase, UpdateError
from django.contrib.sessions.models import Session
from django.core.cache import caches
from django.core.cache.backends.base import BaseCache, InvalidCacheBackendError
from django.db import connection, connections, transaction
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import path
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from catalog.models import Product
from session_store.backends import cached_db

from .helpers import SessionStore, add, cart_of, copy_of, sign_in, sign_out, stored

pytestmark = pytest.mark.django_db

Call = Callable[..., Any]


class DeadCache:
    """A cache whose server does not answer; `calls` counts who has tried."""

    def __init__(self) -> None:
        self.calls = 0

    def fail(self, *args: Any, **kwargs: Any) -> None:
        self.calls += 1
        raise ConnectionError("no route to host")

    get = set = add = delete = __contains__ = fail


@pytest.fixture(autouse=True)
def process(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a process knows of the cache when it starts."""
    monkeypatch.setattr(SessionStore, "_epoch", "")
    monkeypatch.setattr(SessionStore, "_epoch_read", float("-inf"))
    monkeypatch.setattr(SessionStore, "_silent_until", float("-inf"))
    monkeypatch.setattr(SessionStore, "_logged_until", float("-inf"))


@pytest.fixture
def cache(process: None, settings: Settings) -> BaseCache:
    return caches[settings.SESSION_CACHE_ALIAS]


@pytest.fixture
def outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """As it is outside of the transaction that a test is in."""
    monkeypatch.setattr(SessionStore, "is_final", lambda self: True)


@pytest.fixture
def known_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    """The process does not look the epoch up again, however slow the machine is."""
    monkeypatch.setattr(cached_db, "EPOCH_SECONDS", 60)


@pytest.fixture
def session() -> SessionBase:
    """A session with something in it, saved."""
    session = SessionStore()
    session["note"] = "old"
    session.save()
    return session


def dead(monkeypatch: pytest.MonkeyPatch) -> DeadCache:
    """Have the cache's server down, for sessions that are made from now on."""
    cache = DeadCache()
    monkeypatch.setattr(cached_db.DjangoSessionStore, "__init__", _init_with(cache))
    return cache


def _init_with(cache: Any) -> Callable[..., None]:
    def init(self: SessionBase, session_key: str | None = None) -> None:
        self._cache = cache
        SessionBase.__init__(self, session_key)

    return init


def loaded(session: SessionBase) -> dict[str, Any]:
    return dict(SessionStore(session.session_key).items())


# The cache answers


@pytest.mark.usefixtures("outside", "known_epoch")
def test_what_has_a_copy_is_read_without_the_database(
    session: SessionBase, call: Call, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        assert call(session, "exists", session.session_key)
        assert call(SessionStore(session.session_key), "get", "note") == "old"


@pytest.mark.usefixtures("outside", "known_epoch")
def test_what_was_read_from_its_copy_is_written_without_a_look_at_the_row(
    session: SessionBase, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = time.time() + 100
    monkeypatch.setattr("time.time", lambda: later)
    monkeypatch.setattr(SessionStore, "read", None)
    visit = SessionStore(session.session_key)
    assert visit.change("note", lambda note: f"not so {note}") == "not so old"


@pytest.mark.usefixtures("outside", "known_epoch")
def test_an_empty_session_has_a_copy_too(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    session = SessionStore()
    session.save()
    with django_assert_num_queries(0):
        assert loaded(session) == {}


@pytest.mark.usefixtures("outside")
def test_a_write_that_came_too_late_leaves_no_copy(
    session: SessionBase, cache: BaseCache
) -> None:
    late = SessionStore(session.session_key)
    token = late.token_of(late.load())
    SessionStore(session.session_key).change("note", lambda note: "theirs")
    assert not late.replace({"note": "mine"}, token)
    assert cache.get(session.cache_key) == {"note": "theirs"}


@pytest.mark.usefixtures("outside")
def test_who_reads_a_session_while_it_is_ended_leaves_no_copy(
    session: SessionBase, cache: BaseCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    delete = type(cache).delete

    def delete_and_read(cache: BaseCache, *args: Any, **kwargs: Any) -> bool:
        is_deleted = delete(cache, *args, **kwargs)
        loaded(session)
        return is_deleted

    with monkeypatch.context() as patch:
        patch.setattr(type(cache), "delete", delete_and_read)
        SessionStore(session.session_key).delete()
    assert loaded(session) == {}


@pytest.mark.usefixtures("outside", "known_epoch")
def test_what_has_none_is_read_from_the_database_and_gets_one(
    session: SessionBase,
    cache: BaseCache,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    cache.delete(session.cache_key)
    assert SessionStore().exists(session.session_key)
    assert loaded(session) == {"note": "old"}
    with django_assert_num_queries(0):
        assert loaded(session) == {"note": "old"}


def test_a_key_that_nobody_has_leaves_no_copy(cache: BaseCache) -> None:
    session = SessionStore("a" * 32)
    assert session.load() == {}
    assert cache.get(session.cache_key_prefix + "a" * 32) is None


@pytest.mark.usefixtures("outside", "known_epoch")
def test_an_update_is_in_the_copy(
    session: SessionBase, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    session.change("note", lambda note: "new")
    with django_assert_num_queries(0):
        assert loaded(session) == {"note": "new"}


def test_in_a_transaction_a_copy_is_kept_for_a_second(
    session: SessionBase, cache: BaseCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds = []
    monkeypatch.setattr(cache, "set", lambda *args: seconds.append(args[2]))
    session.change("note", lambda note: "perhaps rolled back")
    assert seconds == [1]


def test_after_it_a_copy_from_before_is_not_kept(
    session: SessionBase, cache: BaseCache, django_capture_on_commit_callbacks: Any
) -> None:
    before = {"note": "old"}
    with django_capture_on_commit_callbacks(execute=True):
        session.change("note", lambda note: "new")
        cache.set(session.cache_key, before)  # by somebody who has read the old row
    assert loaded(session) == {"note": "new"}


@pytest.mark.usefixtures("two_weeks")
@pytest.mark.django_db(transaction=True)
def test_a_copy_is_kept_for_five_minutes_and_never_longer_than_its_session(
    session: SessionBase, cache: BaseCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds = []
    cache.delete(session.cache_key)
    monkeypatch.setattr(cache, "set", lambda *args: seconds.append(args[2]))
    for expiry in [1000, 60, None]:
        session.set_expiry(expiry)
        session.save()
    assert seconds == [300, pytest.approx(60, abs=5), 300]
    end = timezone.now() + timedelta(seconds=30)
    Session.objects.update(expire_date=end)
    loaded(session)
    assert seconds[3:] == [pytest.approx(30, abs=5)]


def test_the_alias_of_the_settings_is_used(settings: Settings) -> None:
    settings.SESSION_CACHE_ALIAS = "nowhere"
    with pytest.raises(InvalidCacheBackendError):
        SessionStore()


def test_deleting_the_session_deletes_the_copy(
    session: SessionBase, cache: BaseCache
) -> None:
    loaded(session)
    assert cache.get(session.cache_key)
    SessionStore().delete(session.session_key)
    assert cache.get(session.cache_key) is None
    assert loaded(session) == {}


# Copies that come late


@pytest.mark.usefixtures("outside")
def test_a_stale_copy_undoes_no_update(session: SessionBase, cache: BaseCache) -> None:
    stale = cache.get(session.cache_key)
    session["more"] = "added"
    session.save()
    cache.set(session.cache_key, stale)
    later = SessionStore(session.session_key)
    assert "more" not in later
    later["note"] = "new"
    later.save()
    assert loaded(session) == {"note": "new", "more": "added"}


@pytest.mark.usefixtures("outside")
def test_a_copy_that_was_put_back_by_hand_cannot_be_written(
    session: SessionBase, cache: BaseCache
) -> None:
    copy = cache.get(session.cache_key)
    SessionStore(session.session_key).flush()
    cache.set(session.cache_key, copy)
    late = SessionStore(session.session_key)
    with pytest.raises(UpdateError):
        late.change("note", lambda note: "new")
    late["note"] = "new"
    with pytest.raises(UpdateError):
        late.save()
    assert not Session.objects.filter(session_key=session.session_key).exists()


@pytest.mark.usefixtures("outside")
@pytest.mark.parametrize("late", ["reader", "writer"])
@pytest.mark.parametrize("end", [True, False], ids=["ended", "changed"])
def test_a_copy_that_is_written_too_late_is_not_kept(
    session: SessionBase,
    cache: BaseCache,
    monkeypatch: pytest.MonkeyPatch,
    late: str,
    end: bool,
) -> None:
    set_copy = cache.set

    def come_before(*args: Any) -> None:
        monkeypatch.setattr(cache, "set", set_copy)
        other = SessionStore(session.session_key)
        if end:
            other.flush()
        else:
            other.change("note", lambda note: "newer")
        set_copy(*args)

    if late == "reader":
        cache.delete(session.cache_key)
    monkeypatch.setattr(cache, "set", come_before)
    if late == "reader":
        loaded(session)
    else:
        session.change("note", lambda note: "new")
    assert loaded(session) == ({} if end else {"note": "newer"})


@pytest.mark.usefixtures("outside")
def test_a_copy_by_an_epoch_that_has_ended_meanwhile_is_written_again(
    session: SessionBase, cache: BaseCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_copy = cache.set

    def come_before(*args: Any) -> None:
        """Have another thread of this process begin an epoch, and make a copy by it."""
        monkeypatch.setattr(cache, "set", set_copy)
        SessionStore()._begin_epoch()
        cache.set(SessionStore(session.session_key).cache_key, {"note": "old"})
        set_copy(*args)

    monkeypatch.setattr(cache, "set", come_before)
    session.change("note", lambda note: "new")
    assert loaded(session) == {"note": "new"}


def test_no_copy_is_kept_of_what_was_rolled_back_with_a_request_that_failed(
    client: Client, products: list[Product], settings: Settings
) -> None:
    def change_and_fail(request: HttpRequest) -> HttpResponse:
        with transaction.atomic():
            request.session.change("cart", lambda cart: None)
            raise RuntimeError("boom")

    add(client, "CUP", 2)
    settings.ROOT_URLCONF = (path("fail/", change_and_fail),)
    other = copy_of(client)
    other.raise_request_exception = False
    assert other.get("/fail/").status_code == 500
    assert stored(client)["cart"]["lines"] == {"CUP": 2}


# The cache does not answer


def test_without_the_cache_all_goes_on_and_the_log_says_so_once(
    session: SessionBase,
    call: Call,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    cache = dead(monkeypatch)
    visit = SessionStore(session.session_key)
    assert call(visit, "get", "note") == "old"
    call(visit, "set", "note", "new")
    call(visit, "save")
    assert call(SessionStore(), "exists", session.session_key)
    assert loaded(session) == {"note": "new"}
    call(visit, "flush")
    assert loaded(session) == {}
    assert cache.calls == 1
    [record] = caplog.records
    assert (record.name, record.levelname) == ("django.contrib.sessions", "ERROR")
    assert record.message == f"Error reading from cache ({cache})"
    assert str(record.exc_info[1]) == "no route to host"
    key = cached_db.hashed(session.session_key)
    assert record.about == f" (cached_db, session {key})"


@pytest.mark.usefixtures("outside")
def test_a_new_session_needs_no_cache(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    cache = dead(monkeypatch)
    monkeypatch.setattr(SessionStore, "exists", lambda self, key: False)
    session = SessionStore()
    session["note"] = "new"
    session.save()
    assert loaded(session) == {"note": "new"}
    assert caplog.records[0].message == f"Error saving to cache ({cache})"


def test_the_cache_is_tried_again_after_a_while(
    session: SessionBase, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = dead(monkeypatch)
    now = [1000.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    for now[0], calls in [(1000.0, 1), (1004.0, 1), (1006.0, 2), (1010.0, 2)]:
        loaded(session)
        assert cache.calls == calls


@pytest.mark.parametrize("act", ["change", "flush", "delete"])
@pytest.mark.parametrize("who", ["this process", "another"])
def test_what_happened_without_the_cache_is_not_undone_when_it_is_back(
    outside: None,
    session: SessionBase,
    cache: BaseCache,
    monkeypatch: pytest.MonkeyPatch,
    act: str,
    who: str,
) -> None:
    copy_key, copy = session.cache_key, cache.get(session.cache_key)
    with monkeypatch.context() as outage:
        dead(outage)
        visit = SessionStore(session.session_key)
        if act == "change":
            visit.change("note", lambda note: "new")
        else:
            getattr(visit, act)()
    SessionStore._silent_until = 0.0
    if who == "another":
        SessionStore._silent_until = SessionStore._epoch_read = float("-inf")
        SessionStore._epoch = ""
    assert cache.get(copy_key) == copy
    for _ in range(2):
        assert loaded(session) == ({"note": "new"} if act == "change" else {})
    if act != "change":
        assert not SessionStore().exists(session.session_key)


@pytest.mark.usefixtures("outside", "known_epoch")
def test_a_cache_that_comes_back_older_is_not_believed(
    session: SessionBase,
    cache: BaseCache,
    monkeypatch: pytest.MonkeyPatch,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    key, old = session.cache_key, cache.get(session.cache_key)
    SessionStore(session.session_key).flush()
    with monkeypatch.context() as outage:
        dead(outage)
        assert loaded(session) == {}
    cache.set(key, old)  # as from a snapshot
    SessionStore._silent_until = 0.0
    assert loaded(session) == loaded(session) == {}
    other = SessionStore()
    other["note"] = "new"
    other.save()
    with django_assert_num_queries(0):
        assert loaded(other) == {"note": "new"}


def test_in_a_transaction_it_is_not_believed_either(
    session: SessionBase, cache: BaseCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as outage:
        dead(outage)
        loaded(session)
    cache.set(session.cache_key, {"note": "older"})
    SessionStore._silent_until = 0.0
    assert loaded(session) == loaded(session) == {"note": "old"}
    assert not Session.objects.filter(session_key=cached_db.EPOCH_KEY).exists()


@pytest.mark.usefixtures("outside")
@pytest.mark.parametrize("who", ["this process", "another"])
def test_a_later_failure_is_as_harmless_as_the_first(
    session: SessionBase, monkeypatch: pytest.MonkeyPatch, who: str
) -> None:
    for note in ["new", "newer", "newest"]:
        with monkeypatch.context() as outage:
            dead(outage)
            SessionStore(session.session_key).change("note", lambda _, new=note: new)
        SessionStore._silent_until = 0.0 if who == "this process" else float("-inf")
        assert loaded(session) == loaded(session) == {"note": note}


@pytest.mark.usefixtures("outside")
def test_another_process_hears_of_a_failure_within_a_second(
    session: SessionBase, cache: BaseCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    assert loaded(session) == {"note": "old"}
    with monkeypatch.context() as outage:
        dead(outage)
        SessionStore(session.session_key).change("note", lambda note: "new")
    SessionStore._silent_until = float("-inf")
    SessionStore._epoch, SessionStore._epoch_read = "", now
    now = 1001.1
    assert loaded(session) == {"note": "new"}


@pytest.mark.usefixtures("outside")
def test_who_signs_out_without_the_cache_stays_signed_out(
    client: Client,
    products: list[Product],
    alice: AbstractUser,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    add(client, "CUP", 2)
    sign_in(client, alice)
    thief = copy_of(client)
    assert thief.get("/").wsgi_request.user == alice
    with monkeypatch.context() as outage:
        dead(outage)
        sign_out(client)
    SessionStore._silent_until = 0.0
    assert thief.get("/").wsgi_request.user.is_anonymous
    assert cart_of(thief) == {}


@pytest.mark.usefixtures("outside")
def test_the_record_of_failures_is_no_session_of_a_visitor(
    session: SessionBase, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as outage:
        dead(outage)
        session = SessionStore(session.session_key)
        session["note"] = "new"
        session.save()
    assert Session.objects.count() == 2
    assert SessionStore(cached_db.EPOCH_KEY).session_key is None
    with time_machine.travel(timezone.now() + timedelta(days=3650)):
        SessionStore.clear_expired()
    assert Session.objects.filter(session_key=cached_db.EPOCH_KEY).exists()


def note_of(key: str) -> str | None:
    return SessionStore(key).get("note")


def note_that_others_see(key: str) -> str | None:
    """Return what another request reads, outside our transaction."""

    def read() -> str | None:
        try:
            return note_of(key)
        finally:
            caches.close_all()
            connections.close_all()

    with ThreadPoolExecutor() as pool:
        return pool.submit(read).result()


@pytest.mark.django_db(transaction=True)
def test_a_session_is_over_when_its_deletion_is_committed() -> None:
    session = SessionStore()
    session["note"] = "kept"
    session.save()
    key = session.session_key
    with transaction.atomic():
        SessionStore().delete(key)
        assert note_of(key) is None
        assert note_that_others_see(key) == "kept"
    assert note_of(key) is None


@pytest.mark.usefixtures("outside", "known_epoch")
def test_a_session_in_the_cache_is_changed_without_reading_its_row_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(cached_db, "EPOCH_SECONDS", 60)
    session = SessionStore()
    session["note"] = "first"
    session.save()
    with CaptureQueriesContext(connection) as queries:
        SessionStore(session.session_key).change("note", lambda note: "second")
    assert queries[0]["sql"].startswith("UPDATE")
    assert note_of(session.session_key) == "second"


@pytest.mark.usefixtures("outside")
def test_what_is_deleted_has_no_copy_by_an_epoch_that_another_process_has_begun(
    session: SessionBase, monkeypatch: pytest.MonkeyPatch
) -> None:
    SessionStore()._begin_epoch()
    assert loaded(session) == {"note": "old"}  # and there is a copy by that epoch,
    monkeypatch.setattr(SessionStore, "_epoch", "")  # of which this one has not heard
    monkeypatch.setattr(SessionStore, "_epoch_read", time.monotonic())
    SessionStore().delete(session.session_key)
    monkeypatch.setattr(SessionStore, "_epoch_read", float("-inf"))
    assert loaded(session) == {}


@pytest.mark.usefixtures("outside")
def test_a_copy_that_the_cache_does_not_take_is_no_outage_of_it(
    session: SessionBase, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: Any, **kwargs: Any) -> None:
        raise ValueError("object too large for cache")

    store = SessionStore(session.session_key)
    monkeypatch.setattr(type(store._cache), "set", refuse)
    store["note"] = "new"
    store.save()
    assert SessionStore._epoch == ""  # so all other copies are good still
    assert loaded(session) == {"note": "new"}
