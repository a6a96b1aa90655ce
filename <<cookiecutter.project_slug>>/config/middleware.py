"""The language of each page, and headers and cookies that Django has no setting for."""

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.signals import user_logged_out
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import rotate_token
from django.utils import translation

# Pages that are about one person, also of somebody who is not signed in.
PERSONAL = ("/accounts/", "/cart/", "/checkout/", "/orders/", "/session/")

View = Callable[[HttpRequest], HttpResponse]


class LanguageMiddleware:
    """Speak the language that the address names, LANGUAGE_CODE where it names none.

    Django's LocaleMiddleware would ask the browser as well, or at least have caches
    keep a page for each `Accept-Language` there is.
    """

    def __init__(self, get_response: View) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        named = translation.get_language_from_path(request.path_info)
        request.LANGUAGE_CODE = named or settings.LANGUAGE_CODE
        with translation.override(request.LANGUAGE_CODE):
            return self.get_response(request)


class ExtraHeadersMiddleware:
    """Add EXTRA_HEADERS to every answer, but none that the view has set itself.

    Nor to the pages on which Django explains an error to developers: they have styles
    and scripts in them.
    """

    def __init__(self, get_response: View) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if settings.DEBUG and response.status_code in (404, 500):
            return response
        for name, value in settings.EXTRA_HEADERS.items():
            response.headers.setdefault(name, value)
        return response


class DeletedCookiesMiddleware:
    """Have the answer that deletes a cookie say HttpOnly, as the one that set it did.

    Django's `delete_cookie()` has no argument for that.
    """

    def __init__(self, get_response: View) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        for cookie in response.cookies.values():
            if cookie["max-age"] == 0:
                cookie["httponly"] = True
        return response


class PersonalPagesMiddleware:
    """Have a browser that others use as well keep nothing of what one person saw."""

    def __init__(self, get_response: View) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        # A page that did not ask who the user is says nothing of them.
        is_for_user = hasattr(request, "_cached_user") and request.user.is_authenticated
        path = request.path_info.removeprefix(f"/{request.LANGUAGE_CODE}")
        if is_for_user or path.startswith(PERSONAL):
            response.headers["Cache-Control"] = "no-store, private"
        if getattr(request, "signed_out", False):
            # Not "cookies", which are also those of the domain's other hosts.
            response.headers["Clear-Site-Data"] = '"cache", "storage"'
        return response


@receiver(user_logged_out)
def note_sign_out(request: HttpRequest, **kwargs: object) -> None:
    """Tell PersonalPagesMiddleware; forms of pages from before are out of date."""
    request.signed_out = True
    rotate_token(request)
