"""Logs as JSON lines on standard error."""

from __future__ import annotations

import logging
import time
from typing import Any

import orjson
from typing_extensions import override

_EXTRA = ("request_id", "host", "port", "path", "operation")


class JsonLines(logging.Formatter):
    """One JSON object a line, in UTC; a traceback is one string in it."""

    @override
    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
            + f".{int(record.msecs):03d}Z",
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        line.update({name: getattr(record, name) for name in _EXTRA if hasattr(record, name)})
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return orjson.dumps(line, default=str).decode()


_HANDLER = {"class": "logging.StreamHandler", "formatter": "json", "stream": "ext://sys.stderr"}

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "app.config.logs.JsonLines"}},
    "handlers": {"console": _HANDLER, "access": _HANDLER},
    "root": {"level": "WARNING", "handlers": ["console"]},
    "loggers": {
        "_granian": {"level": "ERROR", "handlers": ["console"], "propagate": False},
        # Casbin warns of every denial; the audit log tells of them better.
        "casbin": {"level": "ERROR"},
        "granian.access": {"level": "WARNING", "handlers": ["access"], "propagate": False},
        "muniment": {"level": "INFO", "handlers": ["console"], "propagate": False},
    },
}
