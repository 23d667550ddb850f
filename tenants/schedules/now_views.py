"""Öppettider for the moment: closed or open by hand until a given time, and back to the schedule."""

from __future__ import annotations

import json
from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tenants import doors
from tenants.customers.access import CustomerRequest, customer_page
from tenants.live.actions import want
from tenants.refusals import Refusal
from tenants.routing.live import Order, Override
from tenants.schedules.answers import Sheet, address, find, now_context, region, sheet
from tenants.schedules.compile import compile_schedule
from tenants.schedules.models import Schedule
from tenants.schedules.now_forms import NowForm, ends


@customer_page()
@require_http_methods(["GET", "POST"])
def now(request: CustomerRequest, ident: int) -> HttpResponse:
    """Close or open by hand, until a time. It ends by itself."""
    schedule = find(ident)
    obj = compile_schedule(schedule)
    state = "open" if request.GET.get("state") == "open" else "closed"
    form = NowForm(request.POST if request.method == "POST" else None, ends=ends(obj, timezone.now()), state=state)
    title, button = (_("Stäng nu"), _("Stäng nu")) if form.closing else (_("Öppna nu"), _("Öppna nu"))
    lead = _("Gäller direkt, för alla nummer som följer %s. Pågående samtal påverkas inte.") % schedule.name
    here = f"{address(request, 'now', schedule)}?state={'closed' if form.closing else 'open'}"
    shown = Sheet(form, "schedules/_now_body.html", title, here, _saving(request, schedule, form), lead, button, {
        "day": form.ends.words(form.ends.day), "change": form.ends.words(form.ends.change),
        "at": form.data.get("at", "") if form.is_bound else "",
    })  # fmt: skip
    return sheet(request, schedule, shown)


def _saving(request: CustomerRequest, schedule: Schedule, form: NowForm) -> Callable[[], HttpResponse]:
    def save() -> HttpResponse:
        assert form.until is not None
        closed, until = form.cleaned_data["state"] == "closed", form.ends.words(form.until)
        value = Override(state="closed" if closed else "open", until=form.until, prompt=form.prompt_key())
        _want(request, schedule, value)
        words = _("Stänger nu, till %s") if closed else _("Öppnar nu, till %s")
        return _answer(request, schedule, words % until)

    return save


def _want(request: CustomerRequest, schedule: Schedule, value: Override | None) -> None:
    order = Order(kind="override", subject=f"schedule/{schedule.pk}", value=value)
    want(customer_id=request.customer.pk, order=order, by=request.user)


def _answer(request: CustomerRequest, schedule: Schedule, words: str) -> HttpResponse:
    if not request.htmx:  # type: ignore[attr-defined]
        messages.success(request, words)
        return redirect("schedules:show", request.customer.slug, schedule.pk)
    response = region(request, schedule)
    response["HX-Trigger"] = json.dumps({"toast": {"message": words}, "dialog:close": {}})
    return response


@customer_page()
@require_POST
def resume(request: CustomerRequest, ident: int) -> HttpResponse:
    """Let the schedule rule again."""
    schedule = find(ident)
    try:
        _want(request, schedule, None)
    except Refusal as refusal:
        return region(request, schedule, refusal=refusal)
    return _answer(request, schedule, _("Schemat gäller igen"))


@customer_page()
@require_GET
@doors.region("hours-status")
def status(request: CustomerRequest, ident: int) -> HttpResponse:
    """Return the card on top, if the state or what is set by hand has changed since it was drawn."""
    return doors.followed(request, "schedules/_status.html", now_context(request, find(ident)))
