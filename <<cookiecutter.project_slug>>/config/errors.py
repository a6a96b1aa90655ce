"""Error pages that work when little else does.

Django's own handlers for 403 and 404 run the context processors, which read the
session and the database. These render with an empty context instead.
"""

import sys

from django.http import HttpRequest, HttpResponse
from django.template import loader

from session_store.exceptions import is_outage
from session_store.middleware import unavailable


def _page(template_name: str, status: int) -> HttpResponse:
    return HttpResponse(loader.render_to_string(template_name), status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400: the request was malformed or suspicious."""
    return _page("400.html", 400)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403: the visitor may not see this."""
    return _page("403.html", 403)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403: the form's CSRF token was missing, wrong or from before a sign-in."""
    return _page("403_csrf.html", 403)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404: there is no page at this URL."""
    return _page("404.html", 404)


def too_many_requests(request: HttpRequest) -> HttpResponse:
    """429: allauth's limit on sign-ins, sign-ups or mails was exceeded."""
    response = _page("429.html", 429)
    response["Retry-After"] = "60"
    return response


def mail_not_sent() -> HttpResponse:
    """503: the mail that was requested could not be sent."""
    response = _page("503_mail.html", 503)
    response["Retry-After"] = "300"
    return response


def server_error(request: HttpRequest) -> HttpResponse:
    """500: an uncaught exception, which is logged; 503 if it is an outage."""
    error = sys.exception()
    if is_outage(error):  # raised in middleware; those in views are caught earlier
        return unavailable(request, error)
    return _page("500.html", 500)
