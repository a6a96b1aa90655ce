"""When each session was last seen, and from where."""

import logging
from collections.abc import Callable
from datetime import timedelta

from allauth.usersessions.models import UserSession
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from config import memory

logger = logging.getLogger(__name__)

# A session is noted again only after this time, as a write takes longer than a page.
INTERVAL = timedelta(seconds=memory.SECONDS)
# The keys of the sessions that this process has noted within that time.
SEEN = memory.Memory(9000)


def user_sessions_middleware(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Do what allauth's `UserSessionsMiddleware` does, without a write per request.

    Only requests that have loaded their user count: those for pictures, say, do not.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if hasattr(request, "_cached_user") and request.user.is_authenticated:
            try:
                _note(request)
            except DatabaseError:
                logger.exception("could not note when a session was last seen")
        return response

    return middleware


def _note(request: HttpRequest) -> None:
    key = request.session.session_key
    # Most pages need no query, as this process has noted the session recently.
    if SEEN.get(key):
        return
    is_noted = UserSession.objects.filter(
        session_key=key,
        last_seen_at__gt=timezone.now() - INTERVAL,
    ).exists()
    if not is_noted:
        UserSession.objects.create_from_request(request)
    SEEN.set(key, True)
