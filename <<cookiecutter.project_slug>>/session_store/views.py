"""The page that shows visitors their own session, for learning and for debugging.

Everybody can see it in development, and staff in production.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.sessions.backends.base import SessionBase
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from . import lifetime
from .log import hashed

View = Callable[[HttpRequest], HttpResponse]

# The argument that each button passes to `set_expiry()`.
EXPIRIES = {"browser": 0, "soon": 600, "site": None}

# The keys whose values are shown. Others may hold secrets, such as allauth's for a
# password reset, and a screenshot must not reveal any.
SHOWN = {
    "_auth_user_backend",
    "_auth_user_id",
    "_session_expiry",
    "account_authentication_methods",
    "cart",
    "lifetime",
}
HIDDEN = "***"

# Where each engine keeps the data, and what follows from that.
ENGINES = {
    "db": gettext_lazy(
        "In a row of the database's table django_session. It is Django's default: there "
        "is nothing more to run, and nothing is lost at a restart."
    ),
    "file": gettext_lazy(
        "In a file in SESSION_FILE_PATH. It spares the database, and works on one web "
        "server only."
    ),
    "cache": gettext_lazy(
        "In Redis or Memcached, and nowhere else. It is the fastest; what the cache "
        "loses is lost."
    ),
    "cached_db": gettext_lazy(
        "In the database and in a cache. Changes are written to both; reads ask the "
        "cache first, and the database where the cache does not have it."
    ),
    "signed_cookies": gettext_lazy(
        "In the visitor's own browser. The cookie is signed, so nobody can change what "
        "is in it; it is not encrypted, so the visitor can read it."
    ),
}

# What each setting means for a visitor.
SETTINGS = {
    "SESSION_COOKIE_AGE": gettext_lazy(
        "After this many seconds the anonymous cart and the sign-in are forgotten."
    ),
    "SESSION_EXPIRE_AT_BROWSER_CLOSE": gettext_lazy(
        "True: sessions end with the browser, whatever the age says."
    ),
    "SESSION_SAVE_EVERY_REQUEST": gettext_lazy(
        "True: the age counts from the last visit. False: from the last change."
    ),
    "SESSION_COOKIE_DOMAIN": gettext_lazy(
        "None: only this host gets the cookie, which is safer. A domain: all hosts below "
        "it do."
    ),
    "SESSION_COOKIE_SECURE": gettext_lazy("True: the cookie is sent over https only."),
    "SESSION_COOKIE_HTTPONLY": gettext_lazy(
        "True: scripts on the page cannot read the cookie."
    ),
    "SESSION_COOKIE_SAMESITE": gettext_lazy(
        "Lax: the cookie comes along when a link on another site is followed. Strict: "
        "never. None: always."
    ),
    "SESSION_COOKIE_NAME": gettext_lazy("What the browser calls the cookie."),
    "SESSION_COOKIE_PATH": gettext_lazy("The part of the site that gets the cookie."),
    "SESSION_SERIALIZER": gettext_lazy("How the data are written."),
    "SESSION_CACHE_ALIAS": gettext_lazy(
        "The entry of CACHES that keeps sessions, for the engines cache and cached_db."
    ),
    "SESSION_FILE_PATH": gettext_lazy(
        "The folder that keeps sessions, for the engine file."
    ),
}


def for_insiders(view: View) -> View:
    """Answer 404 to visitors of the live site who are not staff."""

    @wraps(view)
    def wrapper(request: HttpRequest) -> HttpResponse:
        if not (settings.DEBUG or request.user.is_staff):
            raise Http404
        return view(request)

    return wrapper


@require_safe
@for_insiders
def show(request: HttpRequest) -> HttpResponse:
    """Show all that there is to know about the visitor's session."""
    # Look up the user first, as that flushes a session that has timed out.
    context = {"is_signed_in": request.user.is_authenticated}
    session = request.session
    context |= {
        "entries": _tree(
            {key: value if key in SHOWN else HIDDEN for key, value in session.items()}
        ),
        "engines": ENGINES,
        "engine": settings.SESSION_ENGINE,
        "engine_name": settings.SESSION_ENGINE.rpartition(".")[2],
        "key": _shortened(session.session_key),
        "log_name": hashed(session.session_key),
        "has_own_expiry": session.get("_session_expiry") is not None,
        "ends_with_browser": session.get_expire_at_browser_close(),
        "expires": session.get_expiry_date(),
        "time_outs": _time_outs(session),
        "set_cookie": _set_cookie(session),
        "settings": [
            (name, getattr(settings, name), text) for name, text in SETTINGS.items()
        ],
    }
    if hasattr(session, "size"):  # Django's own engines do not have it
        context["size"], context["max_size"] = session.size()
    return render(request, "session_store/session.html", context)


@for_insiders
def set_expiry(request: HttpRequest) -> HttpResponse:
    """On POST, give this one session another lifetime."""
    expiry = request.POST.get("expiry")
    if expiry in EXPIRIES:
        request.session.set_expiry(EXPIRIES[expiry])
        text = _("set_expiry(%(argument)s) was called for your session.")
        messages.success(request, text % {"argument": EXPIRIES[expiry]})
    return redirect("session_store:session")


@for_insiders
def renew_key(request: HttpRequest) -> HttpResponse:
    """On POST, give the session a new key, as happens at sign-in."""
    if request.method == "POST":
        request.session.cycle_key()
        text = _("Your session has a new key; its data are the same.")
        messages.success(request, text)
    return redirect("session_store:session")


def _shortened(key: str | None) -> str:
    """Return enough of the key to recognise it, but not to steal the session."""
    return f"{key[:6]}..." if key else ""


def _tree(data: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the data as lines, each with a key and either text or nested lines."""
    tree = []
    for key, value in data.items():
        if isinstance(value, dict) and value:
            tree.append({"key": key, "lines": _tree(value)})
        else:
            text = HIDDEN if value is HIDDEN else json.dumps(value, ensure_ascii=False)
            tree.append({"key": key, "text": text})
    return tree


def _time_outs(session: SessionBase) -> list[datetime]:
    ends = lifetime.ends(session) or ()
    return [datetime.fromtimestamp(seconds, UTC) for seconds in ends]


def _set_cookie(session: SessionBase) -> str:
    """Return the header that sets the session's cookie, with the key shortened."""
    response = HttpResponse()
    is_until_close = session.get_expire_at_browser_close()
    response.set_cookie(
        settings.SESSION_COOKIE_NAME,
        _shortened(session.session_key),
        max_age=None if is_until_close else session.get_expiry_age(),
        domain=settings.SESSION_COOKIE_DOMAIN,
        path=settings.SESSION_COOKIE_PATH,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=settings.SESSION_COOKIE_HTTPONLY,
        samesite=settings.SESSION_COOKIE_SAMESITE,
    )
    return response.cookies[settings.SESSION_COOKIE_NAME].output()
