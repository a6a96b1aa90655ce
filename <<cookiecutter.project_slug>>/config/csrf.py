"""The forms of the shop window, which is the same for all, so that caches can keep it.

Django's forms have a token for each visitor, and set a cookie to know it by. Those of the
shop window have anyone's token, which is no secret: all can read it there. What keeps other
sites' forms out is where browsers say that a form comes from, about which no page can make
them lie: `Origin`, or else `Referer`. Django compares these first, and over https takes no
form without either. Over http it takes one that names neither, as programs send, and
browsers did before 2020.

Source: OWASP, Cross-Site Request Forgery Prevention, "Verifying Origin With Standard
Headers".
"""

from collections.abc import Callable
from contextlib import suppress

from django.conf import settings
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.middleware.csrf import CsrfViewMiddleware
from django.utils.crypto import salted_hmac
from django.utils.decorators import decorator_from_middleware
from django.views.decorators.csrf import csrf_exempt

View = Callable[[HttpRequest], HttpResponse]


def _token(key: str) -> str:
    digest = salted_hmac("config.csrf", "anyone", secret=key, algorithm="sha256")
    return digest.hexdigest()[:32]


# The first is for new pages, the others are on those that were made with another key.
TOKENS = [_token(key) for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]


class AnyonesCsrfMiddleware(CsrfViewMiddleware):
    """Django's, to which anyone's token is as good as the visitor's own."""

    def _check_token(self, request: HttpRequest) -> None:
        # Django calls this once it knows that the form comes from here.
        with suppress(UnreadablePostError):  # the browser is gone
            if request.POST.get("csrfmiddlewaretoken") in TOKENS:
                return
        super()._check_token(request)


def anyones_form(view: View) -> View:
    """Have the view take forms with the token that is the same for all."""
    return csrf_exempt(decorator_from_middleware(AnyonesCsrfMiddleware)(view))
