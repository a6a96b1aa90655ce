"""The log of session events: creation, sign-in, sign-out, time-out and so on.

Each event is a line with hashes of session keys and users' primary keys, and no other
personal data. A line with `was` has two hashes: of the same session's keys, after and
before.
"""

import logging
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.signals import (
    user_logged_in,
    user_logged_out,
    user_login_failed,
)
from django.contrib.sessions.backends.signed_cookies import SessionStore as CookieStore
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse

from .log import hashed

logger = logging.getLogger(__name__)


@receiver(user_logged_in)
def remember_sign_in(
    sender: type, request: HttpRequest, user: AbstractBaseUser, **kwargs: Any
) -> None:
    """Leave the logging to `saved()`, when the new key is known and final."""
    request.signed_in_as = user.pk


@receiver(user_logged_out)
def remember_sign_out(
    sender: type, request: HttpRequest, user: AbstractBaseUser | None, **kwargs: Any
) -> None:
    """Leave the logging to `saved()`, as a sign-out counts only once it is saved."""
    if user:
        request.signed_out_as = user.pk


@receiver(user_login_failed)
def sign_in_failed(
    sender: Any, request: HttpRequest | None = None, **kwargs: Any
) -> None:
    logger.info("session %s: sign-in failed", _sent(request) if request else "none")


def saved(request: HttpRequest, response: HttpResponse, key: str | None) -> None:
    """Log what this request has done to its session: sign-out, sign-in, a new key.

    `key` is the one that the session had after the view, before it was saved.
    """
    if hasattr(request, "signed_out_as"):
        user = request.signed_out_as
        logger.info("session %s: signed out, user %s", _sent(request), user)
    cookie = response.cookies.get(settings.SESSION_COOKIE_NAME)
    if not (cookie and cookie.value):
        return
    now, was = hashed(cookie.value), _sent(request)
    is_new = key is None or was == "none"
    if is_new:
        logger.info("session %s: created", now)
    if hasattr(request, "signed_in_as"):
        user = request.signed_in_as
        logger.info("session %s: signed in, user %s, was session %s", now, user, was)
    # A cookie session's key is its signed data, which differs after every change.
    elif not (is_new or isinstance(request.session, CookieStore) or hashed(key) == was):
        logger.info("session %s: new key, was session %s", now, was)


def timed_out(request: HttpRequest) -> None:
    """Log that the session has timed out; to be called before it is flushed."""
    user = request.session.get(SESSION_KEY)
    logger.info("session %s: timed out, user %s", _sent(request), user)


def over(request: HttpRequest) -> None:
    """Log that a browser has sent the key of a session that no longer exists."""
    logger.info("session %s: over", _sent(request))


def ended(session_key: str, by: AbstractBaseUser) -> None:
    """Log that the session's user or an administrator ended it from elsewhere."""
    logger.info("session %s: ended by user %s", hashed(session_key), by.pk)


def ended_all(whose: str, by: AbstractBaseUser) -> None:
    """Log that all sessions of some users, named by primary keys, were ended."""
    logger.info("all sessions of %s: ended by user %s", whose, by.pk)


def _sent(request: HttpRequest) -> str:
    return hashed(request.COOKIES.get(settings.SESSION_COOKIE_NAME))
