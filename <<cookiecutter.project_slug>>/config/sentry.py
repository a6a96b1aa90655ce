"""Error reports to Sentry, without any data of visitors."""

from typing import Any

import sentry_sdk
from django.core.exceptions import ImproperlyConfigured
from sentry_sdk.integrations.atexit import AtexitIntegration
from sentry_sdk.integrations.logging import ignore_logger
from sentry_sdk.utils import BadDsn, Dsn

from .logs import without_secrets


def start(dsn: str, environment: str) -> None:
    """Start reporting logged errors and uncaught exceptions.

    Suspicious requests are not reported, as anyone can send any number of them.
    """
    try:
        Dsn(dsn)
    except BadDsn as error:
        raise ImproperlyConfigured(f"SENTRY_DSN is no DSN: {error}") from None
    ignore_logger("django.security.*")
    sentry_sdk.init(
        dsn=dsn,
        environment=environment,
        send_default_pii=False,
        # The local variables in an exception's traceback.
        include_local_variables=False,
        max_request_body_size="never",
        # What led up to an error, such as commands to Redis, which have session keys.
        before_breadcrumb=lambda crumb, hint: None,
        # At exit, wait for the last reports without printing that: it would put stray
        # text between the lines of the log.
        integrations=[AtexitIntegration(callback=lambda pending, timeout: None)],
        before_send=without_visitor,
    )


def without_visitor(event: dict[str, Any], hint: dict[str, Any]) -> dict[str, Any]:
    """Keep only the request's method and URL, and the first line of each error.

    In the other lines PostgreSQL shows the row's values. Mail errors lose the first
    line, too, as it may name the recipient.
    """
    if request := event.get("request"):
        event["request"] = {
            name: without_secrets(request[name])
            for name in ("method", "url")
            if name in request
        }
    if "transaction" in event:  # the view, or else the URL
        event["transaction"] = without_secrets(event["transaction"])
    event.get("extra", {}).pop("request", None)  # from Django's logs, with its query
    for error in event.get("exception", {}).get("values", []):
        is_of_mail = error.get("module") == "smtplib"
        first_line = (error.get("value") or "").partition("\n")[0]
        error["value"] = "" if is_of_mail else first_line
    return event
