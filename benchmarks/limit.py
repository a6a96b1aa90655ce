"""The best speed possible with Django: views that only read or write the session.

This module is both the settings, with a baked site's database and Django's own engine,
and the URLconf.
"""

from django.http import HttpRequest, HttpResponse
from django.urls import path
from stock import *  # noqa: F403
from stock import MIDDLEWARE

MIDDLEWARE = [name for name in MIDDLEWARE if name.endswith("SessionMiddleware")]
INSTALLED_APPS = ["django.contrib.sessions"]
ROOT_URLCONF = __name__


def bare(request: HttpRequest) -> HttpResponse:
    return HttpResponse("nothing")


def read(request: HttpRequest) -> HttpResponse:
    return HttpResponse(request.session.get("visits"))


def write(request: HttpRequest) -> HttpResponse:
    request.session["visits"] = request.session.get("visits", 0) + 1
    return HttpResponse()


urlpatterns = [path("bare/", bare), path("read/", read), path("write/", write)]
