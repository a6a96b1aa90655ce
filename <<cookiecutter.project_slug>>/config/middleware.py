"""The language of each page, and headers and cookies that Django has no setting for."""

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.signals import user_logged_out
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import rotate_token
from django.utils import translation

# Paths of pages about one person, even if that person is not signed in.
PERSONAL = ("/accounts/", "/cart/", "/checkout/", "/orders/", "/session/")

View = Callable[[HttpRequest], HttpResponse]


class LanguageMiddleware:
    """Activate the language in the URL's prefix, or LANGUAGE_CODE if there is none.

    Django's LocaleMiddleware would consider the browser's languages as well, or at
    least have caches store a page for each `Accept-Language` there is.
    """

    def __init__(self, get_response: View) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        named = translation.get_language_from_path(request.path_info)
        request.LANGUAGE_CODE = named or settings.LANGUAGE_CODE
        with translation.override(request.LANGUAGE_CODE):
            return self.get_response(request)


class ExtraHeadersMiddleware:
    """Add EXTRA_HEADERS to every response, except those that the view has set itself.

    Django's debug error pages get none, as they have inline styles and scripts.
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
    """Mark deleted cookies as HttpOnly, as they were when they were set.

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
    """Keep what one person saw out of the cache of a browser that others use, too."""

    def __init__(self, get_response: View) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        # A page that did not load the user shows nothing about them.
        is_for_user = hasattr(request, "_cached_user") and request.user.is_authenticated
        path = request.path_info.removeprefix(f"/{request.LANGUAGE_CODE}")
        if is_for_user or path.startswith(PERSONAL):
            response.headers["Cache-Control"] = "no-store, private"
        if getattr(request, "signed_out", False):
            # Not "cookies", which would include those of the domain's other hosts.
            response.headers["Clear-Site-Data"] = '"cache", "storage"'
        return response


@receiver(user_logged_out)
def note_sign_out(request: HttpRequest, **kwargs: object) -> None:
    """Notify PersonalPagesMiddleware, and invalidate the forms of earlier pages."""
    request.signed_out = True
    rotate_token(request)
