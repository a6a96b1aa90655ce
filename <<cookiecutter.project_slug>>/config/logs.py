"""Logs with a JSON object in each line, for the programs that collect them."""

import json
import logging
import re
from datetime import UTC, datetime
from typing import Any

from gunicorn import glogging
from gunicorn.config import Config

# What stands in the address of a link that was mailed to somebody, and lets them in.
SECRETS = re.compile(r"(/(?:password/reset/key|confirm-email)/)[^/\s]+")


def without_secrets(text: str) -> str:
    """Leave out of the paths in the text what only who was mailed it may know."""
    return SECRETS.sub(r"\1***", text)


class TextFormatter(logging.Formatter):
    """Writes what `fmt` says, without secrets."""

    def format(self, record: logging.LogRecord) -> str:
        return without_secrets(super().format(record))


class JSONFormatter(logging.Formatter):
    """Writes when, how bad, where and what; and the traceback, if there is one."""

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
        """Return what the line has to say."""
        # `about` is what the engine cached_db adds to a message of Django's.
        content = {"message": record.getMessage() + getattr(record, "about", "")}
        if record.exc_info:
            content["exception"] = self.formatException(record.exc_info)
        return {name: without_secrets(text) for name, text in content.items()}


class AccessFormatter(JSONFormatter):
    """Writes a request, without what follows a `?`, without secrets and its sender."""

    def content(self, record: logging.LogRecord) -> dict[str, Any]:
        return {
            "method": record.args["m"],
            "path": without_secrets(record.args["U"]),
            "status": int(record.args["s"]),
            "bytes": record.args["B"],
            "milliseconds": record.args["M"],
        }


class GunicornLogger(glogging.Logger):
    """gunicorn's logs, in JSON as well."""

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
