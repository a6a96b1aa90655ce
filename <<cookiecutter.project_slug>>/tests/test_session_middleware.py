"""When the session is saved, and what the browser hears of it.

These are the cases of `SessionMiddlewareTests` in Django's tests/sessions_tests/tests.py,
5.2 and 6.1, other than those of single cookie settings, which are in
test_session_settings.py; and the page of an outage.
"""

import sqlite3

import pytest
from django.conf import settings as django_settings
from django.db import (
    IntegrityError,
    InterfaceError,
    InternalError,
    OperationalError,
    connection,
)
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path
from pytest_django import Settings

from catalog.models import Product
from config import urls as site
from config.urls import handler400, handler500  # noqa: F401
from session_store.exceptions import (
    SessionFull,
    SessionStoreUnavailable,
    is_outage,
    unavailable,
)
from session_store.log import hashed

from .helpers import add, cart_of, cookie_of, copy_of, session_of, stored

NAME = django_settings.SESSION_COOKIE_NAME
ERRORS = {
    error.__name__: error
    for error in [
        SessionStoreUnavailable,
        OperationalError,
        InterfaceError,
        IntegrityError,
    ]
}


def nothing(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


def note(request: HttpRequest, status: int) -> HttpResponse:
    request.session["note"] = "new"
    return HttpResponse(status=status)


def empty(request: HttpRequest) -> HttpResponse:
    request.session.clear()
    return HttpResponse()


def end(request: HttpRequest) -> HttpResponse:
    request.session.flush()
    return HttpResponse()


def fail(request: HttpRequest, name: str) -> HttpResponse:
    request.session["note"] = "new"
    raise ERRORS[name]("192.0.2.7 is down")


urlpatterns = [
    path("nothing/", nothing),
    path("note/<int:status>/", note),
    path("empty/", empty),
    path("end/", end),
    path("fail/<name>/", fail),
    *site.urlpatterns,
]


@pytest.fixture
def client(products: list[Product], settings: Settings) -> Client:
    """The browser of a visitor who has something in the cart."""
    settings.ROOT_URLCONF = __name__
    settings.SESSION_SAVE_EVERY_REQUEST = False
    client = Client(raise_request_exception=False)
    add(client, "CUP", 2)
    return client


@pytest.mark.parametrize("status", [200, 302, 404])
def test_a_changed_session_is_saved_and_the_answer_depends_on_the_cookie(
    client: Client, status: int
) -> None:
    response = client.get(f"/note/{status}/")
    assert response.status_code == status
    assert NAME in response.cookies
    assert response["Vary"] == "Cookie"
    assert stored(client)["note"] == "new"


@pytest.mark.parametrize("status", [500, 503])
def test_after_a_failure_the_session_is_as_before(client: Client, status: int) -> None:
    response = client.get(f"/note/{status}/")
    assert response.status_code == status
    assert not response.cookies
    assert "note" not in stored(client)
    assert cart_of(client) == {"CUP": 2}


@pytest.mark.django_db(transaction=True)
def test_after_an_outage_the_database_is_connected_to_anew(client: Client) -> None:
    assert connection.connection
    assert client.get("/fail/OperationalError/").status_code == 503
    assert not connection.connection
    assert cart_of(client) == {"CUP": 2}


@pytest.mark.parametrize("has_cookie", [True, False])
def test_a_page_without_a_session_depends_on_no_cookie(
    client: Client, has_cookie: bool
) -> None:
    response = (client if has_cookie else Client()).get("/nothing/")
    assert not response.cookies
    assert "Vary" not in response


def test_saving_at_every_request_renews_the_cookie_of_who_has_one(
    client: Client, settings: Settings
) -> None:
    settings.SESSION_SAVE_EVERY_REQUEST = True
    response = client.get("/nothing/")
    assert NAME in response.cookies
    assert response["Vary"] == "Cookie"
    assert cart_of(client) == {"CUP": 2}
    assert not Client().get("/nothing/").cookies


@pytest.mark.parametrize(
    ("domain", "path"), [(None, "/"), (".example.local", "/example/")]
)
def test_the_cookie_of_a_session_that_is_over_is_deleted(
    client: Client, settings: Settings, domain: str | None, path: str
) -> None:
    settings.SESSION_COOKIE_DOMAIN = domain
    settings.SESSION_COOKIE_PATH = path
    response = client.get("/end/")
    cookie = response.cookies[NAME]
    assert (cookie.value, cookie["max-age"]) == ("", 0)
    assert (cookie["domain"] or None, cookie["path"]) == (domain, path)
    assert cookie["samesite"] == settings.SESSION_COOKIE_SAMESITE
    assert response["Vary"] == "Cookie"


def test_where_there_was_no_session_none_is_deleted(client: Client) -> None:
    response = Client().get("/end/")
    assert not response.cookies
    assert response["Vary"] == "Cookie"


def test_an_emptied_session_has_nothing_in_it_any_more(client: Client) -> None:
    other = copy_of(client)
    response = other.get("/empty/")
    assert NAME in response.cookies
    assert response["Vary"] == "Cookie"
    assert cart_of(other) == {}


# Outages


@pytest.mark.parametrize("has_cookie", [True, False])
@pytest.mark.parametrize(
    "name", ["SessionStoreUnavailable", "OperationalError", "InterfaceError"]
)
def test_an_outage_is_a_page_that_says_so_and_leaves_the_cookie_alone(
    client: Client, caplog: pytest.LogCaptureFixture, name: str, has_cookie: bool
) -> None:
    visitor = client if has_cookie else Client()
    response = visitor.get(f"/fail/{name}/")
    assert response.status_code == 503
    assert int(response["Retry-After"]) > 0
    assert response["Cache-Control"] == "no-store"
    assert not response.cookies
    html = response.content.decode()
    assert "192.0.2.7" not in html
    assert "<h1" in html
    assert cart_of(client) == {"CUP": 2}
    assert "note" not in stored(client)
    [record] = [record for record in caplog.records if record.name == "session_store"]
    assert record.levelname == "ERROR"
    assert django_settings.SESSION_ENGINE in record.message
    assert "192.0.2.7 is down" in record.message
    assert cookie_of(client) not in record.message
    assert hashed(cookie_of(client) if has_cookie else None) in record.message


def test_another_error_of_the_database_is_an_error_of_the_site(client: Client) -> None:
    assert client.get("/fail/IntegrityError/").status_code == 500
    assert cart_of(client) == {"CUP": 2}


def test_a_session_that_was_changed_behind_the_sites_back_is_read_as_it_is(
    client: Client,
) -> None:
    with session_of(client) as session:
        session["note"] = "theirs"
    client.get("/note/200/")
    assert stored(client)["note"] == "new"
    assert cart_of(client) == {"CUP": 2}


# What is an outage


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("BUSY", True),
        ("LOCKED", True),
        ("READONLY", True),
        ("IOERR", True),
        ("IOERR_WRITE", True),
        ("FULL", True),
        ("CANTOPEN_ISDIR", True),
        ("ERROR", False),
        ("MISUSE", False),
    ],
)
def test_which_codes_of_sqlite_are_an_outage(code: str, expected: bool) -> None:
    error = OperationalError()
    error.__cause__ = sqlite3.OperationalError()
    error.__cause__.sqlite_errorcode = getattr(sqlite3, f"SQLITE_{code}")
    assert is_outage(error) is expected


