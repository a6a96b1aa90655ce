"""What becomes of sessions when their user signs in, signs out or changes how they do."""

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

# A wrong code, at sign-in or where one is asked for again.
authentication_failed.connect(events.sign_in_failed)


@receiver(user_logged_in)
def begin_lifetime(sender: type, request: HttpRequest, **kwargs: Any) -> None:
    """Count the session's time-outs from now."""
    lifetime.begin(request.session)


@receiver(user_logged_in)
def renew_key_at_sign_in(sender: type, request: HttpRequest, **kwargs: Any) -> None:
    """Give a new key also to a user who was signed in before, as Django does not."""
    key = request.session.session_key
    if key and key == request.COOKIES.get(settings.SESSION_COOKIE_NAME):
        devices.renew_key(request)


@receiver(authentication_step_completed)
def renew_key_at_reauthentication(
    sender: type, request: HttpRequest, reauthenticated: bool = False, **kwargs: Any
) -> None:
    """Give a new key to a session that may do more from now on."""
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
    """Sign out whoever may have come in by what the user has just changed."""
    devices.end_others(request, user)


@receiver(user_logged_out)
def end_copies(
    sender: type, request: HttpRequest, user: User | None, **kwargs: Any
) -> None:
    """End what others have copied of a session that is signed out.

    Where sessions are in cookies, or move from there, there is no record to delete, and
    only a new epoch ends the copies of one. It ends the user's other sessions along with
    them.
    """
    are_in_cookies = not devices.are_listed() or (
        previous.is_named() and previous.is_in_cookies()
    )
    if user and are_in_cookies:
        devices.end_all(User.objects.filter(pk=user.pk))
    for row in devices.rows(session_key=request.session.session_key):
        row.delete()
