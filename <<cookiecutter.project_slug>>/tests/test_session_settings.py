"""What each session setting does to the cookie that a visitor's browser gets."""

import time
from email.utils import parsedate_to_datetime
from http.cookies import Morsel
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from .helpers import add

pytestmark = pytest.mark.usefixtures("products")


def session_cookie(client: Client, name: str) -> Morsel[str]:
    """Put something in the cart; return the cookie that comes with the answer."""
    return client.post("/cart/add/", {"sku": "CUP", "quantity": 1}).cookies[name]


@pytest.mark.parametrize(
    ("setting", "value", "attribute", "expected"),
    [
        ("SESSION_COOKIE_DOMAIN", None, "domain", ""),
        ("SESSION_COOKIE_DOMAIN", "shop.example", "domain", "shop.example"),
        ("SESSION_COOKIE_PATH", "/", "path", "/"),
        ("SESSION_COOKIE_PATH", "/cart/", "path", "/cart/"),
        ("SESSION_COOKIE_SECURE", False, "secure", ""),
        ("SESSION_COOKIE_SECURE", True, "secure", True),
        ("SESSION_COOKIE_HTTPONLY", False, "httponly", ""),
        ("SESSION_COOKIE_HTTPONLY", True, "httponly", True),
        ("SESSION_COOKIE_SAMESITE", "Lax", "samesite", "Lax"),
        ("SESSION_COOKIE_SAMESITE", "Strict", "samesite", "Strict"),
        ("SESSION_COOKIE_SAMESITE", "None", "samesite", "None"),
    ],
)
def test_a_setting_is_an_attribute_of_the_cookie(
    client: Client,
    settings: Settings,
    setting: str,
    value: Any,
    attribute: str,
    expected: Any,
) -> None:
    setattr(settings, setting, value)
    cookie = session_cookie(client, settings.SESSION_COOKIE_NAME)
    assert cookie[attribute] == expected


def test_session_cookie_name_names_the_cookie(
    client: Client, settings: Settings
) -> None:
    settings.SESSION_COOKIE_NAME = "visitor"
    assert session_cookie(client, "visitor").value


def test_messages_wait_in_a_cookie_as_secure_as_the_sessions(
    client: Client, settings: Settings
) -> None:
    settings.SESSION_COOKIE_SECURE = True
    cookie = session_cookie(client, settings.MESSAGE_COOKIE_NAME)
    assert (cookie["secure"], cookie["httponly"]) == (True, True)


def test_session_cookie_age_is_how_long_the_browser_keeps_the_cookie(
    client: Client, settings: Settings
) -> None:
    settings.SESSION_EXPIRE_AT_BROWSER_CLOSE = False
    settings.SESSION_COOKIE_AGE = 600
    cookie = session_cookie(client, settings.SESSION_COOKIE_NAME)
    assert cookie["max-age"] == 600
    expires = parsedate_to_datetime(cookie["expires"]).timestamp()
    assert expires == pytest.approx(time.time() + 600, abs=30)
    assert client.session.get_expiry_age() == 600


def test_session_expire_at_browser_close_gives_the_cookie_no_end_of_its_own(
    client: Client, settings: Settings
) -> None:
    settings.SESSION_EXPIRE_AT_BROWSER_CLOSE = True
    cookie = session_cookie(client, settings.SESSION_COOKIE_NAME)
    assert (cookie["max-age"], cookie["expires"]) == ("", "")


def test_session_save_every_request_makes_the_lifetime_begin_anew(
    client: Client, settings: Settings
) -> None:
    add(client, "CUP")
    settings.SESSION_EXPIRE_AT_BROWSER_CLOSE = False
    settings.SESSION_COOKIE_AGE = 600
    settings.SESSION_SAVE_EVERY_REQUEST = True
    cookie = client.get("/").cookies[settings.SESSION_COOKIE_NAME]
    assert cookie["max-age"] == 600


def test_without_it_only_a_change_makes_the_lifetime_begin_anew(
    client: Client, settings: Settings
) -> None:
    add(client, "CUP")
    settings.SESSION_SAVE_EVERY_REQUEST = False
    assert settings.SESSION_COOKIE_NAME not in client.get("/").cookies
    assert session_cookie(client, settings.SESSION_COOKIE_NAME)
