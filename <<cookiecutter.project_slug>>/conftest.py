"""Fixtures and settings shared by all tests."""

import importlib
import uuid
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from asgiref.sync import async_to_sync
from django.conf import settings as django_settings
from django.contrib.auth.models import AbstractUser
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.backends.file import SessionStore as DjangoFileStore
from pytest_django import Settings

from catalog.models import Category, Product
from config.memory import Memory
from session_store.previous import place
from tests.helpers import PASSWORD, SessionStore

LOCMEM = "django.core.cache.backends.locmem.LocMemCache"

# The names of the timeout options of django-redis and pymemcache.
CACHE_TIMEOUTS = {
    "SOCKET_CONNECT_TIMEOUT",
    "SOCKET_TIMEOUT",
    "connect_timeout",
    "timeout",
}


def pytest_configure() -> None:
    """Turn off what only production needs; show pages in English, prices in euros."""
    django_settings.SECURE_SSL_REDIRECT = False
    django_settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    # So that the tests need no `collectstatic`.
    django_settings.STORAGES["staticfiles"] = {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
    }
    django_settings.WHITENOISE_AUTOREFRESH = True
    django_settings.WHITENOISE_USE_FINDERS = True
    django_settings.LANGUAGE_CODE = "en"
    django_settings.CURRENCY, django_settings.CURRENCY_CODE = "€", "EUR"
    for cache in django_settings.CACHES.values():
        # A timeout on a busy machine is not a failure.
        options = cache.get("OPTIONS", {})
        options |= dict.fromkeys(CACHE_TIMEOUTS & options.keys(), 10)
    hypothesis.settings.register_profile("site", deadline=None, max_examples=30)
    hypothesis.settings.load_profile("site")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the browser tests last: Playwright's event loop keeps running to the end."""
    items.sort(key=lambda item: "e2e" in item.path.parts)


@pytest.fixture(scope="session", autouse=True)
def folders(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keep session files and pictures out of the site's own folders."""
    folder = tmp_path_factory.mktemp("var")
    django_settings.SESSION_FILE_PATH = str(folder / "sessions")
    django_settings.MEDIA_ROOT = folder / "media"


@pytest.fixture(autouse=True)
def own_caches(settings: Settings) -> None:
    """Give each test empty caches, on the server that the site uses and in `Memory`."""
    for memory in Memory.every:
        memory.clear()
    prefix = uuid.uuid4().hex
    settings.CACHES = {
        alias: {**cache, "KEY_PREFIX": f"{prefix}-{alias}"}
        for alias, cache in settings.CACHES.items()
    }


def engines_elsewhere() -> list[str]:
    """Return Django's engines that store sessions in another place than the site's."""
    try:
        here = place(SessionStore, django_settings.SESSION_CACHE_ALIAS)
    except TypeError:  # an engine that derives from none of Django's
        here = None
    return [
        name
        for name in (
            f"django.contrib.sessions.backends.{engine}"
            for engine in ("db", "cached_db", "cache", "file", "signed_cookies")
        )
        if place(importlib.import_module(name).SessionStore, "previous") != here
    ]


@pytest.fixture(params=engines_elsewhere(), ids=lambda name: name.split(".")[-1])
def previous_engine(
    request: pytest.FixtureRequest,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    transactional_db: None,
) -> Iterator[str]:
    """Have the site take over the sessions of another engine; yield its name."""
    settings.SESSION_PREVIOUS_ENGINE = request.param
    settings.SESSION_PREVIOUS_CACHE_ALIAS = "previous"
    cache = {
        "BACKEND": LOCMEM,
        "LOCATION": request.node.nodeid,
    }
    settings.CACHES = {**settings.CACHES, "previous": cache}
    if not issubclass(SessionStore, DjangoFileStore):
        folder = str(tmp_path)
        monkeypatch.setattr(DjangoFileStore, "_storage_path", folder, raising=False)
    # The engine reads the setting when it is imported.
    engine = importlib.import_module(settings.SESSION_ENGINE)
    before = dict(vars(engine))
    importlib.reload(engine)
    yield request.param
    vars(engine).update(before)


@pytest.fixture
def two_weeks(settings: Settings) -> None:
    """Have sessions last two weeks from their last change, whatever the settings."""
    settings.SESSION_COOKIE_AGE = 14 * 24 * 60 * 60
    settings.SESSION_EXPIRE_AT_BROWSER_CLOSE = False
    settings.SESSION_SAVE_EVERY_REQUEST = False


@pytest.fixture(params=["sync", "async"])
def call(request: pytest.FixtureRequest) -> Callable[..., Any]:
    """Return a function that calls a session's method by name, or its async variant."""

    def call(session: SessionBase, name: str, *args: Any, **kwargs: Any) -> Any:
        if request.param == "async":
            return async_to_sync(getattr(session, f"a{name}"))(*args, **kwargs)
        name = "__setitem__" if name == "set" else name
        return getattr(session, name)(*args, **kwargs)

    return call


@pytest.fixture
def products(db: None) -> list[Product]:
    """Three products that are sold: CUP at 8.00, POT at 32.50, TIN at 4.95."""
    category = Category.objects.create(name="Tea things", slug="tea-things")
    return Product.objects.bulk_create(
        Product(
            sku=sku,
            slug=sku.lower(),
            name=name,
            price=Decimal(price),
            category=category,
        )
        for sku, name, price in [
            ("CUP", "Cup", "8.00"),
            ("POT", "Teapot", "32.50"),
            ("TIN", "Tin", "4.95"),
        ]
    )


@pytest.fixture
def alice(django_user_model: type[AbstractUser]) -> AbstractUser:
    """A customer."""
    return django_user_model.objects.create_user("alice", "alice@example.com", PASSWORD)


@pytest.fixture
def bob(django_user_model: type[AbstractUser]) -> AbstractUser:
    """Another customer."""
    return django_user_model.objects.create_user("bob", "bob@example.com", PASSWORD)
