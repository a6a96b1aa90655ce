"""What `manage.py check` says of a Memcached that would lose sessions."""

from typing import Any

from pytest_django import Settings

from .test_checks import found, keep_sessions_in, production  # noqa: F401


def memcached(**options: Any) -> dict[str, Any]:
    return {
        "BACKEND": "django.core.cache.backends.memcached.PyMemcacheCache",
        "LOCATION": "127.0.0.1:11211",
        "OPTIONS": options,
    }


def test_a_memcached_whose_exceptions_are_ignored(settings: Settings) -> None:
    keep_sessions_in(settings, memcached(ignore_exc=True))
    assert '"ignore_exc": False' in found()["E005"]


def test_one_memcached_may_keep_sessions_and_all_else(settings: Settings) -> None:
    keep_sessions_in(settings, memcached(), default=memcached(ignore_exc=True))
    assert found() == {}


def test_sessions_in_the_default_cache(settings: Settings) -> None:
    entry = memcached()
    keep_sessions_in(settings, entry)
    assert found() == {}
    settings.CACHES = {"default": entry}
    settings.SESSION_CACHE_ALIAS = "default"
    assert "SESSION_CACHE_ALIAS=sessions" in found()["E004"]
