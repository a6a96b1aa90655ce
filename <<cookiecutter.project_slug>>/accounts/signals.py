"""Renew or end sessions when users sign in, sign out or change how they sign in."""

from typing import Any

from allauth.account.signals import (
    authentication_step_completed,
    email_added,
    email_changed,
    email_removed,
    password_changed,
    password_reset,
    password_set,
)
from allauth.mfa.signals import (
    authentication_failed,
    authenticator_added,
    authenticator_removed,
    authenticator_reset,
)
from django.conf import settings
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.dispatch import receiver
from django.http import HttpRequest

from session_store import events, lifetime, previous

from . import devices
from .models import User

# A wrong code, at sign-in or at reauthentication.
authentication_failed.connect(events.sign_in_failed)


@receiver(user_logged_in)
def begin_lifetime(sender: type, request: HttpRequest, **kwargs: Any) -> None:
    """Start the session's timeouts from now."""
    lifetime.begin(request.session)


@receiver(user_logged_in)
def renew_key_at_sign_in(sender: type, request: HttpRequest, **kwargs: Any) -> None:
    """Renew the key even of a user already signed in, which Django does not do."""
    key = request.session.session_key
    if key and key == request.COOKIES.get(settings.SESSION_COOKIE_NAME):
        devices.renew_key(request)


@receiver(authentication_step_completed)
def renew_key_at_reauthentication(
    sender: type, request: HttpRequest, reauthenticated: bool = False, **kwargs: Any
) -> None:
    """Renew the key of a session that may do more from now on."""
    if reauthenticated:
        devices.renew_key(request)


@receiver(
    [
        authenticator_added,
        authenticator_removed,
        authenticator_reset,
        email_added,
        email_changed,
        email_removed,
        password_changed,
        password_reset,
        password_set,
    ]
)
def end_others(sender: type, request: HttpRequest, user: User, **kwargs: Any) -> None:
    """Sign out anyone who may have got in with what the user has just changed."""
    devices.end_others(request, user)


@receiver(user_logged_out)
def end_copies(
    sender: type, request: HttpRequest, user: User | None, **kwargs: Any
) -> None:
    """End copies of a session that is signed out.

    If sessions are stored in cookies, or are being moved from there, there is no record
    to delete, and only a new epoch invalidates copies. It ends the user's other
    sessions as well.
    """
    are_in_cookies = not devices.are_listed() or (
        previous.is_named() and previous.is_in_cookies()
    )
    if user and are_in_cookies:
        devices.end_all(User.objects.filter(pk=user.pk))
    for row in devices.rows(session_key=request.session.session_key):
        row.delete()
