"""Which requests a push serves, for its log lines and for the node's.

The pusher sends the newest generation, whoever rang and however many generations lie between. ``trace`` is then the
newest one's, ``traces`` the others', newest first, so looking for any of them finds the push.
"""

from __future__ import annotations

from collections.abc import Callable

import structlog
from django.http import HttpResponse
from django.utils import timezone
from structlog.contextvars import bind_contextvars, get_contextvars, unbind_contextvars

from integrations import tracing
from tenants.changes.models import Release
from tenants.customers import scope
from tenants.routing import wire

log = structlog.get_logger(__name__)


def of(push: wire.Push, *, after: int) -> list[str]:
    """Return the traces of the generations a push brings that are newer than ``after``, newest first."""
    with scope.customer(push.customer):
        rows = Release.objects.filter(generation__gt=after, generation__lte=push.generation).exclude(trace="")
        found = rows.order_by("-generation").values_list("trace", flat=True)[: tracing.MOST]
        return list(dict.fromkeys(found))


def follow(push: wire.Push, *, after: int) -> None:
    """Let what is logged and sent from here on bear the traces of this push."""
    newest, *rest = of(push, after=after) or [tracing.begin()]
    bind_contextvars(trace=newest)
    if rest:
        bind_contextvars(traces=rest)


def begin(trace: str) -> None:
    """Let what is logged and sent from here on bear one trace, or a new one if there is none."""
    unbind_contextvars("traces")
    bind_contextvars(trace=trace or tracing.begin())


def named(push: wire.Push, answer: Callable[[object], HttpResponse], *, after: int) -> HttpResponse:
    """Return a push as the answer to a node that fetches it, with the traces it serves. In the customer's scope."""
    response = answer(push)
    response.headers[tracing.ALSO] = ",".join(of(push, after=after))
    return response


def effective(receipt: wire.Receipt, *, after: int) -> None:
    """Log that a node has confirmed, with the seconds from each save to its effect. In the customer's scope."""
    rows = Release.objects.filter(generation__gt=after, generation__lte=receipt.generation).order_by("-generation")
    saved = rows.values_list("at", flat=True)[: tracing.MOST]
    waited = [round(receipt.effective_at - moment.timestamp(), 6) for moment in saved]
    log.info(
        "switch.push.effective", customer=receipt.customer, generation=receipt.generation, waited=waited,
        milliseconds=receipt.milliseconds, late=round(timezone.now().timestamp() - receipt.effective_at, 6),
    )  # fmt: skip


def forget() -> None:
    """Begin another turn; it is about somebody else's requests."""
    unbind_contextvars("traces")


def headers() -> dict[str, str]:
    """Return what a request to a node bears of the traces at hand."""
    context = get_contextvars()
    return tracing.headers(str(context.get("trace", "")), context.get("traces", ()))
