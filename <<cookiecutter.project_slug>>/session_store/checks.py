"""System checks of sessions for what Django does not check itself.

A cache that may lose sessions is good enough for development, so it is an error only
with DEBUG off. An engine of another kind than the code was made for is an error only
with `check --deploy`. All else is always an error.
"""

import contextlib
import json
import tempfile
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.sessions.backends.cache import SessionStore as CacheStore
from django.contrib.sessions.backends.cached_db import SessionStore as CachedDBStore
from django.contrib.sessions.backends.file import SessionStore as FileStore
from django.contrib.sessions.backends.signed_cookies import SessionStore as CookieStore
from django.core.cache import DEFAULT_CACHE_ALIAS, caches
from django.core.cache.backends.base import BaseCache
from django.core.cache.backends.db import DatabaseCache
from django.core.cache.backends.dummy import DummyCache
from django.core.cache.backends.filebased import FileBasedCache
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from django.core.checks import Error, Tags, register
from django.utils.module_loading import import_string

from . import previous

LOOPBACK = {"localhost", "127.0.0.1", "::1"}

# What is raised by importing or using a module that is not an engine.
NOT_AN_ENGINE = (ImportError, AttributeError, TypeError, ValueError)


@register(Tags.caches, Tags.files)
def check_session_engine(**kwargs: Any) -> Iterator[Error]:
    """Check `SESSION_ENGINE`, its store, and `SESSION_SERIALIZER`."""
    try:
        serializer = import_string(settings.SESSION_SERIALIZER)()
        _ = serializer.dumps, serializer.loads
    except (ImportError, AttributeError, TypeError) as error:
        yield Error(
            f"SESSION_SERIALIZER cannot be used: {error}.",
            hint="Take SESSION_SERIALIZER out of the environment, or name a class with "
            "dumps() and loads().",
            id="session_store.E018",
        )
    try:
        store = import_module(settings.SESSION_ENGINE).SessionStore
    except NOT_AN_ENGINE as error:
        yield Error(
            f"SESSION_ENGINE cannot be used: {error}.",
            hint="Take SESSION_ENGINE out of the environment, or set it to a module's whole "
            "name, session_store.backends.<name>.",
            id="session_store.E001",
        )
        return
    if issubclass(store, FileStore):
        yield from _folder_errors(store)
    if issubclass(store, (CacheStore, CachedDBStore)) and not settings.DEBUG:
        yield from _cache_errors(settings.SESSION_CACHE_ALIAS)


@register(Tags.security, deploy=True)
def check_code(**kwargs: Any) -> Iterator[Error]:
    """Check that sessions are not in cookies if `allauth.usersessions` lists them."""
    with contextlib.suppress(*NOT_AN_ENGINE):
        store = import_module(settings.SESSION_ENGINE).SessionStore
        if issubclass(store, CookieStore) and apps.is_installed("allauth.usersessions"):
            yield Error(
                f"{settings.SESSION_ENGINE} keeps sessions in the browsers, and the code is "
                "for an engine that keeps them on the server: a copied cookie would outlast "
                "its user's signing out.",
                hint="Take SESSION_ENGINE out of the environment, or see "
                '"Changing the engine" in README.md.',
                id="session_store.E019",
            )


@register(Tags.caches)
def check_previous_engine(**kwargs: Any) -> Iterator[Error]:
    """Check that sessions can move from the previous engine to `SESSION_ENGINE`."""
    if not previous.is_named():
        return
    alias = settings.SESSION_PREVIOUS_CACHE_ALIAS
    try:
        place = previous.place(previous.engine(), alias)
    except NOT_AN_ENGINE as error:
        yield Error(
            f"SESSION_PREVIOUS_ENGINE cannot be used: {error}.",
            hint="Set SESSION_PREVIOUS_ENGINE in the environment to the engine that the "
            "sessions were kept by, such as django.contrib.sessions.backends.db, or "
            "take it out.",
            id="session_store.E013",
        )
        return
    if place[0] == "cache" and alias not in settings.CACHES:
        yield Error(
            f'SESSION_PREVIOUS_CACHE_ALIAS is "{alias}", and CACHES has no such entry.',
            hint="Set SESSION_PREVIOUS_CACHE_ALIAS in the environment to the entry of "
            f"CACHES that has the sessions, one of: {', '.join(settings.CACHES)}.",
            id="session_store.E014",
        )
        return
    if place[0] == "cache":
        yield from _exception_errors(alias)
    with contextlib.suppress(*NOT_AN_ENGINE):
        store = import_module(settings.SESSION_ENGINE).SessionStore
        if not getattr(store, "takes_over", False):
            yield Error(
                f"{settings.SESSION_ENGINE} does not take over the sessions of "
                "SESSION_PREVIOUS_ENGINE: everybody would be signed out.",
                hint="Set SESSION_ENGINE in the environment to an engine that does, "
                "session_store.backends.<name>; one of your own is decorated with "
                "@takes_over.",
                id="session_store.E016",
            )
        if previous.place(store, settings.SESSION_CACHE_ALIAS) == place:
            yield Error(
                "SESSION_PREVIOUS_ENGINE keeps sessions in the same place as "
                "SESSION_ENGINE: each finds what the other has written.",
                hint="Take SESSION_PREVIOUS_ENGINE out of the environment. Between two "
                "caches, SESSION_PREVIOUS_CACHE_ALIAS names the old one.",
                id="session_store.E015",
            )


