"""What the tests do again and again, in a visitor's words."""

import base64
import hmac
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpResponse
from django.test import Client

from session_store import previous

PASSWORD = "correct horse battery staple"
# What an authenticator app and the site share, in base32.
TOTP_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"

ADDRESS = {
    "full_name": "Alice Liddell",
    "street": "12 Rabbit Hole Lane",
    "details": "2nd floor",
    "postal_code": "LL61 5UJ",
    "city": "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch",
    "country": "United Kingdom",
    "phone": "+44 1865 555555",
}

# What htmx says of itself on the cart's page.
HTMX = {"HX-Request": "true", "HX-Target": "cart-contents"}

SessionStore = import_module(settings.SESSION_ENGINE).SessionStore


def sign_in(
    client: Client, user: AbstractUser, follow: bool = False, **fields: str
) -> HttpResponse:
    """Sign in through the form; return the answer, or the page that follows."""
    data = {"login": user.username, "password": PASSWORD, **fields}
    return client.post("/accounts/login/", data, follow=follow)


def sign_out(client: Client) -> HttpResponse:
    """Sign out through the form; return the page that follows."""
    return client.post("/accounts/logout/", follow=True)


def confirm_access(client: Client) -> HttpResponse:
    """Give the password once more."""
    return client.post("/accounts/reauthenticate/", {"password": PASSWORD})


def totp_code(secret: str) -> str:
    """Return the code that an authenticator app shows now, as RFC 6238 has it."""
    counter = int(time.time() // 30).to_bytes(8)
    digest = hmac.digest(base64.b32decode(secret), counter, "sha1")
    offset = digest[-1] & 0xF
    number = int.from_bytes(digest[offset : offset + 4]) & 0x7FFFFFFF
    return f"{number % 1_000_000:06}"


def is_signed_in(client: Client) -> bool:
    """Return whether the next page that the visitor opens knows them."""
    return client.get("/").wsgi_request.user.is_authenticated


def add(
    client: Client, sku: str, quantity: int = 1, follow: bool = False
) -> HttpResponse:
    """Put something in the cart; return the answer, or the page that follows."""
    data = {"sku": sku, "quantity": quantity}
    return client.post("/cart/add/", data, follow=follow)


def cart_of(client: Client) -> dict[str, int]:
    """Return what the cart's page shows; of what is not for sale None, not a number."""
    html = client.get("/cart/").content.decode()
    cart = {}
    for line in html.split('data-testid="cart-line" data-sku="')[1:]:
        quantity = re.search('name="quantity" value="([0-9]+)"', line.split("</li>")[0])
        cart[line.split('"')[0]] = quantity and int(quantity[1])
    return cart


def review(client: Client, **address: str) -> dict[str, Any]:
    """Fill in the address; return the form with which the order is placed."""
    response = client.post("/checkout/", {**ADDRESS, **address}, follow=True)
    return response.context["form"].initial


def undo_of(response: HttpResponse) -> dict[str, str]:
    """Return the fields of the form that puts back what was taken out."""
    html = response.content.decode()
    assert 'action="/cart/restore/"' in html
    assert response.context["undo"] in html
    return {"lines": response.context["undo"]}


def badge_of(client: Client) -> int:
    """Return the number beside the word "Cart" in the header."""
    html = client.get("/").content.decode()
    _, _, rest = html.partition('data-testid="cart-count"')
    return int(rest[rest.index(">") + 1 : rest.index("<")])


def messages_of(response: HttpResponse) -> list[str]:
    """Return the messages that a page shows; one that was kept shows none."""
    context = response.context or {"messages": []}
    return [str(message) for message in context["messages"]]


def cookie_of(client: Client) -> str:
    """Return the session cookie's value."""
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def copy_of(client: Client) -> Client:
    """Return another browser with the same cookies."""
    copy = Client()
    copy.cookies = deepcopy(client.cookies)
    return copy


@contextmanager
def session_of(client: Client) -> Iterator[SessionBase]:
    """Change the visitor's session behind the site's back."""
    session = client.session
    yield session
    session.save()
    client.cookies[settings.SESSION_COOKIE_NAME] = session.session_key


def put_back(client: Client) -> str:
    """Let the previous engine have the visitor's session, and the site's none.

    Return what the visitor has in the cookie then.
    """
    key = cookie_of(client)
    data = stored(client)
    SessionStore().delete(key)
    session = previous.session(key if previous.KEY.fullmatch(key) else None)
    session._session_cache = data
    session.save(must_create=True)
    client.cookies[settings.SESSION_COOKIE_NAME] = session.session_key
    return session.session_key


def stored(client: Client) -> dict[str, Any]:
    """Return what is in the visitor's session, as the next request will find it."""
    return dict(SessionStore(cookie_of(client)).items())
