"""What a visitor sees of sessions that cannot be read or written."""

import logging
from contextlib import suppress

from django.conf import settings
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.exceptions import SessionInterrupted
from django.contrib.sessions.middleware import (
    SessionMiddleware as DjangoSessionMiddleware,
)
from django.db import DatabaseError, InterfaceError, InternalError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template import loader

from . import life
from .exceptions import SessionFull, SessionStoreUnavailable
from .log import hashed

logger = logging.getLogger("session_store")

# The last is what PostgreSQL says of a server that only lets read, as after a fail-over.
UNAVAILABLE = (
    SessionStoreUnavailable,
    OperationalError,
    InterfaceError,
    InternalError,
)

# What a browser or a crawler is told to wait before it tries again.
RETRY_AFTER_SECONDS = 10


class SessionMiddleware(DjangoSessionMiddleware):
    """Django's, and an outage is a 503 page that leaves the visitor's cookie alone."""

    def process_exception(
        self, request: HttpRequest, exception: Exception
    ) -> HttpResponse | None:
        """Answer a view that could not read or change the session or the database."""
        if isinstance(exception, UNAVAILABLE):
            return unavailable(request, exception)
        if isinstance(exception, SessionFull):
            return _too_large(request, exception)
        if isinstance(exception, UpdateError):
            text = "The session was deleted before the view could change it."
            raise SessionInterrupted(text) from exception
        return None

    def process_response(
        self, request: HttpRequest, response: HttpResponse
    ) -> HttpResponse:
        """Save the session as Django does, unless the request has failed."""
        try:
            if response.status_code >= 500:
                if hasattr(request.session, "undo_cycle"):
                    with suppress(*UNAVAILABLE):  # it may be why the request has failed
                        request.session.undo_cycle()
                return response
            key = request.session.session_key
            response = super().process_response(request, response)
            life.saved(request, response, key)
            return response
        except UNAVAILABLE as error:
            return unavailable(request, error)
        except SessionFull as error:
            return _too_large(request, error)


def unavailable(request: HttpRequest, error: Exception) -> HttpResponse:
    """Return the 503 page, and log the error."""
    _log("is unavailable: %s", request, error)
    return HttpResponse(
        loader.render_to_string("503.html"),
        status=503,
        headers={"Retry-After": str(RETRY_AFTER_SECONDS), "Cache-Control": "no-store"},
    )


def _too_large(request: HttpRequest, error: Exception) -> HttpResponse:
    _log("could not save a session, which is too large: %s", request, error)
    return HttpResponse(loader.render_to_string("413.html"), status=413)


def _log(text: str, request: HttpRequest, error: Exception) -> None:
    key = hashed(request.COOKIES.get(settings.SESSION_COOKIE_NAME))
    # The database's errors come from any code; what files say may have the key in it.
    where = error if isinstance(error, DatabaseError) else None
    logger.error(
        f"%s {text} (session %s)", settings.SESSION_ENGINE, error, key, exc_info=where
    )
