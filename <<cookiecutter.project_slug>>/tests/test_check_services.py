"""`manage.py check_services` says which server does not answer, and what to type."""

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection

CACHES = "session_store.management.commands.check_services.caches"


class DeadCache:
    """A cache whose server is down."""

    def get(self, key: str) -> None:
        raise ConnectionError("connection refused")


class PyMemcacheCache(DeadCache):
    """Named like Django's for Memcached."""


class RedisCache(DeadCache):
    """Named like django-redis's."""


class ClusterCache:
    """A server that has some of the keys, and refuses others."""

    def __init__(self) -> None:
        self.keys = iter(range(100))

    def get(self, key: str) -> None:
        if next(self.keys) > 3:
            raise ConnectionError("connection refused")


@pytest.mark.django_db
def test_nothing_is_said_when_all_services_answer(
    capsys: pytest.CaptureFixture[str],
) -> None:
    call_command("check_services")
    assert capsys.readouterr().out == ""


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("cache", "hint"),
    [
        (PyMemcacheCache(), "apt install memcached"),
        (RedisCache(), "REDIS_URL"),
        (ClusterCache(), "REDIS_URL"),
    ],
    ids=["memcached", "redis", "cluster"],
)
def test_a_dead_cache_server_is_named_once_with_a_hint(
    monkeypatch: pytest.MonkeyPatch, cache: DeadCache | ClusterCache, hint: str
) -> None:
    monkeypatch.setattr(CACHES, {"default": cache, "sessions": cache})
    with pytest.raises(CommandError) as error:
        call_command("check_services")
    assert str(error.value).count("connection refused") == 1
    assert hint in str(error.value)


@pytest.mark.parametrize(
    ("vendor", "hint"),
    [
        ("sqlite", "no route to host"),
        ("postgresql", "createdb --owner"),
        ("postgresql", 'CREATE ROLE \\"'),
    ],
)
def test_a_dead_database_server_is_named_with_a_hint(
    monkeypatch: pytest.MonkeyPatch, vendor: str, hint: str
) -> None:
    def fail() -> None:
        raise OperationalError("no route to host")

    monkeypatch.setattr(CACHES, {})
    monkeypatch.setattr(connection, "vendor", vendor)
    monkeypatch.setattr(connection, "ensure_connection", fail)
    with pytest.raises(CommandError) as error:
        call_command("check_services")
    assert "no route to host" in str(error.value)
    assert hint in str(error.value)


def test_all_that_is_wrong_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise OperationalError("no route to host")

    monkeypatch.setattr(CACHES, {"default": RedisCache()})
    monkeypatch.setattr(connection, "ensure_connection", fail)
    with pytest.raises(CommandError, match=r"(?s)no route to host.*REDIS_URL"):
        call_command("check_services")
