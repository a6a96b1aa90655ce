"""CSRF protection for forms on pages that are the same for all, and so can be cached.

Django's forms have a token for each visitor, and set a cookie to check it against.
Those on the product list and product pages share one token ("anyone's"), which is no
secret: everyone can read it there. What keeps other sites' forms out is the header in
which browsers state a form's origin, and which no page can forge: `Origin`, or else
`Referer`. Django checks these first, and over https rejects a form without either. Over
http it accepts one without `Origin`, as sent by programs, and by browsers before 2020.

Source: OWASP, Cross-Site Request Forgery Prevention, "Verifying Origin With Standard
Headers".
"""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.middleware.csrf import CsrfViewMiddleware
from django.utils.crypto import salted_hmac


def _token(key: str) -> str:
    digest = salted_hmac("config.csrf", "anyone", secret=key, algorithm="sha256")
    return digest.hexdigest()[:32]


# The first is for new pages; the others are on pages made with another key.
TOKENS = [_token(key) for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]


class AnyonesFormsMiddleware(CsrfViewMiddleware):
    """Accept forms with the shared token if they come from this site.

    All others, and the cookie, are left to Django's middleware, which comes next.
    """

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, callback: Callable, *arguments: Any
    ) -> HttpResponse | None:
        if getattr(callback, "csrf_exempt", False) or not _has_anyones_token(request):
            return None
        # An accepted request is marked as done, which Django's own middleware heeds.
        return super().process_view(request, callback, *arguments)

    def _check_token(self, request: HttpRequest) -> None:
        """Do nothing: Django calls this after it has checked the form's origin."""


def _has_anyones_token(request: HttpRequest) -> bool:
    if request.method == "POST":
        with suppress(UnreadablePostError):  # the browser has disconnected
            return request.POST.get("csrfmiddlewaretoken") in TOKENS
    return False
