"""What becomes of an anonymous visitor's session data when they sign in.

At sign-in Django gives the session a new key. It keeps the data, or drops them if they
are another user's. An app that wants to save an anonymous visitor's data for the
user, or to merge it with what the user already has, registers a function for that:

    @carry_over
    def carry_over_wishlist(request, user):  # not request.user, which may not be set
        request.session["wishlist"] = merge_wishlist(
            user, request.session.get("wishlist", [])
        )

Put it in a module that the app's `AppConfig.ready()` imports, like `cart.signals`.

The function runs when the session has its new key. The data that it finds there are
from before this sign-in, and are an anonymous visitor's or the same user's, never
another user's.
"""

import logging
from collections.abc import Callable
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.signals import user_logged_in
from django.db import transaction
from django.http import HttpRequest

from .copying import deep_copy

logger = logging.getLogger(__name__)

# The keys that another tab may still change while the visitor signs in, if sessions are
# on the server. Such late changes are copied into the new session after the functions
# here have run, so their app has to carry them over again when it finds them, as
# `cart.storage.load()` does. No other key is copied that late: whoever knew the old key
# must not decide what is in the new session.
LATE_KEYS: set[str] = set()

Function = Callable[[HttpRequest, AbstractBaseUser], None]


def carry_over(function: Function) -> Function:
    """Register `function(request, user)` to be called at every sign-in.

    An exception does not prevent the sign-in: it is logged, and the function's changes
    to the database and to the session are undone. Messages that it has added are not,
    so it should add them last.
    """

    def receive(
        sender: type, request: HttpRequest, user: AbstractBaseUser, **kwargs: Any
    ) -> None:
        before = deep_copy(dict(request.session.items()))
        try:
            with transaction.atomic():
                function(request, user)
        except Exception:
            logger.exception("%s failed at sign-in", function.__qualname__)
            request.session.clear()
            request.session.update(before)

    user_logged_in.connect(receive, weak=False, dispatch_uid=function)
    return function
