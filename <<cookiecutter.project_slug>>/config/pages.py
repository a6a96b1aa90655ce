"""Pages that are the same for all visitors, but for a few words.

Such a page is rendered once, with marks where these words go: the token of its forms, the
user's name, the number in the header. Each process remembers it, and puts in the words of
the visitor who asks.
"""

import hashlib
from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.utils.cache import get_conditional_response
from django.utils.crypto import salted_hmac
from django.utils.html import conditional_escape
from django.utils.safestring import mark_safe
from django_htmx.middleware import HtmxDetails

from .memory import Memory

# What all templates know of the visitor, beside whether somebody is signed in; apps add
# theirs in `AppConfig.ready()`. On kept pages they are marks until `fill()`: no filter and
# no `if` there can know what they are.
WORDS: dict[str, Callable[[HttpRequest], str]] = {
    "user_name": lambda request: request.user.get_username(),
}

HMAC = salted_hmac("config.pages", "marks", algorithm="sha256")
# No text of the shop's has this in it, as nobody knows it. Digits, so that no filter for
# letters changes it.
SECRET = str(int(HMAC.hexdigest(), 16))[:20]

# What pages differ by. It is said here for a 304, and for Django's `cache_page()`, which
# does not see what middleware adds.
VARY = "Cookie, Accept-Encoding"

PAGES = Memory(500)


class Page(NamedTuple):
    """A page's text in UTF-8, as it is sent, but for its marks, and a digest of that."""

    text: bytes
    digest: str


def mark(name: str) -> str:
    """Return what stands in a page for the words that `fill()` is given as `name`."""
    return mark_safe(f"{SECRET}{name}{SECRET}")


def render(
    request: HttpRequest, template: str, context: dict[str, Any] | None = None
) -> Page:
    """Render the page with marks for the words of its visitor, see `AnyonesRequest`."""
    marks = {name: mark(name) for name in ("csrf_token", *WORDS)}
    context = {**marks, **(context or {})}
    text = render_to_string(template, context, AnyonesRequest(request)).encode()
    return Page(text, hashlib.sha256(text).hexdigest())


class NotForAll(Exception):
    """A page that others get as well was to show what is one visitor's own."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"This page is kept for other visitors as well, so it cannot show `{name}`."
            " What is each visitor's own goes into WORDS, see config/pages.py."
        )


class AnyonesUser:
    """Somebody who is signed in, or not. Whatever else is asked raises `NotForAll`."""

    def __init__(self, is_authenticated: bool) -> None:
        self.is_authenticated = is_authenticated
        self.is_anonymous = not is_authenticated

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # which Python asks for
            raise AttributeError(name)
        raise NotForAll(f"user.{name}")


class AnyonesRequest(HttpRequest):
    """What a page that others get as well knows of the request that it is made for.

    That is its address, and whether there is a user: no session, and no cookies. The
    messages are there, with which no page is kept.
    """

    def __init__(self, request: HttpRequest) -> None:
        super().__init__()
        self.path, self.path_info = request.path, request.path_info
        self.method, self.GET = request.method, request.GET
        self.resolver_match = request.resolver_match
        self.LANGUAGE_CODE = request.LANGUAGE_CODE
        self._scheme = request.scheme
        self.META = {"HTTP_HOST": request.get_host()}
        for name in ("QUERY_STRING", "HTTP_HX_REQUEST", "HTTP_HX_TARGET"):
            if name in request.META:
                self.META[name] = request.META[name]
        self.htmx = HtmxDetails(self)
        self.user = AnyonesUser(request.user.is_authenticated)
        self._messages = messages.get_messages(request)

    def _get_scheme(self) -> str:
        return self._scheme

    @property
    def session(self) -> None:
        raise NotForAll("request.session")


def keep(request: HttpRequest, version: Any, make: Callable[[HttpRequest], Any]) -> Any:
    """Return the page that `make()` makes, or has made for this address.

    See `Memory.get_or_set()`. It is given an `AnyonesRequest`, as others get the page as
    well. A page with messages on it is made for the one who gets them.
    """
    # Asked first: who has been signed out meanwhile gets a message that says so.
    has_user = request.user.is_authenticated
    if len(messages.get_messages(request)):
        return make(AnyonesRequest(request))
    about = (
        request.scheme,
        request.get_host(),
        request.path,
        request.META["QUERY_STRING"],
        request.LANGUAGE_CODE,
        has_user,
    )
    return PAGES.get_or_set(about, version, lambda: make(AnyonesRequest(request)))


def fill(
    request: HttpRequest,
    page: Page,
    status: int = 200,
    *,
    version: Any = None,
    **words: str | bytes,
) -> HttpResponse:
    """Answer with the page, with the visitor's words for its marks.

    Bytes are a part of the page that was rendered by itself. A page with a version, as in
    `keep()`, and no token or message on it can be kept elsewhere, too: whoever has the
    very same answer is told so (304), and visitors without cookies share one.
    """
    words |= {name: word(request) for name, word in WORDS.items()}

    @cache
    def word(encoded: bytes) -> bytes:
        name = encoded.decode()
        if name == "csrf_token":  # a page without it needs no cookie
            return get_token(request).encode()
        if name not in words:
            raise LookupError(f"no word, or its mark was changed: {name[:40]!r}")
        text = words[name]
        if isinstance(text, bytes):
            return filled(text)
        return conditional_escape(text).encode()

    def filled(text: bytes) -> bytes:
        parts = text.split(SECRET.encode())
        parts[1::2] = map(word, parts[1::2])
        return b"".join(parts)

    headers = {"Vary": VARY}
    response = HttpResponse(filled(page.text), status=status, headers=headers)
    has_token = "CSRF_COOKIE_NEEDS_UPDATE" in request.META  # so `get_token()` notes it
    if has_token or len(messages.get_messages(request)):
        version = None
    if version is None or request.COOKIES or request.session.modified:
        response.headers["Cache-Control"] = "private, no-cache"
    if version is None:
        return response
    response.version = version
    digest = hashlib.sha256(repr((page.digest, words)).encode()).hexdigest()
    etag = f'W/"{digest[:32]}"'
    response.headers["ETag"] = etag
    if "HTTP_IF_NONE_MATCH" in request.META:
        return get_conditional_response(request, etag, None, response)
    return response
