"""A request that fails leaves the visitor with the session as it was, and says why.

It covers Django's case test_session_update_error_redirect of `SessionMiddlewareTests`.
"""

from typing import Any

import pytest
from django.conf import settings as django_settings
from django.contrib import messages
from django.contrib.auth import get_user_model, login, logout
from django.contrib.auth.models import AbstractUser
from django.contrib.sessions.backends.base import UpdateError
from django.core.exceptions import PermissionDenied
from django.db import OperationalError, connection, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.test import Client
from django.urls import path
from pytest_django import Settings

from catalog.models import Product
from config import urls as site
from config.logs import JSONFormatter
from config.urls import handler400, handler500  # noqa: F401
from session_store.exceptions import SessionFull, SessionStoreUnavailable
from session_store.log import hashed

from .helpers import (
    SessionStore,
    add,
    cart_of,
    cookie_of,
    copy_of,
    session_of,
    sign_in,
    stored,
)

NAME = django_settings.SESSION_COOKIE_NAME

# What may come of writing the session after the view.
ENDS_AT_SAVE = {"unavailable": SessionStoreUnavailable, "full": SessionFull}


def note(request: HttpRequest) -> HttpResponse:
    request.session["note"] = "new"
    return HttpResponse()


def change(request: HttpRequest) -> HttpResponse:
    request.session.change("note", lambda note: "new")
    return HttpResponse()


def sign_in_and(request: HttpRequest, end: str) -> HttpResponse:
    login(request, get_user_model().objects.get(username="alice"))
    if end == "again":
        request.session.cycle_key()
    if end == "answer":
        return HttpResponse(status=503)
    if end in ENDS_AT_SAVE:
        return HttpResponse()
    raise RuntimeError("boom")


def promise_and(request: HttpRequest, end: str) -> HttpResponse:
    messages.success(request, "It is done.")
    if end == "outage":
        raise SessionStoreUnavailable
    if end == "full":
        raise SessionFull
    if end == "saved":
        return note(request)
    raise RuntimeError("boom")


@transaction.atomic
def sign_in_and_roll_back(request: HttpRequest) -> HttpResponse:
    return sign_in_and(request, "fail")


def new_key(request: HttpRequest) -> HttpResponse:
    request.session.cycle_key()
    raise RuntimeError("boom")


def leave(request: HttpRequest, way: str) -> HttpResponse:
    if way == "renewed":
        request.session.cycle_key()
    logout(request)
    raise RuntimeError("boom")


def ask_in_vain(request: HttpRequest) -> HttpResponse:
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM a_table_that_nobody_has_made")


def late(request: HttpRequest, way: str) -> HttpResponse:
    """Change the session that another request ends in the meantime."""
    assert "cart" in request.session
    SessionStore(request.session.session_key).flush()
    return change(request) if way == "change" else note(request)


urlpatterns = [
    path("note/", note),
    path("change/", change),
    path("sign-in/roll-back/", sign_in_and_roll_back),
    path("sign-in/<end>/", sign_in_and),
    path("promise/<end>/", promise_and),
    path("new-key/", new_key),
    path("leave/<way>/", leave),
    path("ask-in-vain/", ask_in_vain),
    path("late/<way>/", late),
    *site.urlpatterns,
]


@pytest.fixture
def client(products: list[Product], settings: Settings) -> Client:
    """The browser of a visitor who has something in the cart."""
    settings.ROOT_URLCONF = __name__
    client = Client(raise_request_exception=False)
    add(client, "CUP", 2)
    return client


# The store does not answer


