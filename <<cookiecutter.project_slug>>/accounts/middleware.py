"""The request's user, with nothing left over from a previous one."""

from collections.abc import Callable
from functools import partial

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib import auth, messages
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.middleware import (
    AuthenticationMiddleware as DjangoAuthenticationMiddleware,
)
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from session_store import events, lifetime


class AuthenticationMiddleware(DjangoAuthenticationMiddleware):
    """Django's middleware, which also flushes a session that is over for its user.

    Django treats the visitor as anonymous once the account is deactivated or deleted,
    but keeps the session's data, which the next person at that browser would see.
    """

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        request.user = SimpleLazyObject(lambda: get_user(request))
        request.auser = partial(aget_user, request)


def get_user(request: HttpRequest) -> AbstractBaseUser | AnonymousUser:
    """Return the session's user, cached on the request."""
    if not hasattr(request, "_cached_user"):
        request._cached_user = _get_user(request)
    return request._cached_user


async def aget_user(request: HttpRequest) -> AbstractBaseUser | AnonymousUser:
    """`get_user()` for asynchronous views."""
    return await sync_to_async(get_user)(request)


def _get_user(request: HttpRequest) -> AbstractBaseUser | AnonymousUser:
    session = request.session
    # This loads the session: if its record is gone, it has no `session_key` then.
    user = auth.get_user(request) if auth.SESSION_KEY in session else AnonymousUser()
    if user.is_authenticated:
        if not lifetime.is_over(session):
            lifetime.note(session)
            return user
        text = _(
            "For your safety you were signed out. Sign in to go on: your cart is saved."
        )
        messages.info(request, text, fail_silently=True)
        events.timed_out(request)
        session.flush()
        request.has_lost_session = True
    elif auth.SESSION_KEY in session:
        session.flush()
        request.has_lost_session = True
    elif session.session_key is None and request.COOKIES.get(
        settings.SESSION_COOKIE_NAME
    ):
        # The cookie's session is gone: tell the visitor, who may have been signed in.
        text = _(
            "Your last visit was too long ago, or was ended. If you were signed in, "
            "please sign in again: your cart is saved."
        )
        messages.info(request, text, fail_silently=True)
        events.over(request)
        request.has_lost_session = True
    return AnonymousUser()


class RefreshMiddleware:
    """Have htmx reload a page that still shows the user of a session that is over."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if hasattr(request, "has_lost_session") and request.htmx:
            response.headers["HX-Refresh"] = "true"
            # Keep the messages for the reloaded page.
            messages.get_messages(request).used = False
        return response
