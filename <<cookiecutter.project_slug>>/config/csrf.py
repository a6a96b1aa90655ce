"""Forms on pages that are the same for all, so that caches can keep them.

Django's forms have a token for each visitor, and set a cookie to know it by. Those of the
shop window and of the products have anyone's token, which is no secret: all can read it
there. What keeps other sites' forms out is where browsers say that a form comes from, about
which no page can make them lie: `Origin`, or else `Referer`. Django compares these first,
and over https takes no form without either. Over http it takes one without `Origin`, as
programs send, and browsers did before 2020.

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


# The first is for new pages, the others are on those that were made with another key.
TOKENS = [_token(key) for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]


class AnyonesFormsMiddleware(CsrfViewMiddleware):
    """Accept forms with anyone's token that come from here.

    All others, and the cookie, are for Django's own, which is next.
    """

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, callback: Callable, *arguments: Any
    ) -> HttpResponse | None:
        if getattr(callback, "csrf_exempt", False) or not _has_anyones_token(request):
            return None
        return super().process_view(request, callback, *arguments)

    def _check_token(self, request: HttpRequest) -> None:
        """Django calls this once it knows that the form comes from here."""


def _has_anyones_token(request: HttpRequest) -> bool:
    if request.method == "POST":
        with suppress(UnreadablePostError):  # the browser is gone
            return request.POST.get("csrfmiddlewaretoken") in TOKENS
    return False
