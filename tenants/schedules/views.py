"""Öppettider: the page, the week, undo and receipt."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tenants import doors
from tenants.changes import actions as changes
from tenants.changes.models import Change, ChangeItem
from tenants.changes.queries import standing
from tenants.changes.words import called
from tenants.customers.access import CustomerRequest, customer_page
from tenants.refusals import Refusal
from tenants.schedules import actions, edits, queries
from tenants.schedules.actions import Saved
from tenants.schedules.answers import Sheet, address, attempt, find, go, region, saved, sheet
from tenants.schedules.forms import NameForm, version_in
from tenants.schedules.hours import Row, WeekHours
from tenants.schedules.models import Schedule

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
        return go(request, address(request, "show", made.schedule))

    return sheet(
        request, None,
        Sheet(
            form, "schedules/_name_body.html", _("Nya öppettider"), here, save,
            lead=_("Börjar med mån–fre 08:00–17:00. Ändra sedan som du vill."), button=_("Lägg till"),
        ),
    )  # fmt: skip


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
        return go(request, address(request, "show", schedule))

    users = [called(switch.name, switch.kind) for switch in queries.users(schedule.pk)]
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
        change = actions.delete(schedule=schedule, by=request.user, version=version_in(request.POST))
    except Refusal as refusal:
        schedule.refresh_from_db()
        return region(request, schedule, refusal=refusal)
    undo_at = reverse("schedules:undo", args=[request.customer.slug, ident, change.pk])
    messages.success(request, _("Öppettiderna är borttagna."), extra_tags=f"undo={undo_at}")
    return go(request, reverse("schedules:index", args=[request.customer.slug]))


# --- the week ----------------------------------------------------------------------------------------------------


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
    """Take a save back, a deletion too."""
    made = _change(ident, change)
    try:
        changes.undo(customer_id=request.customer.pk, change_id=made.pk, by=request.user)
    except Refusal as refusal:
        return _not_undone(request, ident, refusal)
    remaining = Schedule.objects.filter(pk=ident).first()
    if remaining is None:
        return go(request, reverse("schedules:index", args=[request.customer.slug]))
    return saved(request, Saved(remaining, None), _("Ångrat"))


def _not_undone(request: CustomerRequest, ident: int, refusal: Refusal) -> HttpResponse:
    schedule = Schedule.objects.filter(pk=ident).first()
    if schedule:
        return region(request, schedule, refusal=refusal)
    messages.error(request, str(refusal.message))
    return go(request, reverse("schedules:index", args=[request.customer.slug]))


@customer_page()
@require_GET
def receipt(request: CustomerRequest, ident: int, change: int) -> HttpResponse:
    """Show whether the switch has a save, a deletion too; asked again until it has."""
    told = standing(_change(ident, change))
    values = {"url": request.path, "receipt": told, "seen": told.state}
    return doors.followed(request, "schedules/_receipt_pill.html", values)
