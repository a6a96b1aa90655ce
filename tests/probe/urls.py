"""A baked site's URLs, and views for what no visitor can do or see."""

import socket
from importlib import import_module

from config.urls import *  # noqa: F403
from config.urls import urlpatterns
from django.conf import settings
from django.core.cache import caches
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path


def write(request: HttpRequest, key: str) -> HttpResponse:
    """Set a key of the session."""
    request.session[key] = key
    return HttpResponse()


def write_late(request: HttpRequest, port: int) -> HttpResponse:
    """Read and change the session, and respond when the test allows it."""
    request.session["late"] = True
    wait_for_test(port)
    return HttpResponse()


def read_late(request: HttpRequest, port: int) -> HttpResponse:
    """Read the session from its store, and continue when the test allows it."""
    if settings.SESSION_ENGINE.endswith("cached_db"):
        caches[
            settings.SESSION_CACHE_ALIAS
        ].clear()  # or the cache is read, not the row
    session = request.session
    read = session.read

    def read_and_wait():
        session.read = read
        record = read()
        wait_for_test(port)
        return record

    session.read = read_and_wait
    session.get("cart")
    return HttpResponse()


def stored(request: HttpRequest, session_key: str) -> JsonResponse:
    """Show what Django's own engine finds in the store, null if nothing."""
    engine = settings.SESSION_ENGINE.replace("session_store", "django.contrib.sessions")
    session = import_module(engine).SessionStore(session_key)
    exists = session.exists(session_key)
    return JsonResponse(dict(session.items()) if exists else None, safe=False)


def delete(request: HttpRequest, session_key: str) -> HttpResponse:
    """Delete a session through its store."""
    import_module(settings.SESSION_ENGINE).SessionStore().delete(session_key)
    return HttpResponse()


def wait_for_test(port: int) -> None:
    """Connect to the test, and return when it closes the connection."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as test:
        test.recv(1)


urlpatterns = [
    path("probe/write/<key>/", write),
    path("probe/write-late/<int:port>/", write_late),
    path("probe/read-late/<int:port>/", read_late),
    path("probe/stored/<session_key>/", stored),
    path("probe/delete/<session_key>/", delete),
    *urlpatterns,
]
