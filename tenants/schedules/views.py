"""Öppettider: the page, the week and what every save answers with."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tenants.changes import actions as changes
from tenants.changes.models import Change, ChangeItem
from tenants.changes.queries import standing
from tenants.customers.access import CustomerRequest, customer_page
from tenants.refusals import Conflict, Refusal
from tenants.schedules import actions, edits, pages, queries
from tenants.schedules.actions import Saved
from tenants.schedules.compile import compile_schedule
from tenants.schedules.forms import Form, NameForm, version_in
from tenants.schedules.hours import Row, WeekHours
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


def context(request: CustomerRequest, schedule: Schedule, week: WeekHours | None = None) -> dict[str, Any]:
    """Return what the page's region shows. ``week`` is what was typed, if it could not be saved."""
    obj, moment = compile_schedule(schedule), timezone.now()
    today = pages.local(obj, moment).date()
    lines = pages.coming(obj, today)
    change = queries.latest_change(schedule.pk)
    return {
        "schedule": schedule, "obj": obj, "today": today, "status": pages.status(obj, moment),
        "week": week or WeekHours.shown(obj.week), "weekday": today.weekday(),
        "coming": lines[:SHOWN], "coming_count": len(lines), "periods": obj.periods, "months": pages.year(obj, today),
        "holidays": len(obj.holidays), "closed_routes": queries.closed_routes(schedule.pk),
        "days_url": f"{address(request, 'show', schedule)}days/",
        "change": change, "receipt": standing(change) if change and change.generation else None,
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


def saved(request: CustomerRequest, outcome: Saved, words: str = "") -> HttpResponse:
    """Answer a save: the region with a toast and a way back, or a redirect to the page."""
    told, words = bool(words or outcome.change), words or _("Sparat")
    change, schedule = outcome.change, outcome.schedule
    undo_at = address(request, "undo", schedule, change.pk) if change else ""
    if not request.htmx:  # type: ignore[attr-defined]
        messages.success(request, words, extra_tags=f"undo={undo_at}" if undo_at else "")
        return redirect("schedules:show", request.customer.slug, schedule.pk)
    response = region(request, schedule)
    toast = {"message": words, "target": "#hours", "swap": "outerMorph"} | ({"undo": undo_at} if undo_at else {})
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


# --- the page ----------------------------------------------------------------------------------------------------


@customer_page()
@require_GET
def index(request: CustomerRequest) -> HttpResponse:
    """Show the first schedule, or what the page is for where there is none."""
    first = queries.schedules().first()
    return region(request, first) if first else render(request, "schedules/empty.html")


@customer_page()
@require_GET
def show(request: CustomerRequest, ident: int) -> HttpResponse:
    """Show a schedule."""
    return region(request, find(ident))


@customer_page()
@require_http_methods(["GET", "POST"])
def new(request: CustomerRequest) -> HttpResponse:
    """Make a schedule, open on workdays 8 to 17 to begin with."""
    here = reverse("schedules:new", args=[request.customer.slug])
    form = NameForm(request.POST if request.method == "POST" else None)

    def save() -> HttpResponse:
        made = actions.make(
            customer_id=request.customer.pk, by=request.user, name=form.cleaned_data["name"], week=edits.OFFICE_WEEK
        )
        return _go(request, address(request, "show", made.schedule))

    return sheet(
        request, None,
        Sheet(
            form, "schedules/_name_body.html", _("Nya öppettider"), here, save,
            lead=_("Börjar med mån–fre 08:00–17:00. Ändra sedan som du vill."), button=_("Lägg till"),
        ),
    )  # fmt: skip


def _go(request: CustomerRequest, url: str) -> HttpResponse:
    """Send the browser to another page, by htmx or plainly."""
    if not request.htmx:  # type: ignore[attr-defined]
        return redirect(url)
    response = HttpResponse(status=204)
    response["HX-Redirect"] = url
    return response


@customer_page()
@require_http_methods(["GET", "POST"])
def settings(request: CustomerRequest, ident: int) -> HttpResponse:
    """Rename a schedule; the way to delete it stands there too."""
    schedule = find(ident)
    form = NameForm(request.POST if request.method == "POST" else None, initial={"name": schedule.name})

    def save() -> HttpResponse:
        actions.rename(
            schedule=schedule, by=request.user, version=version_in(request.POST), name=form.cleaned_data["name"]
        )
        return _go(request, address(request, "show", schedule))

    users = [switch.name for switch in queries.users(schedule.pk)]
    return sheet(
        request, schedule,
        Sheet(
            form, "schedules/_settings_body.html", _("Inställningar"), address(request, "settings", schedule), save,
            more={"users": users},
        ),
    )  # fmt: skip


@customer_page()
@require_POST
def delete(request: CustomerRequest, ident: int) -> HttpResponse:
    """Delete a schedule."""
    schedule = find(ident)
    try:
        actions.delete(schedule=schedule, by=request.user, version=version_in(request.POST))
    except Refusal as refusal:
        schedule.refresh_from_db()
        return region(request, schedule, refusal=refusal)
    messages.success(request, _("Öppettiderna är borttagna."))
    return _go(request, reverse("schedules:index", args=[request.customer.slug]))


# --- the week ----------------------------------------------------------------------------------------------------


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


@customer_page()
@require_POST
def week(request: CustomerRequest, ident: int) -> HttpResponse:
    """Save the ordinary week. ``add`` asks for one more line on a day, ``remove`` (day-line) for one less."""
    schedule, typed = find(ident), WeekHours.typed(request.POST)
    if "add" in request.POST:
        return _with_line(request, schedule, typed)
    _without_line(request, typed)
    days = typed.openings()
    if typed.wrong:
        return region(request, schedule, week=typed)
    version = version_in(request.POST)
    return attempt(
        request,
        schedule,
        lambda: actions.set_week(schedule=schedule, by=request.user, version=version, days=days),
        typed,
    )


def _with_line(request: CustomerRequest, schedule: Schedule, typed: WeekHours) -> HttpResponse:
    day = typed.days[_weekday(request, "add")]
    day.open = True
    day.rows.append(Row("", ""))
    return region(request, schedule, week=typed)


def _without_line(request: CustomerRequest, typed: WeekHours) -> None:
    day, _dash, line = request.POST.get("remove", "").partition("-")
    if day.isdecimal() and line.isdecimal() and int(day) < 7 and int(line) < len(typed.days[int(day)].rows):
        del typed.days[int(day)].rows[int(line)]
        typed.days[int(day)].open = bool(typed.days[int(day)].rows)


def _weekday(request: CustomerRequest, name: str) -> int:
    """Return a weekday that was sent, 0 is Monday.

    :raises Http404: if it is none.
    """
    text = request.POST.get(name, "")
    if text not in {"0", "1", "2", "3", "4", "5", "6"}:
        raise Http404
    return int(text)


@customer_page()
@require_POST
def lunch(request: CustomerRequest, ident: int) -> HttpResponse:
    """Close for lunch on a weekday, or stop doing so."""
    schedule, day, version = find(ident), _weekday(request, "weekday"), version_in(request.POST)
    return attempt(
        request,
        schedule,
        lambda: actions.toggle_lunch(schedule=schedule, by=request.user, version=version, weekday=day),
    )


@customer_page()
@require_POST
def copy(request: CustomerRequest, ident: int) -> HttpResponse:
    """Give Monday to Friday the hours of one weekday, Monday unless told."""
    schedule, version = find(ident), version_in(request.POST)
    day = _weekday(request, "weekday") if "weekday" in request.POST else 0
    return attempt(
        request, schedule, lambda: actions.copy_day(schedule=schedule, by=request.user, version=version, weekday=day)
    )


# --- afterwards --------------------------------------------------------------------------------------------------


def _change(schedule_id: int, change: int) -> Change:
    found = get_object_or_404(ChangeItem, change_id=change, key=f"schedule/{schedule_id}")
    return found.change


@customer_page()
@require_POST
def undo(request: CustomerRequest, ident: int, change: int) -> HttpResponse:
    """Take a save back."""
    schedule = find(ident)
    made = _change(schedule.pk, change)
    try:
        changes.undo(customer_id=request.customer.pk, change_id=made.pk, by=request.user)
    except Refusal as refusal:
        return region(request, schedule, refusal=refusal)
    remaining = Schedule.objects.filter(pk=schedule.pk).first()
    if remaining is None:
        return _go(request, reverse("schedules:index", args=[request.customer.slug]))
    return saved(request, Saved(remaining, None), _("Ångrat"))


@customer_page()
@require_GET
def receipt(request: CustomerRequest, ident: int, change: int) -> HttpResponse:
    """Show whether the switch has a save, a deletion too; asked again and again until it has."""
    made = _change(ident, change)
    values = {"url": request.path, "receipt": standing(made)}
    return render(request, "schedules/_receipt_pill.html", values)
