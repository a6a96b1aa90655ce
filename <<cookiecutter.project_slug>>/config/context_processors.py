"""What every template knows of the site."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import translate_url
from django.utils.functional import SimpleLazyObject

from cart import storage


def site(request: HttpRequest) -> dict[str, Any]:
    """Return the shop's name, the page's translations, what is in the cart, and so on."""
    return {
        "site_name": settings.SITE_NAME,
        "site_description": settings.SITE_DESCRIPTION,
        "is_development": settings.DEBUG,
        "translations": SimpleLazyObject(lambda: translations(request)),
        "cart_count": SimpleLazyObject(lambda: storage.count(request)),
    }


def translations(request: HttpRequest) -> list[dict[str, str]]:
    """Return each language's code and name, and the page's address in it."""
    address = request.build_absolute_uri()
    return [
        {"code": code, "name": name, "address": translate_url(address, code)}
        for code, name in settings.LANGUAGES
    ]
