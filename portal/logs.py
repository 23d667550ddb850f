"""How log lines look: one event, its values, its time, its trace; as text for people or as JSON for machines.

A line is about what happened (``switch.push.done``) and holds values, not sentences. What is secret never stands in
one: values are blanked by their names here, and requests are logged by route instead of address.
"""

from __future__ import annotations

import re
from collections.abc import MutableMapping
from typing import Any

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from portal import metrics

SECRET_NAMES = ("password", "secret", "token", "pin", "authorization", "cookie", "credential_key", "sealing_key")
HIDDEN = "…"
_WORD = re.compile(r"[a-z]+")
_IN_TEXT = (
    (re.compile(r"(/invite/)[^\s'\"]+"), r"\1…"),
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{8,}"), r"\1 …"),
    (re.compile(r"(?i)(://[^\s:/@]*:)[^\s@/]+@"), r"\1…@"),
    (re.compile(r"(DETAIL:).*"), r"\1 …"),
)
"""Links that let somebody in, credentials in headers and addresses, and the rows PostgreSQL quotes in its errors."""


def is_secret(name: str) -> bool:
    """Tell whether a value of this name must not be shown: that of ``user_token`` and ``pin``, not of ``mapping``."""
    low = name.lower()
    return any(word in low for word in SECRET_NAMES if word != "pin") or "pin" in _WORD.findall(low)


def hide_secrets(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    """Blank every value whose name says that it is a secret, at any depth, and what looks like one in a text."""
    return {name: HIDDEN if is_secret(name) else _hidden(value) for name, value in event.items()}


def _hidden(value: object) -> object:
    if isinstance(value, str):
        return without_secrets(value)
    if isinstance(value, MutableMapping):
        return {name: HIDDEN if is_secret(str(name)) else _hidden(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_hidden(inner) for inner in value]
    return value


def without_secrets(text: str) -> str:
    """Return a text, a traceback for instance, without what looks like a secret in it."""
    for pattern, instead in _IN_TEXT:
        text = pattern.sub(instead, text)
    return text


def in_order(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    """Put first what one reads first."""
    first = {name: event.pop(name) for name in ("timestamp", "level", "event", "trace") if name in event}
    return {**first, **event}


def _shared() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]


def configure_structlog() -> None:
    """Send structlog's events through the standard library's handlers, and count them, also those not written."""
    structlog.configure(
        processors=[
            metrics.count,
            structlog.stdlib.filter_by_level,
            *_shared(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def configuration(level: str, *, as_json: bool) -> dict[str, Any]:
    """Return Django's LOGGING: all to standard error, one line an event."""
    plain = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    renderer: Processor = structlog.processors.JSONRenderer(ensure_ascii=False) if as_json else plain
    last: list[Processor] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta]
    last += [structlog.processors.format_exc_info, hide_secrets, in_order]
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "event": {
                "()": structlog.stdlib.ProcessorFormatter,
                "processors": [*last, renderer],
                "foreign_pre_chain": _shared(),
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "event"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "django.db.backends": {"level": "INFO"},
            "django.request": {"level": "ERROR"},  # portal.http tells each request, by route
            "axes": {"level": "WARNING"},
        },
    }
