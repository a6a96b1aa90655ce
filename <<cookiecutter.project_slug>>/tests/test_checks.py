"""What `manage.py check` says of settings that would lose sessions."""

import os
import sys
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest.mock import Mock

import pytest
from django.apps import apps
from django.contrib.sessions.backends import cache, cached_db, db, file
from django.contrib.sessions.backends.base import SessionBase
from django.core.cache.backends.locmem import LocMemCache
from django.core.checks import run_checks
from pytest_django import Settings

LOCMEM = "django.core.cache.backends.locmem.LocMemCache"


@pytest.fixture(autouse=True)
def production(settings: Settings) -> None:
    settings.DEBUG = False


@pytest.fixture
def own_engine(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> ModuleType:
    """An engine of the site's own; its `SessionStore` is for the test to set."""
    module = ModuleType("own_engine")
    monkeypatch.setitem(sys.modules, "own_engine", module)
    settings.SESSION_ENGINE = "own_engine"
    return module


def found() -> dict[str, str]:
    """Return what the checks say of sessions, by their ids."""
    tags = ["caches", "files", "security"]
    messages = run_checks(tags=tags, include_deployment_checks=True)
    return {
        message.id.removeprefix("session_store."): f"{message.msg} {message.hint}"
        for message in messages
        if message.id.startswith("session_store.") and message.is_serious()
    }


def keep_sessions_in(settings: Settings, entry: dict[str, Any], **others: Any) -> None:
    """Keep sessions in a cache of their own."""
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.cache"
    settings.SESSION_CACHE_ALIAS = "sessions"
    settings.CACHES = {"default": {"BACKEND": LOCMEM}, "sessions": entry, **others}


def test_the_sites_own_settings_are_without_fault() -> None:
    assert found() == {}


@pytest.mark.parametrize(
    "engine", ["no.such.module", "django.contrib.sessions", "", "..x"]
)
def test_an_engine_that_is_not_there(settings: Settings, engine: str) -> None:
    settings.SESSION_ENGINE = engine
    assert "session_store.backends.<name>" in found()["E001"]


@pytest.mark.parametrize(
    "serializer",
    ["no.such.Serializer", "Serializer", "json.JSONEncoder", "config.urls.urlpatterns"],
)
def test_a_serializer_that_is_not_there(settings: Settings, serializer: str) -> None:
    settings.SESSION_SERIALIZER = serializer
    assert "Take SESSION_SERIALIZER out" in found()["E018"]


def test_a_cache_that_is_not_there(settings: Settings) -> None:
    keep_sessions_in(settings, {"BACKEND": LOCMEM})
    settings.SESSION_CACHE_ALIAS = "typo"
    assert "one of: default, sessions" in found()["E002"]


@pytest.mark.parametrize("engine", [cache, cached_db])
@pytest.mark.parametrize(
    "backend",
    [
        "db.DatabaseCache",
        "dummy.DummyCache",
        "filebased.FileBasedCache",
        "locmem.LocMemCache",
    ],
)
def test_a_cache_that_loses_sessions_or_that_processes_do_not_share(
    settings: Settings, tmp_path: Path, engine: ModuleType, backend: str
) -> None:
    path = f"django.core.cache.backends.{backend}"
    keep_sessions_in(settings, {"BACKEND": path, "LOCATION": str(tmp_path)})
    settings.SESSION_ENGINE = engine.__name__
    assert "Set SESSION_CACHE_ALIAS" in found()["E003"]
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.db"
    assert found() == {}


@pytest.mark.parametrize("engine", [cache, cached_db])
def test_an_engine_of_the_sites_own_is_known_by_what_it_derives_from(
    settings: Settings, own_engine: ModuleType, engine: ModuleType
) -> None:
    keep_sessions_in(settings, {"BACKEND": LOCMEM})
    settings.SESSION_ENGINE = "own_engine"
    own_engine.SessionStore = type("SessionStore", (engine.SessionStore,), {})
    assert found().keys() == {"E003"}


def test_development_can_do_with_such_a_cache(settings: Settings) -> None:
    keep_sessions_in(settings, {"BACKEND": LOCMEM})
    settings.DEBUG = True
    assert found() == {}


def test_cookies_where_the_code_is_for_sessions_on_the_server(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
    monkeypatch.setattr(apps, "is_installed", lambda name: True)
    assert "Changing the engine" in found()["E019"]
    assert "E019" not in str(run_checks(tags=["security"]))


@pytest.mark.parametrize("path", [None, "", "no/such/folder", __file__, "/proc"])
def test_a_folder_that_sessions_cannot_be_written_to(
    settings: Settings, own_engine: ModuleType, path: str | None
) -> None:
    own_engine.SessionStore = type("SessionStore", (file.SessionStore,), {})
    settings.SESSION_FILE_PATH = path
    for settings.DEBUG in (False, True):
        assert "sudo install -d" in found()["E009"]


def test_a_file_system_without_hard_links(
    settings: Settings,
    own_engine: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    own_engine.SessionStore = type("SessionStore", (file.SessionStore,), {})
    settings.SESSION_FILE_PATH = str(tmp_path)
    monkeypatch.setattr(os, "link", Mock(side_effect=PermissionError))
    assert "with hard links" in found()["E009"]


def test_a_folder_that_the_sites_engine_makes_and_djangos_does_not(
    settings: Settings, own_engine: ModuleType, tmp_path: Path
) -> None:
    own_engine.SessionStore = type("SessionStore", (file.SessionStore,), {})
    settings.SESSION_FILE_PATH = str(tmp_path / "sessions")
    assert found() == {}
    own_engine.SessionStore = file.SessionStore
    assert found().keys() == {"E009"}
    settings.SESSION_FILE_PATH = str(tmp_path)
    assert found() == {}
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def previous(settings: Settings, own_engine: ModuleType) -> None:
    """Sessions move from one cache to another."""
    keep_sessions_in(settings, {"BACKEND": LOCMEM}, old={"BACKEND": LOCMEM})
    settings.SESSION_ENGINE = "own_engine"
    bases, attributes = (cache.SessionStore,), {"takes_over": True}
    own_engine.SessionStore = type("SessionStore", bases, attributes)
    settings.DEBUG = True
    settings.SESSION_PREVIOUS_ENGINE = cache.__name__
    settings.SESSION_PREVIOUS_CACHE_ALIAS = "old"


@pytest.mark.usefixtures("previous")
@pytest.mark.parametrize("engine", [cache, cached_db, file])
def test_engines_that_sessions_can_move_between(
    settings: Settings, engine: ModuleType
) -> None:
    settings.SESSION_PREVIOUS_ENGINE = engine.__name__
    assert found() == {}


@pytest.mark.usefixtures("previous")
@pytest.mark.parametrize("engine", ["no.such.module", "django.contrib.sessions"])
def test_a_previous_engine_that_is_not_there(settings: Settings, engine: str) -> None:
    settings.SESSION_PREVIOUS_ENGINE = engine
    assert "take it out" in found()["E013"]


def test_a_previous_engine_that_is_none_of_djangos(
    settings: Settings, own_engine: ModuleType
) -> None:
    own_engine.SessionStore = SessionBase
    settings.SESSION_PREVIOUS_ENGINE = "own_engine"
    assert "derive" in found()["E013"]


@pytest.mark.usefixtures("previous")
@pytest.mark.parametrize("base", [SessionBase, cache.SessionStore])
def test_an_engine_that_does_not_take_over(
    settings: Settings, own_engine: ModuleType, base: type[SessionBase]
) -> None:
    own_engine.SessionStore = base
    settings.SESSION_ENGINE = "own_engine"
    assert "@takes_over" in found()["E016"]


@pytest.mark.usefixtures("previous")
def test_a_cache_of_the_previous_engine_that_is_not_there(settings: Settings) -> None:
    settings.SESSION_PREVIOUS_CACHE_ALIAS = "typo"
    assert "one of: default, sessions, old" in found()["E014"]
    settings.SESSION_PREVIOUS_ENGINE = file.__name__
    assert found() == {}


@pytest.mark.usefixtures("previous")
@pytest.mark.parametrize(
    ("engine", "before"), [(cache, cache), (db, cached_db), (cached_db, db)]
)
def test_engines_that_keep_sessions_in_the_same_place(
    settings: Settings, engine: ModuleType, before: ModuleType
) -> None:
    settings.SESSION_ENGINE = engine.__name__
    settings.SESSION_PREVIOUS_ENGINE = before.__name__
    settings.SESSION_PREVIOUS_CACHE_ALIAS = "sessions"
    assert "Take SESSION_PREVIOUS_ENGINE out" in found()["E015"]


@pytest.mark.usefixtures("previous")
def test_a_previous_cache_whose_outages_nobody_would_notice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(LocMemCache, "_ignore_exceptions", True, raising=False)
    assert 'CACHES["old"]' in found()["E005"]


@pytest.mark.parametrize("debug", [True, False])
@pytest.mark.parametrize("cookie", ["SESSION_COOKIE", "CSRF_COOKIE"])
@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ({"SAMESITE": "None"}, {"E010"}),
        ({"SAMESITE": "none"}, {"E010"}),
        ({"SAMESITE": "None", "SECURE": True}, set()),
        ({"SAMESITE": None}, set()),
        ({"SAMESITE": False}, set()),
        ({"NAME": "__Secure-id"}, {"E011"}),
        ({"NAME": "__secure-id"}, {"E011"}),
        ({"NAME": "__Secure-id", "SECURE": True, "DOMAIN": "shop.example"}, set()),
        ({"NAME": "__Host-id"}, {"E011"}),
        ({"NAME": "__Host-id", "SECURE": True}, set()),
        ({"NAME": "__Host-id", "SECURE": True, "DOMAIN": "shop.example"}, {"E012"}),
        ({"NAME": "__HOST-id", "SECURE": True, "PATH": "/shop/"}, {"E012"}),
    ],
)
def test_a_cookie_that_browsers_do_not_keep(
    settings: Settings,
    debug: bool,
    cookie: str,
    attributes: dict[str, Any],
    expected: set[str],
) -> None:
    settings.DEBUG = debug
    ordinary = {
        "NAME": "id",
        "DOMAIN": None,
        "PATH": "/",
        "SECURE": False,
        "SAMESITE": "Lax",
    }
    for attribute, value in {**ordinary, **attributes}.items():
        setattr(settings, f"{cookie}_{attribute}", value)
    messages = found()
    assert messages.keys() == expected
    for message in messages.values():
        assert f"{cookie}_SECURE=True" in message or f'{cookie}_PATH = "/"' in message


def test_two_cookies_of_one_name(settings: Settings) -> None:
    settings.CSRF_COOKIE_NAME = settings.SESSION_COOKIE_NAME
    assert "Set SESSION_COOKIE_NAME" in found()["E017"]
    settings.CSRF_USE_SESSIONS = True
    assert found() == {}
    settings.MESSAGE_COOKIE_NAME = settings.SESSION_COOKIE_NAME
    assert "and MESSAGE_COOKIE_NAME" in found()["E017"]


def test_a_csrf_token_in_the_session_needs_no_cookie(settings: Settings) -> None:
    settings.CSRF_COOKIE_NAME = "__Host-csrftoken"
    settings.CSRF_COOKIE_SECURE = False
    settings.CSRF_USE_SESSIONS = True
    assert found() == {}
