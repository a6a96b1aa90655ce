"""Health checks, for load balancers and containers.

`/health/live/` reports that the process responds. `/health/ready/` checks everything a
page needs, and returns 503 if any of that fails. The response says which check failed;
only the log says why, as an error's text may contain addresses and names.
"""

import logging
import secrets
import time
from collections.abc import Callable
from concurrent import futures
from functools import partial
from importlib import import_module
from threading import Lock, Thread

from django.conf import settings
from django.core.cache import DEFAULT_CACHE_ALIAS, caches, close_caches
from django.db import connection, connections
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponseNotAllowed, JsonResponse
from django.utils.deprecation import MiddlewareMixin

logger = logging.getLogger(__name__)

# Seconds after which a check has failed, so that the response takes less than one.
TIME_LIMIT = 0.8

# Seconds for which a store keeps what a check could not delete.
RECORD_SECONDS = 60

Check = Callable[[], None]

_running: dict[str, futures.Future[None]] = {}
_lock = Lock()


def live() -> JsonResponse:
    """Report that this process responds."""
    return JsonResponse({"status": "ok"})


def ready() -> JsonResponse:
    """Report whether the site can serve pages, and the result of each check.

    The status is "ok", "degraded" if pages work without what has failed, or "failed".
    """
    begun = time.monotonic()
    running = {name: _start(name, check) for name, check in checks().items()}
    futures.wait(running.values(), timeout=TIME_LIMIT)
    results = {name: _result(name, future) for name, future in running.items()}
    failed = {name for name, result in results.items() if result != "ok"}
    if failed - dispensable():
        status = "failed"
    else:
        status = "degraded" if failed else "ok"
    return JsonResponse(
        {
            "status": status,
            "checks": results,
            "seconds": round(time.monotonic() - begun, 3),
        },
        status=503 if status == "failed" else 200,
    )


def checks() -> dict[str, Check]:
    """Return all checks by name; each raises if something is wrong."""
    aliases = {DEFAULT_CACHE_ALIAS, settings.SESSION_CACHE_ALIAS}
    return {
        "database": check_database,
        "migrations": check_migrations,
        **{f"cache {alias}": partial(check_cache, alias) for alias in sorted(aliases)},
        "session store": check_session_store,
    }


def dispensable() -> set[str]:
    """Return the checks whose failure need not stop pages from working.

    A cache just for sessions is one: the check of the session store shows whether the
    store can do without it.
    """
    alias = settings.SESSION_CACHE_ALIAS
    return {f"cache {alias}"} if alias != DEFAULT_CACHE_ALIAS else set()


def check_database() -> None:
    """Run a query on the database."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def check_migrations() -> None:
    """Raise if the database is behind the code; being ahead of it does no harm."""
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if missing:
        raise RuntimeError(
            f"not applied: {', '.join(str(step) for step, _ in missing)}"
        )


def check_cache(alias: str) -> None:
    """Write to the cache, and read it back."""
    key, value = f"health-{secrets.token_hex(8)}", secrets.token_hex(8)
    caches[alias].set(key, value, RECORD_SECONDS)
    if caches[alias].get(key) != value:
        raise RuntimeError("what was written was not there")
    caches[alias].delete(key)


def check_session_store() -> None:
    """Create a session, read it as the next request would, and delete it."""
    store = import_module(settings.SESSION_ENGINE).SessionStore
    value = secrets.token_hex(8)
    session = store()
    session.set_expiry(RECORD_SECONDS)
    session["health"] = value
    session.save()
    try:
        if store(session.session_key).get("health") != value:
            raise RuntimeError("what was written was not there")
    finally:
        session.delete()


def _start(name: str, check: Check) -> futures.Future[None]:
    """Run the check in a thread, or return the run that is already in progress.

    So there is never more than one thread for each check, however long it hangs.
    """
    with _lock:
        future = _running.get(name)
        if future is None or future.done():
            future = _running[name] = futures.Future()
            Thread(target=_run, args=(check, future), daemon=True).start()
        return future


def _run(check: Check, future: futures.Future[None]) -> None:
    failure = None
    try:
        check()
    except Exception as error:
        failure = error
    # Close the connections of this thread.
    connections.close_all()
    close_caches()
    if failure:
        future.set_exception(failure)
    else:
        future.set_result(None)


def _result(name: str, future: futures.Future[None]) -> str:
    """Return "ok" or what is wrong, which is also logged."""
    if not future.done():
        logger.error("%s: no answer in %s seconds", name, TIME_LIMIT)
        return "no answer"
    if error := future.exception():
        logger.error("%s: %s: %s", name, type(error).__name__, error)
        return type(error).__name__
    return "ok"


VIEWS = {"/health/live/": live, "/health/ready/": ready}


class HealthMiddleware(MiddlewareMixin):
    """Respond before there is a session, whatever the Host header says.

    A load balancer sends a host of its own choosing, and may use http.
    """

    def process_request(
        self, request: HttpRequest
    ) -> JsonResponse | HttpResponseNotAllowed | None:
        view = VIEWS.get(request.path_info)
        if view is None:
            return None
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        response = view()
        response["Cache-Control"] = "no-store"
        return response
