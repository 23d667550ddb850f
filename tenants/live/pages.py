"""Doors to live state: a register is asked to be set, and the part of the page that shows it is the answer."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect

from tenants.live import actions
from tenants.refusals import Refusal
from tenants.routing.live import LiveValue, Order


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
