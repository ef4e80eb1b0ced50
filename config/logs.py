"""How a log line is made: the code logs by `logging`, structlog renders it as JSON or as text.

Every line carries time, level, logger and event, and what is bound while it is written: the id of
the request and of its user; of a job its id, kind and attempt.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import orjson
import structlog
from structlog.tracebacks import ExceptionDictTransformer
from structlog.typing import EventDict, Processor

from accounts.redaction import Redactor

# What the access line hands over besides its words; nothing else gets in by `extra`.
ACCESS_FIELDS = ("method", "path", "route", "status", "duration_ms")

# What is done to every line before it is rendered, in this order.
PROCESSORS: tuple[Processor, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.ExtraAdder(allow=ACCESS_FIELDS),
    structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
)

# Values of local variables may be anyone's data: a traceback names files, lines and functions only.
structured_traceback = structlog.processors.ExceptionRenderer(
    ExceptionDictTransformer(show_locals=False)
)


def configuration(*, level: str, as_json: bool, secrets: Iterable[str] = ()) -> dict[str, Any]:
    """Settings for `logging.config.dictConfig`: everything to standard error, in one format.

    The `secrets`, and what looks like one, are masked wherever they stand.
    """
    masked = Redactor(secrets)
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": PROCESSORS,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    *(_as_json(masked) if as_json else _as_text(masked)),
                ],
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "axes": {"level": "WARNING"},
            "celery": {"level": "WARNING"},  # a sweep every two seconds; jobs log for themselves
            "django": {"level": "INFO", "handlers": []},  # the root's handler has it already
            "django.request": {"level": "ERROR"},  # what was refused stands in the access line
            "django.server": {"level": "ERROR", "handlers": [], "propagate": True},
            "django.utils.autoreload": {"level": "WARNING"},
            "gunicorn.access": {"level": "CRITICAL", "handlers": []},  # ours names the request
            "gunicorn.error": {"level": "WARNING", "handlers": [], "propagate": True},
        },
    }


def _as_json(masked: Redactor) -> tuple[Processor, ...]:
    return structured_traceback, masked, structlog.processors.JSONRenderer(serializer=_json)


def _as_text(masked: Redactor) -> tuple[Processor, ...]:
    return (
        structlog.dev.ConsoleRenderer(
            colors=False,
            pad_event_to=0,
            timestamp_key="time",
            exception_formatter=structlog.dev.plain_traceback,
        ),
        masked,  # the text as it is written, traceback and all
    )


def _json(line: EventDict, **_options: Any) -> str:
    """The fields that are always there come first; what JSON does not know is told by its words."""
    first = {name: line.pop(name) for name in ("time", "level", "logger", "event") if name in line}
    return orjson.dumps({**first, **line}, default=str, option=orjson.OPT_NON_STR_KEYS).decode()