class PostgreSQLError(Exception):
    """An error with a code, as psycopg's have it."""

    def __init__(self, sqlstate: str) -> None:
        self.sqlstate = sqlstate


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("08006", True),
        ("25006", True),
        ("40P01", True),
        ("53100", True),
        ("55P03", True),
        ("57P01", True),
        ("58030", True),
        ("25001", False),
        ("42P01", False),
    ],
)
def test_which_codes_of_postgresql_are_an_outage(code: str, expected: bool) -> None:
    error = InternalError()
    error.__cause__ = PostgreSQLError(code)
    assert is_outage(error) is expected


def test_the_log_says_that_a_session_is_too_large(
    client: Client, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    def fill(request: HttpRequest) -> HttpResponse:
        raise SessionFull("9 bytes")

    settings.ROOT_URLCONF = (path("", fill),)
    assert client.get("/").status_code == 413
    assert "too large: 9 bytes" in caplog.text


def test_the_log_says_in_which_code_the_database_failed(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    client.get("/fail/OperationalError/")
    assert "test_session_middleware.py" in caplog.text


@pytest.mark.parametrize(
    "error", [AttributeError, KeyError, OperationalError, TypeError, ValueError]
)
def test_what_is_no_fault_of_the_cache_is_raised_as_it_is(
    error: type[Exception],
) -> None:
    with pytest.raises(error), unavailable():
        raise error
