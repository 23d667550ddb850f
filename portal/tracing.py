"""Where a trace enters the portal and where it goes on: requests, tasks, answers.

The id lies in structlog's context, from which every log line, every new release and every request to a node takes it.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from inspect import iscoroutinefunction
from typing import Any, cast

import structlog
from celery.signals import before_task_publish, task_postrun, task_prerun
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import sync_and_async_middleware
from structlog.contextvars import bind_contextvars, clear_contextvars, get_contextvars

from integrations import tracing

log = structlog.get_logger("portal.http")
TASK_HEADER = "trace"
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
SILENT = ("/health/", "/metrics", "/static/")
"""Asked every few seconds by machines, or in heaps: counted but not logged, unless they fail."""

Answer = HttpResponse | Awaitable[HttpResponse]


@sync_and_async_middleware
def traced(get_response: Callable[[HttpRequest], Answer]) -> Callable[[HttpRequest], Answer]:
    """Middleware, the outermost: give each request its trace, and write one line when it has been answered."""

    def plain(request: HttpRequest) -> HttpResponse:
        began, trace = time.perf_counter(), _begin(request)
        return _end(request, cast("HttpResponse", get_response(request)), began, trace)

    async def streaming(request: HttpRequest) -> HttpResponse:
        began, trace = time.perf_counter(), _begin(request)
        return _end(request, await cast("Awaitable[HttpResponse]", get_response(request)), began, trace)

    return streaming if iscoroutinefunction(get_response) else plain


def _begin(request: HttpRequest) -> str:
    clear_contextvars()
    trace = tracing.read(request.headers.get(tracing.TRACEPARENT, "")) or tracing.begin()
    bind_contextvars(trace=trace)
    return trace


def _end(request: HttpRequest, response: HttpResponse, began: float, trace: str) -> HttpResponse:
    """Log a request by its route. Never by its path or query: those may hold a token."""
    match = request.resolver_match
    known = match.kwargs if match else {}
    silent = request.path.startswith(SILENT) and response.status_code < 500
    (log.debug if silent else log.info)(
        "http.request",
        method=request.method if request.method in METHODS else "other",
        route=route_of(request),
        status=response.status_code,
        seconds=round(time.perf_counter() - began, 6),
        customer=known.get("customer") or known.get("customer_id"),
    )
    response.headers.setdefault("traceresponse", tracing.header(trace))
    return response


def route_of(request: HttpRequest) -> str:
    """Return the pattern of a request's address: one of a fixed few, whatever is asked for."""
    if request.path.startswith("/static/"):
        return "/static/"
    return f"/{request.resolver_match.route}" if request.resolver_match else "unmatched"


@before_task_publish.connect
def _send_along(headers: dict[str, Any] | None = None, **_: object) -> None:
    """A task goes on with the trace of whoever asked for it."""
    trace = get_contextvars().get("trace")
    if headers is not None and trace:
        headers[TASK_HEADER] = trace


@task_prerun.connect
def _take_up(task: Any = None, **_: object) -> None:
    """Be about this task from here on; one without a trace (the beat's) begins one."""
    clear_contextvars()
    given = tracing.others(str(getattr(task.request, TASK_HEADER, None) or ""))
    bind_contextvars(trace=given[0] if given else tracing.begin(), task=task.name)


@task_postrun.connect
def _put_down(**_: object) -> None:
    clear_contextvars()
