"""What becomes of an anonymous visitor's session data when they sign in.

At sign-in Django gives the session a new key; it keeps the data in the plain case and
drops it where the session was another user's. An app that wants to save an anonymous
visitor's data for the user, or to merge it with what the user already has, registers a
function for that:

    @carry_over
    def carry_over_wishlist(request, user):  # not request.user, which may not be set
        request.session["wishlist"] = merge_wishlist(
            user, request.session.get("wishlist", [])
        )

It stands in a module that the app's `AppConfig.ready()` imports, as that of `cart` does.

The function runs when the session has its new key. What it finds there is from before
this sign-in, anonymous or the same user's, never another user's.
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

# The keys whose data another tab may still change while its visitor signs in, where sessions
# are on the server. They come into the new session as they are then, so their app has to
# carry them over once more when it finds them, as `cart.storage.load()` does. Nothing else
# goes along that late: who knew the old key must not decide what is in the new session.
LATE_KEYS: set[str] = set()

Function = Callable[[HttpRequest, AbstractBaseUser], None]


def carry_over(function: Function) -> Function:
    """Have `function(request, user)` called at every sign-in.

    Nobody is kept from signing in by it: an exception is logged, and what the function
    had done to the database and to the session is undone. A message that it has given is
    not, so it gives its messages last.
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
