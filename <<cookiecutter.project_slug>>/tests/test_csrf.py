"""Forms on the pages that are the same for all, and so have the same token for all."""

import importlib
import re
from unittest.mock import Mock

import pytest
from django.contrib.auth.models import AbstractUser
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from pytest_django import Settings

from config import csrf
from config import urls as site

from .helpers import PASSWORD, add, cart_of, is_signed_in, sign_in

PAGES = ["/", "/?category=tea-things", "/?q=cup", "/ru/", "/products/cup/"]
TOKEN = re.compile('name="csrfmiddlewaretoken" value="([^"]+)"')
SHOP = "https://testserver"


@csrf_exempt
def read(request: HttpRequest) -> HttpResponse:
    return HttpResponse(request.read())


def anything(request: HttpRequest) -> HttpResponse:
    return HttpResponse("done")


urlpatterns = [path("read/", read), path("anything/", anything), *site.urlpatterns]

pytestmark = pytest.mark.usefixtures("products")


def tokens_of(client: Client, address: str) -> set[str]:
    """Return the tokens of the forms on a page."""
    return set(TOKEN.findall(client.get(address, secure=True).content.decode()))


@pytest.fixture
def fields() -> dict[str, object]:
    """An add with the token that is on the shop window."""
    [token] = tokens_of(Client(), "/")
    return {"sku": "CUP", "quantity": 2, "csrfmiddlewaretoken": token}


@pytest.fixture
def visitor() -> Client:
    """A visitor with something in the cart, and a token of their own."""
    visitor = Client()
    add(visitor, "TIN")
    visitor.get("/cart/")
    visitor.handler.enforce_csrf_checks = True
    return visitor


@pytest.mark.parametrize("address", PAGES)
def test_the_token_is_the_same_for_all(alice: AbstractUser, address: str) -> None:
    anyone, user = Client(), Client()
    sign_in(user, alice)
    for client in (anyone, user):
        add(client, "CUP")
    assert len(tokens_of(anyone, address) | tokens_of(user, address)) == 1


@pytest.mark.parametrize(
    ("headers", "is_ours"),
    [
        ({"origin": SHOP}, True),
        ({"origin": SHOP, "referer": "https://evil.example/"}, True),
        ({"referer": f"{SHOP}/products/cup/"}, True),
        ({}, False),
        ({"origin": "https://evil.example"}, False),
        ({"origin": "http://testserver"}, False),
        ({"origin": "null"}, False),
        ({"origin": "https://evil.example", "referer": f"{SHOP}/"}, False),
        ({"referer": "https://evil.example/"}, False),
        ({"referer": f"https://evil.example/{SHOP}/"}, False),
    ],
    ids=str,
)
def test_it_helps_no_other_site(
    visitor: Client, fields: dict[str, object], headers: dict[str, str], is_ours: bool
) -> None:
    response = visitor.post("/cart/add/", fields, headers=headers, secure=True)
    assert response.status_code == (302 if is_ours else 403)
    assert cart_of(visitor) == ({"CUP": 2, "TIN": 1} if is_ours else {"TIN": 1})


@pytest.mark.parametrize(
    "address",
    ["/cart/set/", "/cart/remove/", "/cart/clear/", "/accounts/login/"],
)
def test_every_form_takes_it_from_here_alone(
    visitor: Client, alice: AbstractUser, fields: dict[str, object], address: str
) -> None:
    data = {**fields, "sku": "TIN", "login": "alice", "password": PASSWORD}
    for origin in ("https://evil.example", SHOP):
        response = visitor.post(address, data, headers={"origin": origin}, secure=True)
        is_changed = cart_of(visitor) != {"TIN": 1} or is_signed_in(visitor)
        assert is_changed == (origin == SHOP)
        assert (response.status_code == 403) == (origin != SHOP)


@pytest.mark.parametrize("token", ["", "x", "0" * 32, "0" * 64, "é"])
def test_a_token_that_was_made_up_is_not_accepted(
    visitor: Client, fields: dict[str, object], token: str
) -> None:
    fields["csrfmiddlewaretoken"] = token
    headers = {"origin": SHOP}
    response = visitor.post("/cart/add/", fields, headers=headers, secure=True)
    assert response.status_code == 403
    assert cart_of(visitor) == {"TIN": 1}


def test_a_visitors_own_token_is_as_good(
    visitor: Client, fields: dict[str, object]
) -> None:
    [fields["csrfmiddlewaretoken"]] = tokens_of(visitor, "/accounts/login/")
    headers = {"origin": SHOP}
    response = visitor.post("/cart/add/", fields, headers=headers, secure=True)
    assert response.status_code == 302


def test_a_page_from_before_the_key_was_changed_still_works(
    visitor: Client,
    fields: dict[str, object],
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "new"
    monkeypatch.setattr(csrf, "TOKENS", csrf.TOKENS)  # to be as it was afterwards
    importlib.reload(csrf)
    headers = {"origin": SHOP}
    response = visitor.post("/cart/add/", fields, headers=headers, secure=True)
    assert response.status_code == 302
    assert fields["csrfmiddlewaretoken"] not in tokens_of(Client(), "/?page=1")


def test_a_view_that_takes_any_form_can_read_it_by_itself(
    visitor: Client, settings: Settings
) -> None:
    settings.ROOT_URLCONF = __name__
    assert b"CUP" in visitor.post("/read/", {"sku": "CUP"}, secure=True).content


def test_a_browser_that_is_gone_is_no_fault() -> None:
    client = Client(enforce_csrf_checks=True)
    sent = {"wsgi.input": Mock(), "CONTENT_LENGTH": 9}
    sent["wsgi.input"].read.side_effect = ConnectionResetError
    response = client.post("/cart/add/", secure=True, **sent)
    assert response.status_code == 403


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_what_is_no_form_needs_djangos_own_token(
    settings: Settings, method: str
) -> None:
    settings.ROOT_URLCONF = __name__
    client = Client(enforce_csrf_checks=True, headers={"origin": SHOP})
    response = getattr(client, method)("/anything/", secure=True)
    assert response.status_code == 403
