"""What Öppettider answers: the page's region, a save with its toast and way back, a sheet, a refusal."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from tenants.changes.queries import standing
from tenants.customers.access import CustomerRequest
from tenants.live import queries as live
from tenants.live import words
from tenants.refusals import Conflict, Refusal
from tenants.routing.live import Override
from tenants.schedules import pages, queries
from tenants.schedules.actions import Saved
from tenants.schedules.compile import compile_schedule
from tenants.schedules.forms import Form
from tenants.schedules.hours import WeekHours
from tenants.schedules.models import Schedule
from tenants.schedules.refusals import BadHours

SHOWN = 6
"""How many coming dates stand on the page itself."""


def find(ident: int) -> Schedule:
    """Return a schedule of the customer in scope.

    :raises Http404: if there is none.
    """
    return get_object_or_404(Schedule, pk=ident)


def address(request: CustomerRequest, name: str, schedule: Schedule, *args: object) -> str:
    """Return an address under a schedule."""
    return reverse(f"schedules:{name}", args=(request.customer.slug, schedule.pk, *args))


def now_context(request: CustomerRequest, schedule: Schedule) -> dict[str, Any]:
    """Return what the card on top shows: the schedule now, and what is set by hand."""
    obj, moment = compile_schedule(schedule), timezone.now()
    standing_ = live.standing("override", f"schedule/{schedule.pk}")
    override = standing_.holding(moment)
    change = queries.latest_change(schedule.pk)
    status = pages.status(obj, moment, override if isinstance(override, Override) else None)
    return {
        "schedule": schedule, "obj": obj, "status": status,
        "note": words.note(standing_, moment), "seen": f"{status.state}-{live.mark([standing_], moment)}",
        "change": change, "receipt": standing(change) if change and change.generation else None,
    }  # fmt: skip


def context(request: CustomerRequest, schedule: Schedule, week: WeekHours | None = None) -> dict[str, Any]:
    """Return what the page's region shows. ``week`` is what was typed, if it could not be saved."""
    shown = now_context(request, schedule)
    obj = shown["obj"]
    today = pages.local(obj, timezone.now()).date()
    lines = pages.coming(obj, today)
    return shown | {
        "today": today,
        "week": week or WeekHours.shown(obj.week), "weekday": today.weekday(),
        "coming": lines[:SHOWN], "coming_count": len(lines), "periods": obj.periods, "months": pages.year(obj, today),
        "holidays": len(obj.holidays), "closed_routes": queries.closed_routes(schedule.pk),
        "days_url": f"{address(request, 'show', schedule)}days/",
    }  # fmt: skip


def region(
    request: CustomerRequest, schedule: Schedule, *, week: WeekHours | None = None, refusal: Refusal | None = None
) -> HttpResponse:
    """Answer with the page's region alone to htmx, with the whole page to a plain browser."""
    shown = context(request, schedule, week) | {"refusal": refusal, "conflict": isinstance(refusal, Conflict)}
    shown["differences"] = week.differences(shown["obj"].week) if week and shown["conflict"] else []
    status = 422 if refusal or (week and week.wrong) else 200
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "schedules/_hours.html", shown, status=status)
    return render(request, "schedules/page.html", shown | _tabs(request, schedule), status=status)


def _tabs(request: CustomerRequest, schedule: Schedule) -> dict[str, Any]:
    items = [
        {"label": row.name, "url": address(request, "show", row), "current": row.pk == schedule.pk}
        for row in queries.schedules()
    ]
    return {"tabs": items}


def saved(request: CustomerRequest, outcome: Saved, said: str = "") -> HttpResponse:
    """Answer a save: the region with a toast and a way back, or a redirect to the page."""
    told, said = bool(said or outcome.change), said or _("Sparat")
    change, schedule = outcome.change, outcome.schedule
    undo_at = address(request, "undo", schedule, change.pk) if change else ""
    if not request.htmx:  # type: ignore[attr-defined]
        messages.success(request, said, extra_tags=f"undo={undo_at}" if undo_at else "")
        return redirect("schedules:show", request.customer.slug, schedule.pk)
    response = region(request, schedule)
    toast = {"message": said, "target": "#hours", "swap": "outerMorph"} | ({"undo": undo_at} if undo_at else {})
    response["HX-Trigger"] = json.dumps({"toast": toast, "dialog:close": {}} if told else {"dialog:close": {}})
    return response


@dataclass(frozen=True)
class Sheet:
    """A form in a sheet over the page: shown by GET, saved by POST. ``save`` is called only with a valid form."""

    form: Form
    body: str
    title: str
    action: str
    save: Callable[[], HttpResponse]
    lead: str = ""
    button: str = ""
    more: Mapping[str, Any] | None = None


def sheet(request: CustomerRequest, schedule: Schedule | None, shown: Sheet) -> HttpResponse:
    """Show a sheet, or save it and answer with the page; refused, show it again with what was typed."""
    if request.method == "POST" and shown.form.is_valid():
        try:
            return shown.save()
        except Refusal as refusal:
            shown.form.refuse(refusal)
            if schedule:
                schedule.refresh_from_db()
    values = {"sheet": shown, "form": shown.form, "schedule": schedule, **(shown.more or {})}
    if not request.htmx:  # type: ignore[attr-defined]
        return render(request, "schedules/sheet_page.html", values, status=422 if shown.form.is_bound else 200)
    if not shown.form.is_bound:
        return render(request, "schedules/_sheet.html", values)
    response = render(request, "schedules/_sheet_form.html", values, status=422)
    response["HX-Retarget"], response["HX-Reswap"] = "#sheet-form", "outerMorph"
    return response


def go(request: CustomerRequest, url: str) -> HttpResponse:
    """Send the browser to another page, by htmx or plainly."""
    if not request.htmx:  # type: ignore[attr-defined]
        return redirect(url)
    response = HttpResponse(status=204)
    response["HX-Redirect"] = url
    return response


def attempt(
    request: CustomerRequest, schedule: Schedule, save: Callable[[], Saved], week: WeekHours | None = None
) -> HttpResponse:
    """Save and answer with the page; refused, say why on the page and keep what was typed."""
    try:
        return saved(request, save())
    except Refusal as refusal:
        schedule.refresh_from_db()
        placed = week is not None and isinstance(refusal, BadHours) and week.refuse(refusal)
        return region(request, schedule, week=week, refusal=None if placed else refusal)
