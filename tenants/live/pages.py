"""How a page follows live state: it asks each second what has changed, and is answered only if something has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from tenants.live import actions
from tenants.refusals import Refusal
from tenants.routing.live import LiveValue, Order


def followed(request: HttpRequest, template: str, shown: Mapping[str, Any]) -> HttpResponse:
    """Answer with a part of a page, or with 204 if the browser has it already (``?seen`` is ``shown["seen"]``)."""
    if request.GET.get("seen") == shown["seen"]:
        return HttpResponse(status=204)
    return render(request, template, dict(shown))


def ask(request: Any, kind: str, subject: str, value: LiveValue | None) -> str:
    """Ask for a register to be set, as whoever uses the page; return why not, if it can't be."""
    order = Order(kind=kind, subject=subject, value=value)  # type: ignore[arg-type]
    try:
        actions.want(customer_id=request.customer.pk, order=order, by=request.user)
    except Refusal as refusal:
        return str(refusal.message)
    return ""


def answered(request: Any, refusal: str, back: str, part: HttpResponse) -> HttpResponse:
    """Answer a change: to htmx the part of the page as it is now, to a plain browser the page it stands on."""
    if request.htmx:
        return part
    if refusal:
        messages.error(request, refusal)
    return redirect(back)
