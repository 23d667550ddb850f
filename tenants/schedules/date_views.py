"""Öppettider's sheets of dates: today, one date, exceptions."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import TypeVar

from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tenants.customers.access import CustomerRequest, customer_page
from tenants.routing.naming import ident_of
from tenants.routing.objects import ExceptionRule, Period
from tenants.routing.objects import Schedule as Object
from tenants.routing.schedules import day_plan
from tenants.routing.swedish_days import names_on
from tenants.schedules import date_actions, edits, pages
from tenants.schedules.actions import Saved
from tenants.schedules.answers import Sheet, address, attempt, context, find, saved, sheet
from tenants.schedules.compile import compile_schedule
from tenants.schedules.forms import CLOSED, OTHER, USUAL, DayForm, ExceptionForm, TodayForm
from tenants.schedules.forms import version_in as _version
from tenants.schedules.models import Schedule
from tenants.schedules.times import clock, stretch
from tenants.schedules.words import DAY_LABELS, dates, day_and_weekday

Rule = TypeVar("Rule", ExceptionRule, Period)


def sent(request: CustomerRequest) -> QueryDict | None:
    """Return what a form was sent with, None where it is only to be shown."""
    return request.POST if request.method == "POST" else None


def rule_in(rules: tuple[Rule, ...], ident: int) -> Rule:
    """Return the exception or period with an id.

    :raises Http404: if there is none.
    """
    found = next((rule for rule in rules if rule.id == ident), None)
    if found is None:
        raise Http404
    return found


# --- today and other single dates --------------------------------------------------------------------------------


@customer_page()
@require_http_methods(["GET", "POST"])
def today(request: CustomerRequest, ident: int) -> HttpResponse:
    """Close earlier today, or set other hours. It ends by itself."""
    schedule, moment = find(ident), timezone.now()
    obj = compile_schedule(schedule)
    day = pages.local(obj, moment).date()
    form = TodayForm(sent(request), openings=edits.hours_until(obj, day, 1440) or edits.ordinary(obj, day))
    shown = Sheet(
        form, "schedules/_today_body.html", _("Ändra i dag"), address(request, "today", schedule),
        _saving_today(request, schedule, form, moment, day), _("Gäller bara i dag. Pågående samtal påverkas inte."),
        _("Spara"), _today_choices(obj, moment, day, form),
    )  # fmt: skip
    return sheet(request, schedule, shown)


def _today_choices(obj: Object, moment: datetime, day: date, form: TodayForm) -> dict[str, object]:
    minute = pages.local(obj, moment).hour * 60 + pages.local(obj, moment).minute
    open_later = edits.closes_after(obj, day, minute)
    last = max((end for _start, end in edits.open_hours(obj, day)), default=0)
    kind = form.data.get("kind") or (TodayForm.AT if open_later else OTHER)
    return {
        **{f"kind_is_{name}": kind == name for name in (TodayForm.AT, OTHER)},
        "open_later": open_later,
        "at": form.data.get("at") if form.is_bound else clock(max(min(last - 60, 1440), 0) // 60 * 60),
    }


def _saving_today(
    request: CustomerRequest, schedule: Schedule, form: TodayForm, moment: datetime, day: date
) -> Callable[[], HttpResponse]:
    def save() -> HttpResponse:
        prompt, kind = ident_of(form.prompt_key()), form.cleaned_data["kind"]
        version, by = _version(request.POST), request.user
        if kind == OTHER:
            rule = ExceptionRule(
                id=0, name=_("Ändrat i dag"), first=day, last=day, openings=form.openings, prompt=form.prompt_key()
            )
            return saved(request, date_actions.set_day(schedule=schedule, by=by, version=version, rule=rule))
        outcome = date_actions.close_today(
            schedule=schedule, by=by, version=version, moment=moment, minute=form.minute, prompt_id=prompt
        )
        return saved(request, outcome, _("Stänger %(clock)s i dag") % {"clock": clock(form.minute)})

    return save


@customer_page()
@require_POST
def usual_today(request: CustomerRequest, ident: int) -> HttpResponse:
    """Let today be as usual again."""
    schedule, version = find(ident), _version(request.POST)
    day = pages.local(compile_schedule(schedule), timezone.now()).date()
    return attempt(
        request,
        schedule,
        lambda: date_actions.clear_day(schedule=schedule, by=request.user, version=version, day=day),
    )


@customer_page()
@require_http_methods(["GET", "POST"])
def day(request: CustomerRequest, ident: int, day: date) -> HttpResponse:
    """Change one date: as usual, closed, or other hours."""
    schedule = find(ident)
    obj = compile_schedule(schedule)
    found = pages.describe(obj, day, day)
    standing = edits.exception_on(obj, day)
    usual = edits.ordinary(obj, day)
    named = ", ".join(str(DAY_LABELS[name]) for name in names_on(day))
    kind = (
        USUAL if standing is None and not found.mark else CLOSED if not found.hours or found.mark == "closed" else OTHER
    )
    initial = {
        "kind": kind,
        "name": standing.name if standing else found.name,
        "prompt": ident_of(standing.prompt) if standing else None,
    }
    form = DayForm(sent(request), openings=edits.hours_until(obj, day, 1440) or usual, initial=initial)

    def save() -> HttpResponse:
        version, by = _version(request.POST), request.user
        if form.cleaned_data["kind"] == USUAL:
            return saved(request, _as_usual(schedule, obj, by=by, version=version, day=day))
        return saved(request, date_actions.set_day(schedule=schedule, by=by, version=version, rule=form.rule(day)))

    words = ", ".join(stretch(part.start, part.end) for part in usual if part.state == "open") or _("Stängt")
    return sheet(
        request, schedule,
        Sheet(
            form, "schedules/_day_body.html", capfirst(day_and_weekday(day)), address(request, "day", schedule, day),
            save, lead=named, button=_("Spara"),
            more={"usual": words, "longer": standing if standing and standing.first != standing.last else None},
        ),
    )  # fmt: skip


def _as_usual(schedule: Schedule, obj: Object, *, by: object, version: int, day: date) -> Saved:
    """Make a date as usual: without its exception, and on a red day with a rule open by the ordinary hours."""
    without = edits.as_usual(obj, day)
    if not day_plan(without, day).rule.startswith("holiday:"):
        return date_actions.clear_day(schedule=schedule, by=by, version=version, day=day)  # type: ignore[arg-type]
    rule = ExceptionRule(id=0, name=_("Öppet som vanligt"), first=day, last=day, openings=edits.ordinary(obj, day))
    return date_actions.set_day(schedule=schedule, by=by, version=version, rule=rule)  # type: ignore[arg-type]


# --- exceptions --------------------------------------------------------------------------------------------------


@customer_page()
@require_GET
def exceptions(request: CustomerRequest, ident: int) -> HttpResponse:
    """Show every coming date that differs."""
    schedule = find(ident)
    obj = compile_schedule(schedule)
    lines = pages.coming(obj, pages.local(obj, timezone.now()).date(), 3 * 366)
    return render(request, "schedules/exceptions.html", context(request, schedule) | {"coming": lines})


@customer_page()
@require_http_methods(["GET", "POST"])
def new_exception(request: CustomerRequest, ident: int) -> HttpResponse:
    """Add dates that differ."""
    schedule = find(ident)
    form = ExceptionForm(sent(request))

    def save() -> HttpResponse:
        rule, version = form.rule(), _version(request.POST)
        outcome = date_actions.add_exception(schedule=schedule, by=request.user, version=version, rule=rule)
        words = _("%(name)s inlagd, %(dates)s") % {"name": rule.name, "dates": dates(rule.first, rule.last)}
        return saved(request, outcome, words)

    return sheet(
        request, schedule,
        Sheet(
            form, "schedules/_exception_body.html", _("Lägg till avvikande dag"),
            address(request, "new-exception", schedule), save, button=_("Lägg till"),
        ),
    )  # fmt: skip


@customer_page()
@require_http_methods(["GET", "POST"])
def exception(request: CustomerRequest, ident: int, rule: int) -> HttpResponse:
    """Change dates that differ."""
    schedule = find(ident)
    standing = rule_in(compile_schedule(schedule).exceptions, rule)
    form = ExceptionForm(sent(request), openings=standing.openings, initial=ExceptionForm.initial_of(standing))

    def save() -> HttpResponse:
        changed, version = form.rule(rule), _version(request.POST)
        return saved(
            request, date_actions.change_exception(schedule=schedule, by=request.user, version=version, rule=changed)
        )

    return sheet(
        request, schedule,
        Sheet(
            form, "schedules/_exception_body.html", standing.name or dates(standing.first, standing.last),
            address(request, "exception", schedule, rule), save, button=_("Spara"),
            more={"remove": address(request, "remove-exception", schedule, rule)},
        ),
    )  # fmt: skip


@customer_page()
@require_POST
def remove_exception(request: CustomerRequest, ident: int, rule: int) -> HttpResponse:
    """Take dates that differ away."""
    schedule, version = find(ident), _version(request.POST)
    return attempt(
        request,
        schedule,
        lambda: date_actions.remove_exception(schedule=schedule, by=request.user, version=version, ident=rule),
    )