@pytest.mark.parametrize("error", [SessionStoreUnavailable, OperationalError])
@pytest.mark.parametrize(
    ("step", "address"), [("load", "/cart/"), ("replace", "/note/"), ("load", "/note/")]
)
def test_an_outage_of_the_store_leaves_the_session_as_it_was(
    client: Client,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    step: str,
    address: str,
    error: type[Exception],
) -> None:
    def fail(*args: Any) -> None:
        raise error("no route to host")

    before = cookie_of(client)
    monkeypatch.setattr(SessionStore, step, fail)
    response = client.get(address)
    monkeypatch.undo()
    assert response.status_code == 503
    assert "Retry-After" in response
    assert not response.cookies
    [record] = [record for record in caplog.records if record.levelname == "ERROR"]
    assert hashed(before) in record.getMessage()
    assert before not in caplog.text
    assert cart_of(client) == {"CUP": 2}
    assert "note" not in stored(client)


@pytest.mark.parametrize("address", ["/note/", "/change/"])
def test_a_session_that_cannot_be_made_is_an_outage_too(
    client: Client, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    def fail(*args: Any) -> None:
        raise SessionStoreUnavailable

    monkeypatch.setattr(SessionStore, "insert", fail)
    response = Client().get(address)
    assert response.status_code == 503
    assert not response.cookies


def test_a_fault_in_a_query_is_no_outage(client: Client) -> None:
    assert client.get("/ask-in-vain/").status_code == 500


# The view fails


@pytest.mark.parametrize(
    ("end", "status"),
    [
        ("fail", 500),
        ("again", 500),
        ("answer", 503),
        ("roll-back", 500),
        ("unavailable", 503),
        ("full", 413),
    ],
)
def test_a_failure_after_signing_in_leaves_the_anonymous_cart(
    client: Client,
    alice: AbstractUser,
    monkeypatch: pytest.MonkeyPatch,
    end: str,
    status: int,
) -> None:
    keys = []
    insert, replace = SessionStore.insert, SessionStore.replace

    def spy(self: Any, data: Any) -> None:
        keys.append(self.session_key)
        insert(self, data)

    def fail(self: Any, data: Any, token: Any) -> bool:
        if end in ENDS_AT_SAVE and self.session_key in keys:
            raise ENDS_AT_SAVE[end]
        return replace(self, data, token)

    monkeypatch.setattr(SessionStore, "insert", spy)
    monkeypatch.setattr(SessionStore, "replace", fail)
    before = stored(client)
    response = client.get(f"/sign-in/{end}/")
    assert response.status_code == status
    assert NAME not in response.cookies
    assert client.get("/").wsgi_request.user.is_anonymous
    assert cart_of(client) == {"CUP": 2}
    assert stored(client) == before
    assert keys and not any(SessionStore().exists(key) for key in keys)
    keys.clear()
    sign_in(client, alice)
    assert cart_of(client) == {"CUP": 2}


@pytest.mark.parametrize(
    ("end", "status"), [("fail", 500), ("outage", 503), ("full", 413)]
)
def test_after_a_failure_nobody_is_told_that_it_was_done(
    client: Client, end: str, status: int
) -> None:
    response = client.get(f"/promise/{end}/")
    assert response.status_code == status
    assert not response.cookies
    assert b"It is done." not in client.get("/cart/").content


def test_nor_where_the_session_cannot_be_saved(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: Any) -> None:
        raise SessionStoreUnavailable

    monkeypatch.setattr(SessionStore, "replace", fail)
    response = client.get("/promise/saved/")
    monkeypatch.undo()
    assert response.status_code == 503
    assert not response.cookies
    assert b"It is done." not in client.get("/cart/").content


def test_a_failure_after_a_new_key_leaves_the_session_that_was_not_even_read(
    client: Client,
) -> None:
    assert client.get("/new-key/").status_code == 500
    assert cart_of(client) == {"CUP": 2}


@pytest.mark.parametrize("way", ["at-once", "renewed"])
def test_a_failure_after_signing_out_signs_nobody_in_again(
    client: Client, alice: AbstractUser, way: str
) -> None:
    sign_in(client, alice)
    thief = copy_of(client)
    assert client.get(f"/leave/{way}/").status_code == 500
    assert thief.get("/").wsgi_request.user.is_anonymous
    assert client.get("/").wsgi_request.user.is_anonymous


# The session is over


@pytest.mark.parametrize("way", ["change", "save"])
def test_a_request_whose_session_was_ended_meanwhile_is_told_so(
    client: Client, way: str
) -> None:
    key = cookie_of(client)
    response = client.get(f"/late/{way}/")
    assert response.status_code == 400
    assert "We could not read that request" in response.content.decode()
    assert not response.cookies
    assert not SessionStore().exists(key)
    assert cart_of(client) == {}


def test_the_log_of_an_outage_does_not_say_what_the_store_said_of_the_session(
    products: list[Product],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    client = Client()
    add(client, "CUP")
    key = cookie_of(client)

    def fail(self: SessionStore, *args: Any) -> None:
        try:
            raise OSError(5, "Input/output error", f"/var/sessions/sessionid{key}")
        except OSError as error:
            raise SessionStoreUnavailable(error.strerror) from error

    monkeypatch.setattr(SessionStore, "load", fail)
    caplog.clear()
    assert client.get("/cart/").status_code == 503
    lines = [
        JSONFormatter().format(record)
        for record in caplog.records
        if record.levelname == "ERROR"
    ]
    assert lines
    assert not any(key in line for line in lines)


def test_that_a_session_is_ended_during_a_sign_in_is_no_fault_of_the_site(
    client: Client, alice: AbstractUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    cart, key = cart_of(client), cookie_of(client)

    def fail(self: SessionStore) -> None:
        raise UpdateError

    monkeypatch.setattr(SessionStore, "end_cycle", fail)
    assert sign_in(client, alice).status_code == 400
    assert cookie_of(client) == key
    monkeypatch.undo()
    assert cart and cart_of(client) == cart


def test_of_a_user_who_is_signed_out_meanwhile_no_session_is_left(
    client: Client, settings: Settings
) -> None:
    keys = []

    def renew_key(request: HttpRequest) -> HttpResponse:
        request.session.cycle_key()
        keys.append(request.session.session_key)
        SessionStore(cookie_of(client)).flush()
        return HttpResponse()

    with session_of(client) as session:
        session["_auth_user_id"] = "1"
    settings.ROOT_URLCONF = (path("", renew_key),)
    assert client.get("/").status_code == 400
    assert not SessionStore().exists(keys[0])


@pytest.mark.parametrize(
    ("error", "status"), [(SessionStoreUnavailable, 503), (RuntimeError, 500)]
)
def test_an_outage_is_one_also_where_the_new_key_cannot_be_undone(
    client: Client,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    error: type[Exception],
    status: int,
) -> None:
    def fail(*args: Any) -> None:
        raise error

    def unavailable(request: HttpRequest) -> HttpResponse:
        raise SessionStoreUnavailable

    monkeypatch.setattr(SessionStore, "undo_cycle", fail)
    settings.ROOT_URLCONF = (path("", unavailable),)
    assert client.get("/").status_code == status


@pytest.mark.parametrize("error", [Http404, PermissionDenied])
def test_what_was_written_before_an_error_of_the_visitors_stays(
    client: Client, settings: Settings, error: type[Exception]
) -> None:
    def refuse(request: HttpRequest) -> HttpResponse:
        request.session["note"] = "kept"
        raise error

    settings.ROOT_URLCONF = (path("", refuse),)
    client.get("/")
    assert stored(client)["note"] == "kept"


def test_where_a_users_session_cannot_be_written_the_cart_is_not_either(
    client: Client, alice: AbstractUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: Any) -> None:
        raise SessionStoreUnavailable

    sign_in(client, alice)
    assert cart_of(client) == {"CUP": 2}
    with monkeypatch.context() as broken:
        broken.setattr(SessionStore, "change", fail)
        assert add(client, "CUP").status_code == 503
    assert cart_of(client) == {"CUP": 2}
