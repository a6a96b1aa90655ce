"""The headers by which browsers keep other sites, and planted scripts, away."""

import pytest
from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path
from pytest_django import Settings

from config import urls as site

from .helpers import add, sign_in


def own_policy(request: HttpRequest) -> HttpResponse:
    return HttpResponse(headers={"Content-Security-Policy": "default-src 'none'"})


urlpatterns = [path("own/", own_policy), *site.urlpatterns]

pytestmark = pytest.mark.usefixtures("products")

HEADERS = {
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


@pytest.mark.parametrize(
    "address",
    ["/", "/cart/", "/accounts/login/", "/admin/", "/nowhere/", "/static/site.css"],
)
def test_every_answer_has_the_headers(client: Client, address: str) -> None:
    response = client.get(address)
    response.close()  # or a static file stays open
    assert (response.status_code == 404) is (address == "/nowhere/")
    headers = response.headers
    assert {name: headers.get(name) for name in HEADERS} == HEADERS
    assert "camera=()" in headers["Permissions-Policy"]
    policy = headers["Content-Security-Policy"]
    directives = dict(part.split(maxsplit=1) for part in policy.split(";"))
    assert directives["default-src"] == "'self'"
    for name in ("base-uri", "frame-ancestors", "object-src"):
        assert directives[name] == "'none'"
    assert directives["form-action"] == "'self'"
    assert "unsafe" not in policy and "http" not in policy
    assert "Access-Control-Allow-Origin" not in headers


def test_djangos_pages_about_errors_keep_their_styles(
    client: Client, settings: Settings
) -> None:
    settings.DEBUG = True
    response = client.get("/nowhere/")
    assert b"<style" in response.content
    assert "style-src" not in response.headers.get("Content-Security-Policy", "")
    assert "default-src" not in response.headers.get("Content-Security-Policy", "")


@pytest.mark.parametrize(
    "address",
    [
        "/cart/",
        "/checkout/",
        "/orders/",
        "/session/",
        "/ru/cart/",
        "/accounts/login/",
        "/ru/accounts/login/",
        "/accounts/signup/",
        "/accounts/password/reset/",
        "/accounts/password/reset/key/1-set-password/",
        "/accounts/confirm-email/key/",
        "/admin/",
    ],
)
def test_browsers_keep_no_page_that_is_about_one_person(
    client: Client, address: str
) -> None:
    assert "no-store" in client.get(address)["Cache-Control"]


@pytest.mark.parametrize("address", ["/", "/products/cup/", "/accounts/email/"])
def test_browsers_keep_nothing_of_a_user(
    client: Client, alice: AbstractUser, address: str
) -> None:
    sign_in(client, alice)
    assert "no-store" in client.get(address)["Cache-Control"]


@pytest.mark.parametrize("address", ["/", "/ru/", "/products/cup/", "/static/site.css"])
def test_browsers_may_keep_what_guests_look_at(client: Client, address: str) -> None:
    add(client, "CUP")
    response = client.get(address)
    response.close()
    assert response.status_code == 200
    assert "no-store" not in response.headers.get("Cache-Control", "")


def test_signing_out_clears_what_the_browser_has_kept(
    client: Client, alice: AbstractUser
) -> None:
    for page in (sign_in(client, alice), client.get("/accounts/logout/")):
        assert "Clear-Site-Data" not in page.headers
    response = client.post("/accounts/logout/")
    assert response["Clear-Site-Data"] == '"cache", "storage"'
    assert "Clear-Site-Data" not in client.get("/").headers


def test_an_answer_that_deletes_a_cookie_hides_it_from_scripts_as_well(
    client: Client, alice: AbstractUser
) -> None:
    sign_in(client, alice)
    signed_out = client.post("/accounts/logout/")
    next_page = client.get("/")
    for response, name in [
        (signed_out, settings.SESSION_COOKIE_NAME),
        (next_page, settings.MESSAGE_COOKIE_NAME),
    ]:
        cookie = response.cookies[name]
        assert (cookie.value, cookie["max-age"]) == ("", 0)
        assert cookie["httponly"]


def test_a_header_that_a_view_has_set_itself_stays(
    client: Client, settings: Settings
) -> None:
    settings.ROOT_URLCONF = __name__
    headers = client.get("/own/").headers
    assert headers["Content-Security-Policy"] == "default-src 'none'"
    assert "camera=()" in headers["Permissions-Policy"]
