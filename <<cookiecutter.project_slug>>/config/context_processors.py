"""The context that every template has."""

from functools import partial
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.http import HttpRequest, QueryDict
from django.urls import translate_url
from django.utils.functional import SimpleLazyObject

from . import pages


def site(request: HttpRequest) -> dict[str, Any]:
    """Return the shop's name, the page's translations, the `pages.WORDS`, and so on."""
    return {
        "site_name": settings.SITE_NAME,
        "site_description": settings.SITE_DESCRIPTION,
        "is_development": settings.DEBUG,
        "translations": SimpleLazyObject(lambda: translations(request)),
        **{
            name: SimpleLazyObject(partial(word, request))
            for name, word in pages.WORDS.items()
        },
    }


def translations(request: HttpRequest, path: str | None = None) -> list[dict[str, str]]:
    """Return each language's code and name, and the page's URL in it.

    `path` is that of the page, if it cannot be requested at the request's own path.
    """
    address = request.build_absolute_uri(path)
    return [
        {"code": code, "name": name, "address": _translated(address, code)}
        for code, name in settings.LANGUAGES
    ]


def _translated(address: str, code: str) -> str:
    """Return the URL in a language, including the URL in its `next` parameter."""
    parts = urlsplit(address)
    query = QueryDict(parts.query, mutable=True)
    if REDIRECT_FIELD_NAME in query:
        query[REDIRECT_FIELD_NAME] = translate_url(query[REDIRECT_FIELD_NAME], code)
        address = parts._replace(query=query.urlencode(safe="/")).geturl()
    return translate_url(address, code)
