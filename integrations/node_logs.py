"""A node's log lines: one JSON object a line, with the same names as the portal's. The standard library only.

The trace of the request that is being answered lies in a context variable, which tasks and threads inherit; every line
bears it, so looking for one id in the portal's, the workers' and the node's lines tells the whole way of a change.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Awaitable, Callable, MutableMapping
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, Literal

from integrations import tracing
from tenants.routing.wire import Push, Receipt

log = logging.getLogger("node.http")
TRACE: ContextVar[str] = ContextVar("trace", default="")
ALSO: ContextVar[tuple[str, ...]] = ContextVar("traces", default=())
SECRET_NAMES = ("password", "secret", "token", "authorization", "sealing_key")
SILENT = ("/v1/health", "/v1/roots", "/v1/live", "/health/", "/metrics", "/ask")
_OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "color_message", "taskName"}

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


class Lines(logging.Formatter):
    """One line an event: its moment, level, words, trace and values; what is called a secret is blanked."""

    def __init__(self, form: Literal["json", "text"] = "json") -> None:
        """Write for machines or for people."""
        super().__init__()
        self._form = form

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line = {
            "timestamp": datetime.fromtimestamp(record.created, tz=UTC).isoformat().replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
            **_traces(),
            "logger": record.name,
            **{name: _shown(name, value) for name, value in vars(record).items() if name not in _OWN},
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str) if self._form == "json" else _text(line)


def _traces() -> dict[str, object]:
    trace, also = TRACE.get(), ALSO.get()
    return {"trace": trace, **({"traces": also} if also else {})} if trace else {}


def _shown(name: str, value: object) -> object:
    return "…" if name.lower() in SECRET_NAMES else value


def _text(line: dict[str, Any]) -> str:
    values = " ".join(f"{name}={value}" for name, value in list(line.items())[3:] if name != "exception")
    words = f"{line['timestamp']} {line['level']:8}{line['event']} {values}".rstrip()
    return f"{words}\n{line['exception']}" if "exception" in line else words


def configure(form: str = "json", level: str = "INFO") -> None:
    """Write everything to standard error, in this form."""
    lines = logging.StreamHandler()
    lines.setFormatter(Lines("text" if form == "text" else "json"))
    root = logging.getLogger()
    root.handlers[:] = [lines]
    root.setLevel(level)
    logging.getLogger("httpx").setLevel(logging.WARNING)


class Followed:
    """ASGI middleware: take up a request's trace, and write one line when it has been answered."""

    def __init__(self, app: App) -> None:
        """Stand before this app."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = {name.lower(): value for name, value in scope["headers"]}
        TRACE.set(tracing.read(_of(headers, tracing.TRACEPARENT)) or tracing.begin())
        ALSO.set(tuple(tracing.others(_of(headers, tracing.ALSO))))
        began, status = time.perf_counter(), 0

        async def sending(message: MutableMapping[str, Any]) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        try:
            await self._app(scope, receive, sending)
        finally:
            _tell(scope, status, time.perf_counter() - began)


def _of(headers: MutableMapping[bytes, bytes], name: str) -> str:
    return headers.get(name.lower().encode(), b"").decode("latin-1")


def _tell(scope: Scope, status: int, seconds: float) -> None:
    """Log a request. A node's addresses hold ids and hashes only."""
    silent = scope["path"].startswith(SILENT) and status < 500
    values = {"method": scope["method"], "path": scope["path"], "status": status, "seconds": round(seconds, 6)}
    log.log(logging.DEBUG if silent else logging.INFO, "http.request", extra=values)


def pushed(push: Push, answer: object) -> None:
    """Log what a node made of a push."""
    outcome = "active" if isinstance(answer, Receipt) else getattr(answer, "code", "unknown")
    values: dict[str, object] = {"customer": push.customer, "epoch": push.epoch, "generation": push.generation}
    values |= {"base": push.base, "changes": len(push.changes), "outcome": outcome}
    if isinstance(answer, Receipt):
        values["milliseconds"] = answer.milliseconds
    log.info("node.push.done", extra=values)


def begin() -> None:
    """Begin a trace of the node's own: something it does without being asked."""
    TRACE.set(tracing.begin())
    ALSO.set(())


def headers() -> dict[str, str]:
    """Return what a request to the portal bears of the trace at hand."""
    return tracing.headers(TRACE.get())


def serves_also(answer: MutableMapping[str, str]) -> None:
    """Take up from the headers of the portal's answer which requests are served by what it gives."""
    if named := tracing.others(answer.get(tracing.ALSO, "")):
        ALSO.set(tuple(named))
