"""`/health/live/` and `/health/ready/` tell those who watch the site how it is."""

import threading
from concurrent import futures
from typing import Any

import pytest
from django.core.cache import caches
from django.db import connections
from django.db.backends.utils import CursorWrapper
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from pytest_django import Settings

from config import health

from .helpers import SessionStore, add, cookie_of

# The checks have threads of their own, which do not see into a test's transaction.
with_database = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine is not a fault."""
    monkeypatch.setattr(health, "TIME_LIMIT", 30)


def fail(*args: Any) -> None:
    raise RuntimeError("no route to db.internal for shop:hunter2")


@with_database
@pytest.mark.parametrize("address", ["/health/live/", "/health/ready/"])
def test_it_is_asked_under_any_name_and_over_http(
    client: Client, settings: Settings, address: str
) -> None:
    settings.SECURE_SSL_REDIRECT = True
    response = client.get(address, headers={"host": "10.0.0.7:8000"})
    assert response.status_code == 200
    assert response.json()["status"] == "ok"
    assert response["Cache-Control"] == "no-store"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert client.head(address).status_code == 200
    assert client.post(address).status_code == 405


@with_database
def test_all_that_a_page_needs_is_asked(
    client: Client, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ["database", "migrations", "session store", "cache default"]
    checks = client.get("/health/ready/").json()["checks"]
    assert checks.keys() == {*names, f"cache {settings.SESSION_CACHE_ALIAS}"}
    monkeypatch.setattr(CursorWrapper, "execute", fail)
    with pytest.raises(RuntimeError):
        health.check_database()


def test_that_the_process_answers_takes_neither_database_nor_session(
    client: Client, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.SESSION_SAVE_EVERY_REQUEST = True
    client.cookies[settings.SESSION_COOKIE_NAME] = "0" * 32
    monkeypatch.setattr(SessionStore, "load", fail)
    response = client.get("/health/live/")
    assert response.status_code == 200
    assert not response.cookies
    assert "Vary" not in response


@with_database
def test_asking_leaves_no_session_behind_and_nobodys_changed(
    client: Client, products: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = set()
    save = SessionStore.save

    def spy(self: Any, must_create: bool = False) -> None:
        save(self, must_create)
        keys.add(self.session_key)

    add(client, "CUP")
    before = cookie_of(client)
    monkeypatch.setattr(SessionStore, "save", spy)
    assert not client.get("/health/ready/").cookies
    [key] = keys
    assert key != before
    assert not SessionStore().exists(key)


@with_database
@pytest.mark.parametrize(
    "name", ["database", "migrations", "cache default", "session store"]
)
def test_what_fails_is_named_and_why_is_in_the_log_only(
    client: Client,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    name: str,
) -> None:
    checks = {**health.checks(), name: fail}
    monkeypatch.setattr(health, "checks", lambda: checks)
    response = client.get("/health/ready/")
    assert response.status_code == 503
    answer = response.json()
    assert answer["status"] == "failed"
    assert answer["checks"] == {**dict.fromkeys(checks, "ok"), name: "RuntimeError"}
    assert "internal" not in response.content.decode()
    assert f"{name}: RuntimeError: no route to db.internal" in caplog.text


@with_database
def test_a_cache_that_the_session_store_can_do_without_does_not_stop_the_site(
    client: Client, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.SESSION_CACHE_ALIAS = "copies"
    checks = {**health.checks(), "cache copies": fail, "session store": lambda: None}
    monkeypatch.setattr(health, "checks", lambda: checks)
    response = client.get("/health/ready/")
    assert response.status_code == 200
    assert response.json()["status"] == "degraded"
    assert response.json()["checks"]["cache copies"] == "RuntimeError"


@with_database
def test_what_hangs_is_not_waited_for_and_not_asked_again_meanwhile(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    end, calls = threading.Event(), []

    def hang() -> None:
        calls.append(threading.current_thread())
        end.wait(30)

    monkeypatch.setattr(health, "TIME_LIMIT", 0.05)
    monkeypatch.setattr(health, "checks", lambda: {"database": hang})
    for _ in range(3):
        response = client.get("/health/ready/")
        assert response.status_code == 503
        assert response.json()["checks"] == {"database": "no answer"}
    [thread] = calls
    end.set()
    thread.join()
    monkeypatch.setattr(health, "TIME_LIMIT", 30)
    assert client.get("/health/ready/").status_code == 200


@with_database
def test_a_database_behind_the_code_is_not_ready(client: Client) -> None:
    recorder = MigrationRecorder.Migration.objects
    last = recorder.filter(app="catalog").latest("pk")
    last.delete()
    try:
        answer = client.get("/health/ready/").json()
    finally:
        last.save()
    assert answer["checks"]["migrations"] == "RuntimeError"


@with_database
def test_what_a_store_forgets_is_noticed(
    client: Client, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"},
        **{name: cache for name, cache in settings.CACHES.items() if name != "default"},
    }
    monkeypatch.setattr(SessionStore, "load", lambda self: {})
    answer = client.get("/health/ready/").json()
    assert answer["checks"]["cache default"] == "RuntimeError"
    assert answer["checks"]["session store"] == "RuntimeError"


def test_nothing_but_the_checks_is_answered_over_http(
    client: Client, settings: Settings
) -> None:
    settings.SECURE_SSL_REDIRECT = True
    response = client.get("/products/health/")
    assert response.status_code == 301
    assert response["Location"].startswith("https://")


def test_a_check_leaves_nothing_in_the_cache(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = []
    backend = type(caches["default"])
    original = backend.set

    def spy(self: Any, key: str, *args: Any, **kwargs: Any) -> Any:
        keys.append(key)
        return original(self, key, *args, **kwargs)

    monkeypatch.setattr(backend, "set", spy)
    health.check_cache("default")
    assert keys
    assert not caches["default"].get_many(keys)


@with_database
def test_a_check_leaves_no_connection_open() -> None:
    opened = []

    def check() -> None:
        connections["default"].ensure_connection()
        opened.append(connections["default"])

    thread = threading.Thread(target=health._run, args=(check, futures.Future()))
    thread.start()
    thread.join()
    assert opened[0].connection is None
