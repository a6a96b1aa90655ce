"""Sessions in the cache alone.

Of Django's `CacheSessionTests` it covers test_default_cache and test_non_default_cache,
test_create_and_save with its asynchronous case, and test_load_overlong_key.
"""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth.models import AbstractUser
from django.contrib.sessions.backends.base import SessionBase, UpdateError
from django.core.cache import caches
from django.core.cache.backends.base import BaseCache
from django.core.cache.backends.locmem import LocMemCache
from django.test import Client
from pytest_django import Settings

from session_store.backends import cache as cache_engine
from session_store.compare_and_set import compare_and_set, get_with_token
from session_store.exceptions import SessionStoreUnavailable

from .helpers import SessionStore, sign_in

Call = Callable[..., Any]

YEAR = 365 * 24 * 60 * 60


@pytest.fixture
def cache(settings: Settings) -> BaseCache:
    """The cache that keeps sessions."""
    return caches[settings.SESSION_CACHE_ALIAS]


@pytest.fixture
def session() -> SessionBase:
    """A session with something in it, saved."""
    session = SessionStore()
    session["note"] = "old"
    session.save()
    return session


def seconds_left(session: SessionBase) -> int:
    """Return for how long the server of the cache will keep the session."""
    cache = session._cache
    if hasattr(cache, "ttl"):
        return cache.ttl(session.cache_key)
    key = cache.make_and_validate_key(session.cache_key)
    [client] = cache._cache.clients.values()
    return int(client.raw_command(f"mg {key} t").removeprefix(b"HD t"))


@pytest.mark.django_db
def test_sessions_are_in_their_own_cache(
    session: SessionBase, cache: BaseCache
) -> None:
    assert cache.get(session.cache_key) == {"note": "old"}
    assert caches["default"].get(session.cache_key) is None


def test_an_empty_session_can_be_made_and_saved(cache: BaseCache, call: Call) -> None:
    session = SessionStore()
    call(session, "create")
    call(session, "save")
    assert cache.get(session.cache_key) == {}
    assert SessionStore().exists(session.session_key)


def test_sessions_that_the_cache_has_lost_are_over(
    session: SessionBase, cache: BaseCache
) -> None:
    visit = SessionStore(session.session_key)
    assert visit["note"] == "old"
    cache.delete(session.cache_key)
    visit["note"] = "new"
    with pytest.raises(UpdateError):
        visit.save()
    assert dict(SessionStore(session.session_key).items()) == {}


@pytest.mark.parametrize("way", ["save", "change"])
def test_sessions_last_for_years_if_they_should(
    session: SessionBase, settings: Settings, way: str
) -> None:
    settings.SESSION_COOKIE_AGE = 2 * YEAR
    visit = SessionStore(session.session_key)
    visit["note"] = "new"
    if way == "save":
        visit.save()
    else:
        visit.change("number", lambda number: 1)
    assert SessionStore(session.session_key)["note"] == "new"
    fresh = SessionStore()
    fresh.save()
    assert SessionStore().exists(fresh.session_key)


@pytest.mark.parametrize("way", ["save", "change"])
def test_a_lifetime_that_is_set_later_is_heeded(session: SessionBase, way: str) -> None:
    visit = SessionStore(session.session_key)
    visit.set_expiry(-1)
    if way == "save":
        visit.save()
    else:
        visit.change("note", lambda note: "new")
    assert not SessionStore().exists(session.session_key)