@register(Tags.security)
def check_cookies(**kwargs: Any) -> Iterator[Error]:
    """Check that browsers keep the session and CSRF cookies, and tell them apart."""
    yield from _cookie_errors("SESSION_COOKIE")
    names = {
        "MESSAGE_COOKIE_NAME": getattr(settings, "MESSAGE_COOKIE_NAME", "messages")
    }
    if not settings.CSRF_USE_SESSIONS:
        yield from _cookie_errors("CSRF_COOKIE")
        names["CSRF_COOKIE_NAME"] = settings.CSRF_COOKIE_NAME
    for setting, name in names.items():
        if name == settings.SESSION_COOKIE_NAME:
            yield Error(
                f'SESSION_COOKIE_NAME and {setting} are both "{name}": each cookie '
                "would replace the other.",
                hint="Set SESSION_COOKIE_NAME in the environment to another name.",
                id="session_store.E017",
            )


def _cache_errors(alias: str) -> Iterator[Error]:
    if alias not in settings.CACHES:
        yield Error(
            f'SESSION_CACHE_ALIAS is "{alias}", and CACHES has no such entry.',
            hint="Set SESSION_CACHE_ALIAS in the environment to one of: "
            f"{', '.join(settings.CACHES)}.",
            id="session_store.E002",
        )
        return
    cache, entry = caches[alias], f'CACHES["{alias}"]'
    if isinstance(cache, (LocMemCache, DummyCache, FileBasedCache, DatabaseCache)):
        yield Error(
            f"{entry} keeps sessions in {type(cache).__name__}, which loses some or "
            "keeps others for each process: visitors would be signed out at random.",
            hint="Set SESSION_CACHE_ALIAS in the environment to an entry of CACHES that "
            "is a Redis or a Memcached, or do without a cache: "
            "SESSION_ENGINE=django.contrib.sessions.backends.db",
            id="session_store.E003",
        )
        return
    if alias == DEFAULT_CACHE_ALIAS:
        yield Error(
            f"{entry} keeps sessions among all else that is cached: clearing the cache "
            "would sign everybody out.",
            hint="Set SESSION_CACHE_ALIAS=sessions in the environment, and in "
            'config/settings.py give CACHES an entry "sessions".',
            id="session_store.E004",
        )
    yield from _exception_errors(alias)
    if _redis_servers(cache):
        yield from _redis_errors(alias, cache, entry)


def _exception_errors(alias: str) -> Iterator[Error]:
    cache, entry = caches[alias], f'CACHES["{alias}"]'
    # The option's names in django-redis and in pymemcache.
    for option, is_on in (
        ("IGNORE_EXCEPTIONS", getattr(cache, "_ignore_exceptions", False)),
        ("ignore_exc", getattr(cache, "_options", {}).get("ignore_exc")),
    ):
        if is_on:
            yield Error(
                f"{entry} ignores exceptions: a server that is down would sign visitors "
                "out and lose what they change.",
                hint=f'In config/settings.py: "{option}": False in the OPTIONS of '
                f"{entry}.",
                id="session_store.E005",
            )


