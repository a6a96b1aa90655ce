"""Who is asking, without what the last person left behind."""

from functools import partial

from django.contrib import auth
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.middleware import (
    AuthenticationMiddleware as DjangoAuthenticationMiddleware,
)
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject


class AuthenticationMiddleware(DjangoAuthenticationMiddleware):
    """Django's, and a session whose user may no longer sign in is flushed.

    Django shows the visitor as anonymous once the account is deactivated or deleted,
    but leaves the session's data, so the next person at that browser would see it.
    """

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        request.user = SimpleLazyObject(lambda: get_user(request))
        request.auser = partial(aget_user, request)


def get_user(request: HttpRequest) -> AbstractBaseUser | AnonymousUser:
    """Return the session's user, read once per request."""
    if not hasattr(request, "_cached_user"):
        request._cached_user = auth.get_user(request)
        if request._cached_user.is_anonymous and auth.SESSION_KEY in request.session:
            request.session.flush()
    return request._cached_user


async def aget_user(request: HttpRequest) -> AbstractBaseUser | AnonymousUser:
    """`get_user()` for asynchronous views."""
    if not hasattr(request, "_acached_user"):
        request._acached_user = await auth.aget_user(request)
        if request._acached_user.is_anonymous and await request.session.ahas_key(
            auth.SESSION_KEY
        ):
            await request.session.aflush()
    return request._acached_user
