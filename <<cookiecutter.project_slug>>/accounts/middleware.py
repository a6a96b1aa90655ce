"""Who is asking, without what the last person left behind."""

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
    """Django's, and a session that is over for its user is flushed.

    Django shows the visitor as anonymous once the account is deactivated or deleted,
    but leaves the session's data, so the next person at that browser would see it.
    """

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        request.user = SimpleLazyObject(lambda: get_user(request))
        request.auser = partial(aget_user, request)


def get_user(request: HttpRequest) -> AbstractBaseUser | AnonymousUser:
    """Return the session's user, found out once per request."""
    if not hasattr(request, "_cached_user"):
        request._cached_user = _get_user(request)
    return request._cached_user


async def aget_user(request: HttpRequest) -> AbstractBaseUser | AnonymousUser:
    """`get_user()` for asynchronous views."""
    return await sync_to_async(get_user)(request)


def _get_user(request: HttpRequest) -> AbstractBaseUser | AnonymousUser:
    session = request.session
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
        # The session that the browser knows is over: who was signed in should hear of it.
        text = _(
            "Your last visit was too long ago, or was ended. If you were signed in, "
            "please sign in again: your cart is saved."
        )
        messages.info(request, text, fail_silently=True)
        events.over(request)
        request.has_lost_session = True
    return AnonymousUser()


class RefreshMiddleware:
    """Have htmx load its page anew if that still shows somebody as signed in."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if hasattr(request, "has_lost_session") and request.htmx:
            response.headers["HX-Refresh"] = "true"
            # They are for the page that comes, not for this answer.
            messages.get_messages(request).used = False
        return response
