"""Starting the site with settings from the environment, as a server does."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from dotenv import dotenv_values

SHOW = """
import json, sys
from config import settings
print(json.dumps({name: getattr(settings, name) for name in sys.argv[1:]}, default=str))
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the settings in a folder without a file .env."""
    shutil.copytree(settings.BASE_DIR / "config", tmp_path / "config")
    return tmp_path


def start(
    folder: Path, *names: str, **environment: str | None
) -> subprocess.CompletedProcess[str]:
    """Start with changes to the environment (None unsets); print some settings."""
    changed = {**dotenv_values(settings.BASE_DIR / ".env"), **os.environ, **environment}
    return subprocess.run(
        [sys.executable, "-c", SHOW, *names],
        cwd=folder,
        env={name: value for name, value in changed.items() if value is not None},
        capture_output=True,
        text=True,
    )


def test_every_session_setting_comes_from_the_environment(folder: Path) -> None:
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
    environment = {name: str(value) for name, value in values.items()}
    process = start(folder, *values, **environment)
    assert json.loads(process.stdout) == values


def test_without_debug_the_site_is_a_secure_one(folder: Path) -> None:
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
    process = start(folder, *secure, **dict.fromkeys(secure))
    assert json.loads(process.stdout) == secure


def test_behind_a_proxy_its_word_is_taken_for_scheme_and_address(folder: Path) -> None:
    taken = {
        "SECURE_PROXY_SSL_HEADER": ["HTTP_X_FORWARDED_PROTO", "https"],
        "ALLAUTH_TRUSTED_PROXY_COUNT": 1,
    }
    process = start(folder, *taken, BEHIND_TLS_PROXY="True")
    assert json.loads(process.stdout) == taken
    process = start(folder, *taken, BEHIND_TLS_PROXY=None)
    assert process.returncode != 0


def test_the_url_of_the_database_may_have_options(folder: Path) -> None:
    url = "postgresql://shop@db.example/shop?sslmode=require&timeout=10"
    process = start(folder, "DATABASES", DATABASE_URL=url)
    options = json.loads(process.stdout)["DATABASES"]["default"]["OPTIONS"]
    assert {"sslmode": "require", "timeout": 10}.items() <= options.items()
    assert len(options) > 2


def test_a_secret_can_be_in_a_file(folder: Path) -> None:
    file = folder / "secret"
    file.write_text("from a file\n")
    process = start(
        folder, "SECRET_KEY", SECRET_KEY=None, SECRET_KEY_FILE=str(file), DEBUG="False"
    )
    assert json.loads(process.stdout)["SECRET_KEY"] == "from a file"
    process = start(folder, "SECRET_KEY", SECRET_KEY=None, SECRET_KEY_FILE="/nowhere")
    assert "SECRET_KEY_FILE" in process.stderr.splitlines()[-1]


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
    folder: Path, secure: str, domain: str, path: str, prefix: str
) -> None:
    process = start(
        folder,
        "MESSAGE_COOKIE_NAME",
        SESSION_COOKIE_SECURE=secure,
        SESSION_COOKIE_DOMAIN=domain,
        SESSION_COOKIE_PATH=path,
    )
    assert json.loads(process.stdout)["MESSAGE_COOKIE_NAME"] == f"{prefix}messages"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", None),
        ("SECRET_KEY", ""),
        ("DEBUG", "perhaps"),
        ("SESSION_COOKIE_AGE", "0"),
        ("SESSION_COOKIE_SAMESITE", "odd"),
    ],
)
def test_a_variable_that_is_missing_or_makes_no_sense_is_named(
    folder: Path, name: str, value: str | None
) -> None:
    process = start(folder, "DEBUG", **{name: value})
    assert process.returncode != 0
    assert name in process.stderr.splitlines()[-1]