def _redis_errors(alias: str, cache: BaseCache, entry: str) -> Iterator[Error]:
    databases = _redis_databases(alias)
    for other in settings.CACHES:
        if other != alias and databases & _redis_databases(other):
            yield Error(
                f'{entry} and CACHES["{other}"] are the same database of Redis: '
                "clearing the cache would sign everybody out.",
                hint="Set SESSION_REDIS_URL in the environment to another database, "
                "such as redis://127.0.0.1:6379/1.",
                id="session_store.E006",
            )
    if len(_redis_servers(cache)) > 1:
        yield Error(
            f"{entry} reads sessions from replicas of Redis, which are behind: a page "
            "would not show what the click before has changed.",
            hint="Set SESSION_REDIS_URL in the environment to one URL, the primary's.",
            id="session_store.E007",
        )
    client = cache._cache if isinstance(cache, RedisCache) else cache.client
    try:
        json.loads(client._serializer.dumps({}))
    except ValueError:
        yield Error(
            f"{entry} does not write JSON. Sessions that are pickled, as by default, "
            "let whoever can write to Redis run code here.",
            hint='In config/settings.py: "BACKEND": "django_redis.cache.RedisCache" in '
            f'{entry}, and "SERIALIZER": "django_redis.serializers.json.JSONSerializer" '
            "in its OPTIONS.",
            id="session_store.E008",
        )


def _redis_servers(cache: BaseCache) -> list[str]:
    """Return the URLs of a Redis cache, the primary's first; none for other caches."""
    if isinstance(cache, RedisCache):
        return cache._servers
    return getattr(getattr(cache, "client", None), "_server", [])


def _redis_databases(alias: str) -> set[tuple[str, int, int]]:
    """Return the databases of a Redis cache, as host or socket, port and number."""
    databases = set()
    for url in _redis_servers(caches[alias]):
        from redis.connection import parse_url  # only sites with Redis have it

        options = settings.CACHES[alias].get("OPTIONS", {})
        server = {
            "host": "localhost",
            "port": 6379,
            "db": 0,
            **options,
            **options.get("CONNECTION_POOL_KWARGS", {}),
            **parse_url(url),
        }
        host = server.get("path") or server["host"]
        host = "localhost" if host in LOOPBACK else host
        databases.add((host, server["port"], int(server["db"])))
    return databases


def _folder_errors(store: type[FileStore]) -> Iterator[Error]:
    path = settings.SESSION_FILE_PATH
    try:
        if not path:
            raise FileNotFoundError("it names no folder")
        folder = Path(path)
        # Django's engine does not create the folder; the site's does.
        if store is not FileStore and not folder.exists():
            folder = folder.parent
        with tempfile.TemporaryDirectory(dir=folder) as scratch:
            file = Path(scratch, "file")
            file.touch()
            # The site's engine creates the files of new sessions by hard links.
            Path(scratch, "link").hardlink_to(file)
    except OSError as error:
        yield Error(
            f"Sessions cannot be written to SESSION_FILE_PATH: {error}.",
            hint="Set SESSION_FILE_PATH in the environment to a folder that the site's "
            "own user may write to, on a file system with hard links. To make one: "
            "sudo install -d -m 700 -o www-data /var/lib/sessions",
            id="session_store.E009",
        )


def _cookie_errors(setting: str) -> Iterator[Error]:
    name, domain, path, secure, samesite = (
        getattr(settings, f"{setting}_{attribute}")
        for attribute in ("NAME", "DOMAIN", "PATH", "SECURE", "SAMESITE")
    )
    prefix = name.lower()  # browsers ignore its case
    if str(samesite or "").lower() == "none" and not secure:
        yield Error(
            f'{setting}_SAMESITE is "None" and {setting}_SECURE is False: browsers do '
            "not keep such a cookie.",
            hint=f"Set {setting}_SECURE=True in the environment.",
            id="session_store.E010",
        )
    if prefix.startswith(("__host-", "__http-", "__secure-")) and not secure:
        yield Error(
            f'{setting}_NAME is "{name}" and {setting}_SECURE is False: browsers do not '
            "keep such a cookie.",
            hint=f"Set {setting}_SECURE=True in the environment.",
            id="session_store.E011",
        )
    if prefix.startswith("__host-") and (domain or path != "/"):
        yield Error(
            f'{setting}_NAME is "{name}", and the cookie has a domain or a path: '
            "browsers do not keep such a cookie.",
            hint=f"In config/settings.py: {setting}_DOMAIN = None and "
            f'{setting}_PATH = "/"',
            id="session_store.E012",
        )
