"""What a visitor sees of sessions that cannot be read or written."""

import logging

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase, UpdateError
from django.contrib.sessions.exceptions import SessionInterrupted
from django.contrib.sessions.middleware import (
    SessionMiddleware as DjangoSessionMiddleware,
)
from django.db import DatabaseError, connections
from django.http import HttpRequest, HttpResponse
from django.template import loader
from django.utils.log import log_response

from . import events
from .exceptions import SessionFull, is_outage
from .log import hashed

logger = logging.getLogger("session_store")

DELETED = "The session was deleted before the request could change it."

# What a browser or a crawler is told to wait before it tries again.
RETRY_AFTER_SECONDS = 10


class SessionMiddleware(DjangoSessionMiddleware):
    """Django's, and an outage is a 503 page that leaves the visitor's cookie alone."""

    def process_request(self, request: HttpRequest) -> None:
        """Keep the session of a visitor who signs in until the answer is certain."""
        super().process_request(request)
        request.session.keep_cycled = True

    def process_exception(
        self, request: HttpRequest, exception: Exception
    ) -> HttpResponse | None:
        """Answer a view that could not read or change the session or the database."""
        if isinstance(exception, UpdateError):
            raise SessionInterrupted(DELETED) from exception
        page = _page_for(request, exception)
        request.has_failed = page is not None
        return page

    def process_response(
        self, request: HttpRequest, response: HttpResponse
    ) -> HttpResponse:
        """Save the session as Django does, unless the request has failed."""
        session = request.session
        if response.status_code >= 500 or getattr(request, "has_failed", False):
            _undo_cycle(session)
            # Such as a message that what has failed was done.
            response.cookies.clear()
            return response
        key = session.session_key
        try:
            response = super().process_response(request, response)
            if hasattr(session, "end_cycle"):
                session.end_cycle()
        except UpdateError as error:
            _undo_cycle(session)
            raise SessionInterrupted(DELETED) from error
        except Exception as error:
            if isinstance(error, SessionFull) and not session.modified:
                return response  # it was to be saved for its age alone
            _undo_cycle(session)
            page = _page_for(request, error)
            if page is None:
                raise
            return page
        events.saved(request, response, key)
        return response


def _undo_cycle(session: SessionBase) -> None:
    if hasattr(session, "undo_cycle"):
        try:
            session.undo_cycle()
        except Exception as error:
            if not is_outage(error):  # which may be why the request has failed
                raise


def _page_for(request: HttpRequest, error: Exception) -> HttpResponse | None:
    """Return the page that tells the visitor of the error; None if it is a fault."""
    if is_outage(error):
        return unavailable(request, error)
    if isinstance(error, SessionFull):
        page = HttpResponse(loader.render_to_string("413.html"), status=413)
        _log("could not save a session, which is too large: %s", request, page, error)
        return page
    return None


def unavailable(request: HttpRequest, error: Exception) -> HttpResponse:
    """Return the 503 page, log the error, and let go of the database's connections.

    SQLite opens a file that it may not write, when its disk is mounted anew say, without
    an error, and goes on refusing writes on that connection.
    """
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            connection.close()
    page = HttpResponse(
        loader.render_to_string("503.html"),
        status=503,
        headers={"Retry-After": str(RETRY_AFTER_SECONDS), "Cache-Control": "no-store"},
    )
    _log("is unavailable: %s", request, page, error)
    return page


def _log(
    text: str, request: HttpRequest, response: HttpResponse, error: Exception
) -> None:
    """Log the error, and have Django not log the answer once more."""
    log_response(
        f"%s {text} (session %s)",
        settings.SESSION_ENGINE,
        error,
        hashed(request.COOKIES.get(settings.SESSION_COOKIE_NAME)),
        response=response,
        request=request,
        logger=logger,
        level="error",
        # The database's errors come from any code; what files say may have the key in it.
        exception=error if isinstance(error, DatabaseError) else None,
    )
