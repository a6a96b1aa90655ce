"""The previous session engine, and the sessions that it still has.

While sessions move from one engine to another, `SESSION_PREVIOUS_ENGINE` names the old
one: one of Django's, or one that derives from it.
"""

import glob
import logging
import math
import re
import time
from collections.abc import Iterator
from functools import singledispatch
from importlib import import_module
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.backends.cache import SessionStore as CacheStore
from django.contrib.sessions.backends.db import SessionStore as RowStore
from django.contrib.sessions.backends.file import SessionStore as FileStore
from django.contrib.sessions.backends.signed_cookies import SessionStore as CookieStore
from django.core.cache import caches
from django.core.cache.backends.base import BaseCache
from django.core.cache.backends.redis import RedisCache
from django.utils import timezone
from django.utils.module_loading import import_string

from .cookie_data import read_cookie
from .exceptions import SessionStoreUnavailable, unavailable
from .lifetime import cookie_age

logger = logging.getLogger("session_store")

# A session's data, and its remaining lifetime in seconds or None if that is unknown;
# (None, None) if there is no session.
Found = tuple[dict[str, Any] | None, int | None]

# Matches what can be the key of a session on the server.
KEY = re.compile("[0-9a-z]{8,40}")
# How many keys are read from the database or from Redis at a time.
CHUNK = 1000


class NotListable(Exception):
    """The previous engine cannot tell which sessions it has."""


def is_named() -> bool:
    """Return whether there is a previous engine."""
    return bool(getattr(settings, "SESSION_PREVIOUS_ENGINE", None))


def engine() -> type[SessionBase]:
    """Return the previous engine's `SessionStore`."""
    store = import_module(settings.SESSION_PREVIOUS_ENGINE).SessionStore
    # A decorated engine would itself look in its previous engine, so take its `plain`.
    # A subclass that is not decorated only inherits `plain`: take the subclass itself.
    return vars(store).get("plain", store)


def place(engine: type[SessionBase], cache_alias: str) -> tuple[Any, ...]:
    """Return a value that identifies the place where the engine keeps its sessions.

    Raises `TypeError` for an engine that derives from none of Django's.
    """
    if issubclass(engine, RowStore):
        return "table", engine.get_model_class()
    if issubclass(engine, CacheStore):
        return "cache", cache_alias
    if issubclass(engine, FileStore):
        return ("folder",)
    if issubclass(engine, CookieStore):
        return ("cookie",)
    raise TypeError("it does not derive from an engine of Django's")


def is_in_cookies() -> bool:
    """Return whether the previous engine keeps the data, not a key, in the cookie."""
    return issubclass(engine(), CookieStore)


def read(key: str) -> Found:
    """Return the previous engine's session with this key, which may be a cookie.

    Raises `SessionStoreUnavailable`, or the database's errors.
    """
    with unavailable():
        data, seconds = _read(session(key))
    return data and _writable(data), seconds


def delete(key: str) -> None:
    """Delete the previous engine's session with this key. Raises as `read()` does."""
    with unavailable():
        session(key).delete(key)


def keys() -> Iterator[str]:
    """Yield the keys of the sessions that the previous engine has.

    Raises `NotListable`, and as `read()` does.
    """
    found = _keys(session())  # outside `unavailable()`: `NotListable` is no outage
    with unavailable():
        yield from filter(KEY.fullmatch, found)


def session(key: str | None = None) -> SessionBase:
    """Return the previous engine's session object for this key."""
    session = engine()(key)
    if hasattr(session, "_cache"):
        session._cache = caches[settings.SESSION_PREVIOUS_CACHE_ALIAS]
    return session


def _writable(data: dict[str, Any]) -> dict[str, Any]:
    """Return the data without what `SESSION_SERIALIZER` cannot write.

    The previous engine may have pickled it.
    """
    writable = {key: value for key, value in data.items() if _is_writable(key, value)}
    if lost := data.keys() - writable.keys():
        logger.warning(
            "%s cannot write these keys of a session, so they are left behind: %s",
            settings.SESSION_SERIALIZER,
            ", ".join(sorted(lost)),
        )
    return writable


def _is_writable(key: str, value: Any) -> bool:
    try:
        import_string(settings.SESSION_SERIALIZER)().dumps({key: value})
    except (TypeError, ValueError):
        return False
    return True


@singledispatch
def _read(session: CookieStore) -> Found:
    return read_cookie(session), None


@_read.register
def _(session: RowStore) -> Found:
    # For cached_db too, as its cache only has copies.
    row = session._get_session_from_db()
    if row is None:
        return None, None
    seconds = (row.expire_date - timezone.now()).total_seconds()
    return session.decode(row.session_data), math.ceil(seconds)


@_read.register
def _(session: CacheStore) -> Found:
    try:
        data = session._cache.get(session.cache_key)
    except ValueError:  # an unreadable value is no session
        return None, None
    redis = _redis(session._cache)
    seconds = redis.ttl(session._cache.make_key(session.cache_key)) if redis else -1
    return data, seconds if seconds > 0 else None


@_read.register
def _(session: FileStore) -> Found:
    path = Path(session._key_to_file())
    try:
        data = session.decode(path.read_text(encoding="ascii"))
        saved = path.stat().st_mtime
    except ValueError:  # damaged
        return None, None
    except OSError as error:
        if isinstance(error, FileNotFoundError) and path.parent.is_dir():
            return None, None
        raise SessionStoreUnavailable(error.strerror) from error
    expiry = data.get("_session_expiry")
    if isinstance(expiry, str):
        seconds = session.get_expiry_age(expiry=expiry)
    else:
        seconds = math.ceil(saved + (expiry or cookie_age(expiry)) - time.time())
    return (data, seconds) if seconds > 0 else (None, None)


@singledispatch
def _keys(session: CookieStore) -> Iterator[str]:
    raise NotListable("the sessions are in the visitors' browsers")


@_keys.register
def _(session: RowStore) -> Iterator[str]:
    rows = session.model.objects.filter(expire_date__gt=timezone.now()).order_by("pk")
    chunk = list(rows.values_list("pk", flat=True)[:CHUNK])
    while chunk:
        yield from chunk
        chunk = list(rows.filter(pk__gt=chunk[-1]).values_list("pk", flat=True)[:CHUNK])


@_keys.register
def _(session: CacheStore) -> Iterator[str]:
    redis = _redis(session._cache)
    if redis is None:
        raise NotListable(f"{type(session._cache).__name__} has no list of its keys")
    prefix = session._cache.make_key(session.cache_key_prefix)
    found = redis.scan_iter(match=f"{glob.escape(prefix)}*", count=CHUNK)
    return (key.decode().removeprefix(prefix) for key in found)


@_keys.register
def _(session: FileStore) -> Iterator[str]:
    for path in Path(session.storage_path).iterdir():
        if path.name.startswith(session.file_prefix):
            yield path.name.removeprefix(session.file_prefix)


def _redis(cache: BaseCache) -> Any:
    """Return the Redis client of the cache, None if the cache is not on Redis."""
    if isinstance(cache, RedisCache):
        return cache._cache.get_client(write=True)
    return cache.client.get_client(write=True) if hasattr(cache, "client") else None
