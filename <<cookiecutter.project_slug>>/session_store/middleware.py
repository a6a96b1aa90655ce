"""The session middleware, and its pages for sessions that cannot be read or written."""

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

# How long browsers and crawlers are told to wait before they try again.
RETRY_AFTER_SECONDS = 10


class SessionMiddleware(DjangoSessionMiddleware):
    """Django's, but an outage is a 503 page that leaves the visitor's cookie alone."""

    def process_request(self, request: HttpRequest) -> None:
        """Keep the old session of a visitor who signs in until `process_response()`."""
        super().process_request(request)
        request.session.keep_cycled = True

    def process_exception(
        self, request: HttpRequest, exception: Exception
    ) -> HttpResponse | None:
        """Return the page for a view that could not use the session or the database."""
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
            # Such as that of a message which reports success.
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
                return response  # it was only saved to renew its lifetime
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
            if not is_outage(error):  # an outage may be why the request failed
                raise


def _page_for(request: HttpRequest, error: Exception) -> HttpResponse | None:
    """Return the page for an outage or a full session, None if the error is a bug."""
    if is_outage(error):
        return unavailable(request, error)
    if isinstance(error, SessionFull):
        page = HttpResponse(loader.render_to_string("413.html"), status=413)
        _log("could not save a session, which is too large: %s", request, page, error)
        return page
    return None


def unavailable(request: HttpRequest, error: Exception) -> HttpResponse:
    """Return the 503 page, log the error, and close the database connections.

    SQLite opens a file that is not writable, such as while its disk is being remounted,
    without an error, and then refuses all writes on that connection.
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
    """Log the error, and keep Django from logging the response as well."""
    log_response(
        f"%s {text} (session %s)",
        settings.SESSION_ENGINE,
        error,
        hashed(request.COOKIES.get(settings.SESSION_COOKIE_NAME)),
        response=response,
        request=request,
        logger=logger,
        level="error",
        # A database error may come from any code, so its traceback is logged. That of a
        # file error may contain the session's key.
        exception=error if isinstance(error, DatabaseError) else None,
    )
