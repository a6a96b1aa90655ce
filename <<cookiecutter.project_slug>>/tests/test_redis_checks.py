"""What `manage.py check` says of a Redis that would lose sessions."""

from typing import Any

import pytest
from pytest_django import Settings

from .test_checks import found, keep_sessions_in, production  # noqa: F401

JSON = "django_redis.serializers.json.JSONSerializer"


def redis(location: str | list[str], **options: Any) -> dict[str, Any]:
    return {
        "BACKEND": "django_redis.cache.RedisCache",
        "LOCATION": location,
        "OPTIONS": {"SERIALIZER": JSON, **options},
    }


@pytest.mark.parametrize("options", [{"IGNORE_EXCEPTIONS": True}, {}])
def test_a_redis_whose_exceptions_are_ignored(
    settings: Settings, options: dict[str, bool]
) -> None:
    settings.DJANGO_REDIS_IGNORE_EXCEPTIONS = not options
    keep_sessions_in(settings, redis("redis://127.0.0.1/1", **options))
    assert '"IGNORE_EXCEPTIONS": False' in found()["E005"]
    keep_sessions_in(settings, redis("redis://127.0.0.1/1", IGNORE_EXCEPTIONS=False))
    assert found() == {}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("redis://127.0.0.1:6379/1", "redis://localhost:6379/1"),
        ("redis://redis.example", "redis://REDIS.example:6379/0"),
        ("redis://redis.example/2?db=1", "rediss://shop:secret@redis.example/1"),
        ("unix:///run/redis.sock?db=1", "unix://shop:secret@/run/redis.sock?db=1"),
        ("redis://one/1", ["redis://two/1", "redis://one/1"]),
        ("redis://one/1", "redis://two/1,redis://one/1"),
    ],
)
def test_a_redis_database_that_is_also_another_caches(
    settings: Settings, one: str, other: str | list[str]
) -> None:
    keep_sessions_in(settings, redis(one), pages=redis(other))
    message = found()["E006"]
    assert 'CACHES["pages"]' in message
    assert "SESSION_REDIS_URL" in message


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("redis://127.0.0.1:6379/1", "redis://127.0.0.1:6379/0"),
        ("redis://127.0.0.1:6379/1", "redis://127.0.0.1:6380/1"),
        ("redis://one/1", "redis://two/1"),
        ("redis://one/1", "redis://one?db=2"),
        ("unix:///run/redis.sock?db=1", "unix:///run/redis.sock"),
        ("unix:///run/one.sock", "unix:///run/two.sock"),
    ],
)
def test_a_redis_database_of_their_own(
    settings: Settings, one: str, other: str
) -> None:
    keep_sessions_in(settings, redis(one), pages=redis(other))
    assert found() == {}


@pytest.mark.parametrize(
    ("backend", "options"),
    [
        ("django.core.cache.backends.redis.RedisCache", {"db": "1"}),
        ("django_redis.cache.RedisCache", {"CONNECTION_POOL_KWARGS": {"db": 1}}),
    ],
)
def test_the_number_of_a_redis_database_may_be_an_option(
    settings: Settings, backend: str, options: dict[str, Any]
) -> None:
    pages = {"BACKEND": backend, "LOCATION": "redis://127.0.0.1", "OPTIONS": options}
    keep_sessions_in(settings, redis("redis://127.0.0.1/1"), pages=pages)
    assert found().keys() == {"E006"}
    keep_sessions_in(settings, redis("redis://127.0.0.1/0"), pages=pages)
    assert found() == {}


@pytest.mark.parametrize(
    "servers", ["redis://one/1,redis://two/1", ["redis://one/1", "redis://two/1"]]
)
def test_sessions_that_are_read_from_a_replica(
    settings: Settings, servers: str | list[str]
) -> None:
    keep_sessions_in(settings, redis(servers))
    assert "to one URL" in found()["E007"]


@pytest.mark.parametrize(
    "backend",
    [
        "django_redis.cache.RedisCache",
        "django.core.cache.backends.redis.RedisCache",
    ],
)
def test_sessions_that_are_pickled(settings: Settings, backend: str) -> None:
    entry = {"BACKEND": backend, "LOCATION": "redis://127.0.0.1/1"}
    keep_sessions_in(settings, entry)
    assert JSON in found()["E008"]


def test_sessions_in_the_default_cache(settings: Settings) -> None:
    entry = redis("redis://127.0.0.1/1")
    keep_sessions_in(settings, entry)
    assert found() == {}
    settings.CACHES = {"default": entry}
    settings.SESSION_CACHE_ALIAS = "default"
    assert "SESSION_CACHE_ALIAS=sessions" in found()["E004"]
