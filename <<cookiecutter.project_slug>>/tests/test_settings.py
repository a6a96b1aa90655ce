"""Reading the settings from the environment, as a server does when it starts."""

import os
import runpy
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from dotenv import dotenv_values
from environs import EnvError

Start = Callable[..., dict[str, Any]]


@pytest.fixture
def start(tmp_path: Path) -> Start:
    """Return a function that reads a copy of the settings, beside which is no .env.

    It takes changes to the environment (None unsets), and returns all settings.
    """
    (tmp_path / "config").mkdir()
    file = shutil.copy(settings.BASE_DIR / "config/settings.py", tmp_path / "config")

    def start(**changes: str | None) -> dict[str, Any]:
        env = {**dotenv_values(settings.BASE_DIR / ".env"), **os.environ, **changes}
        env = {name: value for name, value in env.items() if value is not None}
        with mock.patch.dict(os.environ, env, clear=True):
            return runpy.run_path(str(file))

    return start


def test_every_session_setting_comes_from_the_environment(start: Start) -> None:
    values: dict[str, Any] = {
        "SESSION_ENGINE": "some.engine",
        "SESSION_CACHE_ALIAS": "somewhere",
        "SESSION_FILE_PATH": "/some/folder",
        "SESSION_SERIALIZER": "some.Serializer",
        "SESSION_COOKIE_NAME": "visitor",
        "SESSION_COOKIE_AGE": 4321,
        "SESSION_COOKIE_DOMAIN": "shop.example",
        "SESSION_COOKIE_PATH": "/shop/",
        "SESSION_COOKIE_SECURE": not settings.SESSION_COOKIE_SECURE,
        "SESSION_COOKIE_HTTPONLY": False,
        "SESSION_COOKIE_SAMESITE": "Strict",
        "SESSION_EXPIRE_AT_BROWSER_CLOSE": not settings.SESSION_EXPIRE_AT_BROWSER_CLOSE,
        "SESSION_SAVE_EVERY_REQUEST": not settings.SESSION_SAVE_EVERY_REQUEST,
    }
    changed = start(**{name: str(value) for name, value in values.items()})
    assert {name: changed[name] for name in values} == values


def test_without_debug_the_site_is_a_secure_one(start: Start) -> None:
    secure = {
        "DEBUG": False,
        "CSRF_COOKIE_SECURE": True,
        "SECURE_SSL_REDIRECT": True,
        "SECURE_HSTS_SECONDS": 3600,
        "SECURE_HSTS_INCLUDE_SUBDOMAINS": True,
        "SECURE_HSTS_PRELOAD": False,
        "CSRF_COOKIE_NAME": "__Host-csrftoken",
        "CSRF_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_HTTPONLY": True,
    }
    changed = start(**dict.fromkeys(secure))
    assert {name: changed[name] for name in secure} == secure


def test_behind_a_proxy_its_word_is_taken_for_scheme_and_address(start: Start) -> None:
    taken = {
        "SECURE_PROXY_SSL_HEADER": ("HTTP_X_FORWARDED_PROTO", "https"),
        "ALLAUTH_TRUSTED_PROXY_COUNT": 1,
    }
    changed = start(BEHIND_TLS_PROXY="True")
    assert {name: changed[name] for name in taken} == taken
    assert not taken.keys() & start(BEHIND_TLS_PROXY=None).keys()


def test_the_url_of_the_database_may_have_options(start: Start) -> None:
    url = "postgresql://shop@db.example/shop?sslmode=require&timeout=10"
    options = start(DATABASE_URL=url)["DATABASES"]["default"]["OPTIONS"]
    assert {"sslmode": "require", "timeout": 10}.items() <= options.items()
    assert len(options) > 2


def test_a_secret_can_be_in_a_file(start: Start, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("from a file\n")
    changed = start(SECRET_KEY=None, SECRET_KEY_FILE=str(file), DEBUG="False")
    assert changed["SECRET_KEY"] == "from a file"
    with pytest.raises(ValueError, match="SECRET_KEY_FILE"):
        start(SECRET_KEY=None, SECRET_KEY_FILE="/nowhere")


@pytest.mark.parametrize(
    ("secure", "domain", "path", "prefix"),
    [
        ("True", "", "/", "__Host-"),
        ("True", "shop.example", "/", "__Secure-"),
        ("True", "", "/shop/", "__Secure-"),
        ("False", "", "/", ""),
        ("False", "shop.example", "/", ""),
    ],
)
def test_a_secure_cookie_has_the_strictest_prefix_that_browsers_take(
    start: Start, secure: str, domain: str, path: str, prefix: str
) -> None:
    changed = start(
        SESSION_COOKIE_SECURE=secure,
        SESSION_COOKIE_DOMAIN=domain,
        SESSION_COOKIE_PATH=path,
    )
    assert changed["MESSAGE_COOKIE_NAME"] == f"{prefix}messages"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", None),
        ("SECRET_KEY", ""),
        ("DEBUG", "perhaps"),
        ("SITE_NAME", ""),
        ("SITE_NAME", "two\nlines"),
        ("MEDIA_ROOT", ""),
        ("MEDIA_ROOT", "."),
        ("MEDIA_ROOT", "/"),
        ("SENTRY_DSN", "nonsense"),
        ("SENTRY_DSN", "https://sentry.example/1"),
        ("SESSION_COOKIE_AGE", "0"),
        ("SESSION_COOKIE_AGE", "34560001"),
        ("SESSION_COOKIE_SAMESITE", "odd"),
        ("SESSION_COOKIE_NAME", "a b"),
        ("SESSION_COOKIE_NAME", "Path"),
        ("SESSION_COOKIE_NAME", ""),
        ("CSRF_COOKIE_NAME", ""),
        ("CART_MAX_QUANTITY", "0"),
        ("CART_MAX_LINES", "0"),
    ],
)
def test_a_variable_that_is_missing_or_makes_no_sense_is_named(
    start: Start, name: str, value: str | None
) -> None:
    with pytest.raises((EnvError, ImproperlyConfigured), match=name):
        start(**{name: value})