@pytest.mark.usefixtures("two_weeks")
def test_a_session_that_ends_with_the_browser_is_kept_for_a_day(
    cache: BaseCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds = []
    monkeypatch.setattr(cache, "add", lambda *args: seconds.append(args[2]) or True)
    session = SessionStore()
    session.set_expiry(0)
    session.save()
    assert seconds == [86400]


@pytest.mark.parametrize(
    ("fields", "seconds"), [({}, 86400), ({"remember": "on"}, 1209600)]
)
def test_the_cache_keeps_a_sign_in_for_a_day_and_longer_if_remembered(
    client: Client,
    alice: AbstractUser,
    settings: Settings,
    fields: dict[str, str],
    seconds: int,
) -> None:
    settings.SESSION_COOKIE_AGE = 1209600
    sign_in(client, alice, **fields)
    assert seconds - 60 < seconds_left(client.session) <= seconds


class DeadCache:
    """A cache whose server does not answer, whatever it is asked."""

    def __getattr__(self, name: str) -> None:
        raise ConnectionError("no route to host")

    def __contains__(self, key: str) -> bool:
        raise ConnectionError("no route to host")


def test_what_cannot_be_read_is_no_session(
    session: SessionBase, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: Any) -> None:
        raise ValueError("no JSON")

    monkeypatch.setattr(cache_engine, "get_with_token", refuse)
    assert dict(SessionStore(session.session_key).items()) == {}


def test_what_cannot_be_written_is_a_fault_of_the_code_and_no_outage(
    session: SessionBase,
) -> None:
    session["note"] = {"a set"}
    with pytest.raises(TypeError):
        session.save()


@pytest.mark.parametrize(
    "act",
    [
        lambda session: session.load(),
        lambda session: session.save(),
        lambda session: session.create(),
        lambda session: session.change("note", lambda note: "new"),
        lambda session: session.exists(session.session_key),
        lambda session: session.delete(),
        lambda session: session.cycle_key(),
        lambda session: session.flush(),
        lambda session: session.remove({"note": "old"}),
    ],
    ids=[
        *("load", "save", "create", "change", "exists", "delete", "cycle_key", "flush"),
        "remove",
    ],
)
def test_a_cache_that_does_not_answer_means_that_the_store_is_unavailable(
    session: SessionBase, act: Callable[[SessionBase], Any]
) -> None:
    visit = SessionStore(session.session_key)
    visit._cache = DeadCache()
    with pytest.raises(SessionStoreUnavailable):
        act(visit)
    assert dict(SessionStore(session.session_key).items()) == {"note": "old"}


def test_a_cache_that_stops_answering_before_the_write_is_unavailable_too(
    session: SessionBase, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: Any) -> None:
        raise ConnectionError("no route to host")

    new = SessionStore()
    monkeypatch.setattr(new._cache, "add", fail)
    with pytest.raises(SessionStoreUnavailable):
        new.save()
    monkeypatch.setattr(cache_engine, "compare_and_set", fail)
    session["note"] = "new"
    with pytest.raises(SessionStoreUnavailable):
        session.save()


@pytest.mark.parametrize("name", ["adelete", "aexists"])
def test_that_is_so_in_asynchronous_views(session: SessionBase, name: str) -> None:
    key = session.session_key
    session._cache = DeadCache()
    with pytest.raises(SessionStoreUnavailable):
        async_to_sync(getattr(session, name))(key)


# Compare and set


def test_of_two_who_have_read_the_same_only_the_first_can_write(
    cache: BaseCache,
) -> None:
    cache.set("key", {"number": 1})
    value, token = get_with_token(cache, "key")
    assert value == {"number": 1}
    assert compare_and_set(cache, "key", {"number": 2}, token, 60)
    assert not compare_and_set(cache, "key", {"number": 3}, token, 60)
    assert get_with_token(cache, "key")[0] == cache.get("key") == {"number": 2}


def test_what_has_been_deleted_cannot_be_written(cache: BaseCache) -> None:
    cache.set("key", {"number": 1})
    _, token = get_with_token(cache, "key")
    cache.delete("key")
    assert not compare_and_set(cache, "key", {"number": 2}, token, 60)
    assert get_with_token(cache, "key") == (None, None)
    assert cache.get("key") is None


def test_what_is_written_expires(cache: BaseCache) -> None:
    cache.set("key", {"number": 1}, None)
    for timeout in [60, 90.5, 31 * 24 * 60 * 60, 2 * YEAR]:
        _, token = get_with_token(cache, "key")
        assert compare_and_set(cache, "key", {"number": timeout}, token, timeout)
        assert cache.get("key") == {"number": timeout}
    _, token = get_with_token(cache, "key")
    assert compare_and_set(cache, "key", {"number": 2}, token, -1)
    assert cache.get("key") is None


def test_a_memcached_that_is_not_asked_has_not_lost_the_session() -> None:
    # What pymemcache answers while it leaves a server alone that has failed.
    client = SimpleNamespace(gets=lambda key: None)
    cache = SimpleNamespace(_cache=client, make_and_validate_key=str)
    with pytest.raises(ConnectionError):
        get_with_token(cache, "key")


def test_a_cache_of_another_kind_is_compared_first(session: SessionBase) -> None:
    other = SessionStore()
    other._cache = LocMemCache("other", {})
    other["number"] = 1
    other.save()
    value, token = get_with_token(other._cache, other.cache_key)
    value["number"] = 0
    other.change("number", lambda number: number + 1)
    assert not compare_and_set(other._cache, other.cache_key, value, token, 60)
    assert other._cache.get(other.cache_key) == {"number": 2}
