"""Errors reported to Sentry, with nothing in them that is a visitor's."""

from typing import Any

import sentry_sdk
from django.core.exceptions import ImproperlyConfigured
from sentry_sdk.integrations.atexit import AtexitIntegration
from sentry_sdk.integrations.logging import ignore_logger
from sentry_sdk.utils import BadDsn, Dsn

from .logs import without_secrets


def start(dsn: str, environment: str) -> None:
    """Report from now on what is logged as an error, and exceptions nobody caught.

    Not requests that make no sense: anybody can send any number of them.
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
        # The variables of the functions that an exception came through.
        include_local_variables=False,
        max_request_body_size="never",
        # What led up to an error, such as what Redis was asked for: by session keys.
        before_breadcrumb=lambda crumb, hint: None,
        # A process that ends waits for its last reports without saying so: that would
        # be text between the lines of the log.
        integrations=[AtexitIntegration(callback=lambda pending, timeout: None)],
        before_send=without_visitor,
    )


def without_visitor(event: dict[str, Any], hint: dict[str, Any]) -> dict[str, Any]:
    """Leave of the request its method and address, and of errors the first line.

    In the others PostgreSQL says what was in the row; a mail server says who was to get
    the mail in the first.
    """
    if request := event.get("request"):
        event["request"] = {
            name: without_secrets(request[name])
            for name in ("method", "url")
            if name in request
        }
    if "transaction" in event:  # the view, or else the address
        event["transaction"] = without_secrets(event["transaction"])
    event.get("extra", {}).pop("request", None)  # Django's logs have it, with its query
    for error in event.get("exception", {}).get("values", []):
        is_of_mail = error.get("module") == "smtplib"
        first_line = (error.get("value") or "").partition("\n")[0]
        error["value"] = "" if is_of_mail else first_line
    return event
