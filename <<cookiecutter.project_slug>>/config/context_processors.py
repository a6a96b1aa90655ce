"""What every template knows of the site."""

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
    """Return the shop's name, the page's translations, the visitor's words, and so on."""
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
    """Return each language's code and name, and the page's address in it.

    The path is that of the page where the request's has none of its own.
    """
    address = request.build_absolute_uri(path)
    return [
        {"code": code, "name": name, "address": _translated(address, code)}
        for code, name in settings.LANGUAGES
    ]


def _translated(address: str, code: str) -> str:
    """Return the address of the page, and of the one that it leads on to, in a language."""
    parts = urlsplit(address)
    query = QueryDict(parts.query, mutable=True)
    if REDIRECT_FIELD_NAME in query:
        query[REDIRECT_FIELD_NAME] = translate_url(query[REDIRECT_FIELD_NAME], code)
        address = parts._replace(query=query.urlencode(safe="/")).geturl()
    return translate_url(address, code)
