"""Logs with a JSON object in each line, for the programs that collect them."""

import json
import logging
from datetime import UTC, datetime
from typing import Any

from gunicorn import glogging
from gunicorn.config import Config


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
        return content


class AccessFormatter(JSONFormatter):
    """Writes a request. What follows a `?` is left out, and whoever sent it."""

    def content(self, record: logging.LogRecord) -> dict[str, Any]:
        return {
            "method": record.args["m"],
            "path": record.args["U"],
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
