"""Pages that are the same for all visitors, except for a few words.

Such a page is rendered once, with placeholders (marks) for these words: the CSRF token,
the user's name, the number in the header. Each process caches the page, and fills in
the words of each visitor.
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

# What all templates know of the visitor, besides whether they are signed in; apps add
# their own in `AppConfig.ready()`. On cached pages these are marks until `fill()`, so
# no filter and no `if` there can use their values.
WORDS: dict[str, Callable[[HttpRequest], str]] = {
    "user_name": lambda request: request.user.get_username(),
}

HMAC = salted_hmac("config.pages", "marks", algorithm="sha256")
# Nobody knows this, so no text in the shop contains it. It is all digits, so that
# filters that change letters leave it alone.
SECRET = str(int(HMAC.hexdigest(), 16))[:20]

# The pages' Vary header. It is set here so that a 304 has it, and for Django's
# `cache_page()`, which does not see what middleware adds.
VARY = "Cookie, Accept-Encoding"

PAGES = Memory(500)


class Page(NamedTuple):
    """A page's text in UTF-8, with its marks still in it, and a digest of the text."""

    text: bytes
    digest: str


def mark(name: str) -> str:
    """Return the placeholder for the words that `fill()` is given as `name`."""
    return mark_safe(f"{SECRET}{name}{SECRET}")


def render(
    request: HttpRequest, template: str, context: dict[str, Any] | None = None
) -> Page:
    """Render the page with marks for its visitor's words; see `AnyonesRequest`."""
    marks = {name: mark(name) for name in ("csrf_token", *WORDS)}
    context = {**marks, **(context or {})}
    text = render_to_string(template, context, AnyonesRequest(request)).encode()
    return Page(text, hashlib.sha256(text).hexdigest())


class NotForAll(Exception):
    """A shared page was about to show one visitor's own data."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"This page is kept for other visitors as well, so it cannot show `{name}`."
            " What is each visitor's own goes into WORDS, see config/pages.py."
        )


class AnyonesUser:
    """A user who is signed in, or not. Any other attribute raises `NotForAll`."""

    def __init__(self, is_authenticated: bool) -> None:
        self.is_authenticated = is_authenticated
        self.is_anonymous = not is_authenticated

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # looked up by Python itself
            raise AttributeError(name)
        raise NotForAll(f"user.{name}")


class AnyonesRequest(HttpRequest):
    """What a shared page may know of the request that it is rendered for.

    That is the URL, and whether the user is signed in, but no session and no cookies.
    It also has the messages, as a page that shows any is not cached.
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
    """Return the page that `make()` returns, or has returned for this URL.

    See `Memory.get_or_set()`. `make()` is given an `AnyonesRequest`, as others get the
    page as well. A page with messages on it is neither cached nor taken from the cache.
    """
    # Evaluated first, as it adds a message if the user's session has ended.
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
    """Return a response with the page, its marks replaced by the visitor's words.

    Words in bytes are parts of the page that were rendered separately. A page with a
    version, as in `keep()`, and without a visitor's token or messages can be cached
    elsewhere, too: by browsers (304), and for all visitors without cookies.
    """
    words |= {name: word(request) for name, word in WORDS.items()}

    @cache
    def word(encoded: bytes) -> bytes:
        name = encoded.decode()
        if name == "csrf_token":  # only on demand, as it sets a cookie
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
    has_token = "CSRF_COOKIE_NEEDS_UPDATE" in request.META  # set by `get_token()`
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
