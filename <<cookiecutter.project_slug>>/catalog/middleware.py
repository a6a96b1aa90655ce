"""Cached responses, shared by all visitors without cookies."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.middleware.gzip import re_accepts_gzip

from config import pages

from .models import CatalogVersion

# Request headers that may get another response than the full page: a part or a 304.
NOT_WHOLE = {"HTTP_HX_REQUEST", "HTTP_IF_NONE_MATCH"}


class AnyonesPagesMiddleware:
    """Serve visitors without cookies a cached response, compression included.

    A response is cached if `pages.fill()` gave it a version and nothing else set
    cookies or caching headers. It is served while the catalogue still has that version.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if (
            request.method != "GET"
            or request.COOKIES
            or request.META.keys() & NOT_WHOLE
        ):
            return self.get_response(request)
        about = (
            request.scheme,
            request.get_host(),
            request.path,
            request.META["QUERY_STRING"],
            bool(re_accepts_gzip.search(request.META.get("HTTP_ACCEPT_ENCODING", ""))),
        )
        version, content, headers = pages.PAGES.get(about) or (None, None, None)
        if version is not None and version == CatalogVersion.current():
            return HttpResponse(content, headers=headers)
        response = self.get_response(request)
        is_anyones = (
            response.headers.get("Vary") == pages.VARY
            and not response.has_header("Cache-Control")
            and not response.cookies
        )
        if is_anyones and hasattr(response, "version"):
            kept = (response.version, response.content, dict(response.headers))
            pages.PAGES.set(about, kept)
        return response
