"""The error pages need neither the database (these tests may not touch it) nor the
session, nor anything that the other pages' context processors read."""

from collections.abc import Callable

import pytest
from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path
from pytest_django import Settings

from config.urls import (  # noqa: F401
    handler400,
    handler403,
    handler404,
    handler500,
)


def forbidden(request: HttpRequest) -> HttpResponse:
    raise PermissionDenied


def broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("boom")


def failing_middleware(get_response: object) -> Callable[[HttpRequest], HttpResponse]:
    def middleware(request: HttpRequest) -> HttpResponse:
        raise OperationalError("no route to host")

    return middleware


urlpatterns = [path("forbidden/", forbidden), path("broken/", broken)]


@pytest.fixture(autouse=True)
def urls(settings: Settings) -> None:
    """Have addresses where things go wrong, and the site's own error pages."""
    settings.ROOT_URLCONF = __name__


@pytest.fixture
def client(settings: Settings) -> Client:
    """A browser with a session cookie."""
    settings.SESSION_SAVE_EVERY_REQUEST = False
    client = Client(raise_request_exception=False, enforce_csrf_checks=True)
    client.cookies[settings.SESSION_COOKIE_NAME] = "0" * 32
    return client


@pytest.mark.parametrize(
    ("method", "address", "host", "status", "text"),
    [
        ("get", "/", "evil.example", 400, "We could not read that request"),
        ("get", "/forbidden/", "testserver", 403, "Sign in with another account"),
        ("post", "/forbidden/", "testserver", 403, "That form was out of date"),
        ("get", "/nowhere/", "testserver", 404, "There is nothing at this address"),
        ("get", "/broken/", "testserver", 500, "Something broke on our side"),
    ],
)
def test_an_error_has_a_page_that_needs_nothing(
    client: Client, method: str, address: str, host: str, status: int, text: str
) -> None:
    response = getattr(client, method)(address, headers={"host": host})
    assert response.status_code == status
    assert text in response.content.decode()
    assert "boom" not in response.content.decode()
    assert "Cookie" not in response.get("Vary", "")
    assert not response.cookies
    assert "site_name" not in response.context
    assert "user" not in response.context


def test_an_outage_that_a_middleware_meets_is_a_503_as_well(
    client: Client, settings: Settings
) -> None:
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, f"{__name__}.failing_middleware"]
    response = client.get("/nowhere/")
    assert response.status_code == 503
    assert response.headers["Retry-After"]
