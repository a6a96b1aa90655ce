"""Pages that are the same for all visitors, but for a few words.

Such a page is rendered once, with marks where these words go: the token of its forms, the
user's name, the number in the header. Each process remembers it, and puts in the words of
the visitor who asks.
"""

import hashlib
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser
from django.core.cache import caches
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.utils.crypto import salted_hmac
from django.utils.html import conditional_escape
from django.utils.safestring import mark_safe

from cart import storage

# No text of the shop's has this in it, as nobody knows it.
SECRET = salted_hmac("config.pages", "marks").hexdigest()[:16]


def mark(name: str) -> str:
    """Return what stands in a page for the words that `fill()` is given as `name`."""
    return mark_safe(f"{SECRET}-{name}-")


def render(
    request: HttpRequest, template: str, context: dict[str, Any] | None = None
) -> str:
    """Render the page with marks for the words of its visitor.

    The template knows nothing else of them: of the user the name, and whether there is
    one, and no session.
    """
    user = AnonymousUser()
    if request.user.is_authenticated:
        model = get_user_model()
        user = model(**{model.USERNAME_FIELD: mark("user_name")})
    anyones = object.__new__(type(request))
    vars(anyones).update(vars(request), user=user, session=NoSession(), COOKIES={})
    marks = {"csrf_token": mark("csrf_token"), "cart_count": mark("cart_count")}
    return render_to_string(template, {**(context or {}), **marks}, anyones)


class NoSession:
    """What a page has in place of the session of the visitor that it is made for."""

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError(
            "A page that all visitors get cannot show what is in a session."
        )


def keep(request: HttpRequest, version: Any, make: Callable[[], Any]) -> Any:
    """Return the page that `make()` makes, or has made for this address.

    See `remember()`. A page with messages on it is made for the one who gets them.
    """
    if len(messages.get_messages(request)):
        return make()
    address = request.build_absolute_uri()
    about = (address, request.LANGUAGE_CODE, request.user.is_authenticated)
    return remember("pages", about, version, make)


def remember(cache: str, about: Any, version: Any, make: Callable[[], Any]) -> Any:
    """Return what `make()` does, or did before it was put into the cache.

    The version is another when it would make something else of what this is about; None
    if nobody knows.
    """
    if version is None:
        return make()
    key = hashlib.sha256(repr((about, version)).encode()).hexdigest()
    return caches[cache].get_or_set(key, make)


def fill(
    request: HttpRequest, page: str, status: int = 200, **words: str
) -> HttpResponse:
    """Answer with the page, with the visitor's words for its marks.

    Words may have marks of their own for those that come after them.
    """
    words["cart_count"] = str(storage.count(request))
    words["user_name"] = request.user.get_username()
    for name, text in words.items():
        page = page.replace(mark(name), conditional_escape(text))
    if mark("csrf_token") in page:  # else it needs no cookie
        page = page.replace(mark("csrf_token"), get_token(request))
    return HttpResponse(page, status=status)
