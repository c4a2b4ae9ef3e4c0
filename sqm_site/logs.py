"""Logs as one JSON object a line, without the values of local variables and without people's numbers."""

import logging
import re
from collections.abc import MutableMapping
from typing import Any

import structlog
from structlog.tracebacks import ExceptionDictTransformer
from structlog.typing import Processor

# Long enough to be a phone, an identity or a card number. Bounded: a stranger writes some of these texts.
PERSONAL_NUMBER = re.compile(r"\d{7,}[Xx]?|[^\s@]{1,64}@[^\s@]{1,255}")
NO_ROUTE = "-"
LONGEST = 500  # characters of what an exception says


def veil(logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Keep the first line of what an exception says (PostgreSQL puts the values into the next ones), numbers hidden."""
    for link in event.get("exception") or ():
        link["exc_value"] = PERSONAL_NUMBER.sub("#", shortened(link["exc_value"].partition("\n")[0]))
    return event


def shortened(said: str) -> str:
    """The beginning by whole words: of a number that is cut in two the first part would be shown."""
    return said if len(said) <= LONGEST else f"{said[:LONGEST].rpartition(' ')[0]} …"


class RouteForPath(logging.Filter):
    """Django's own lines ("Not Found: /survey/...") name the route, as ours do: a path may hold a token or a number."""

    def filter(self, record: logging.LogRecord) -> bool:
        request = getattr(record, "request", None)
        path = getattr(request, "path", None)
        if path is not None and isinstance(record.args, tuple):
            paths = {path, path.encode("unicode_escape").decode("ascii")}  # as Django writes it
            record.args = tuple(route_of(request) if one in paths else one for one in record.args)
        return True


def route_of(request: Any) -> str:
    """What the URLconf calls the address of a request; NO_ROUTE where nothing has it."""
    match = getattr(request, "resolver_match", None)
    return match.route if match else NO_ROUTE


SHARED: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.ExceptionRenderer(ExceptionDictTransformer(show_locals=False)),
    veil,
]


def logging_config(level: str) -> dict[str, Any]:
    """Return the LOGGING setting, and bring structlog's own loggers to the same output."""
    structlog.configure(
        processors=[*SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "json": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": SHARED,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    structlog.processors.JSONRenderer(),
                ],
            }
        },
        "filters": {"routes": {"()": RouteForPath}},
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json", "filters": ["routes"]}},
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            "django": {"handlers": ["console"], "level": level, "propagate": False},
            "axes": {"level": "ERROR"},  # it writes the names that were tried; organization.logins says the rest
        },
    }
