"""Log formatters: one JSON object per line for log collectors, or plain text."""

import json
import logging
import re
from datetime import UTC, datetime
from typing import Any

from gunicorn import glogging
from gunicorn.config import Config

# The secret in the URL of a mailed link, which grants access to an account.
SECRETS = re.compile(r"(/(?:password/reset/key|confirm-email)/)[^/\s]+")


def without_secrets(text: str) -> str:
    """Mask the secrets of mailed links in all paths in the text."""
    return SECRETS.sub(r"\1***", text)


class TextFormatter(logging.Formatter):
    """Format a record as `fmt` says, without secrets."""

    def format(self, record: logging.LogRecord) -> str:
        return without_secrets(super().format(record))


class JSONFormatter(logging.Formatter):
    """Format a record's time, level, logger and message, and any traceback."""

    def format(self, record: logging.LogRecord) -> str:
        time = datetime.fromtimestamp(record.created, UTC)
        line = {
            "time": time.isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            **self.content(record),
        }
        return json.dumps(line, ensure_ascii=False)

    def content(self, record: logging.LogRecord) -> dict[str, Any]:
        """Return the fields that depend on the kind of the record."""
        # `about` is what the cached_db engine adds to a message of Django's.
        content = {"message": record.getMessage() + getattr(record, "about", "")}
        if record.exc_info:
            content["exception"] = self.formatException(record.exc_info)
        return {name: without_secrets(text) for name, text in content.items()}


class AccessFormatter(JSONFormatter):
    """Format a request without its query string, secrets and client address."""

    def content(self, record: logging.LogRecord) -> dict[str, Any]:
        return {
            "method": record.args["m"],
            "path": without_secrets(record.args["U"]),
            "status": int(record.args["s"]),
            "bytes": record.args["B"],
            "milliseconds": record.args["M"],
        }


class GunicornLogger(glogging.Logger):
    """gunicorn's logger, which also writes JSON."""

    # gunicorn's own escapes quotes, which JSON does already.
    atoms_wrapper_class = dict

    def setup(self, cfg: Config) -> None:
        super().setup(cfg)
        for logger, formatter in (
            (self.error_log, JSONFormatter()),
            (self.access_log, AccessFormatter()),
        ):
            for handler in logger.handlers:
                handler.setFormatter(formatter)
