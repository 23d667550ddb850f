"""Öppettider's sheets for what comes back year after year: red days and periods."""

from __future__ import annotations

from datetime import date

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from tenants.customers.access import CustomerRequest, customer_page
from tenants.routing.swedish_days import CATEGORIES, date_of
from tenants.schedules import date_actions, pages
from tenants.schedules.answers import Sheet, address, attempt, find, saved, sheet
from tenants.schedules.compile import compile_schedule
from tenants.schedules.date_views import rule_in, sent
from tenants.schedules.forms import CLOSED, USUAL, HolidaysForm, PeriodForm
from tenants.schedules.forms import version_in as _version
from tenants.schedules.words import DAY_LABELS, dates

# --- red days ----------------------------------------------------------------------------------------------------


@customer_page()
@require_http_methods(["GET", "POST"])
def holidays(request: CustomerRequest, ident: int) -> HttpResponse:
    """Say what red days, eves, half days and bridge days mean here, all at once."""
    schedule = find(ident)
    obj = compile_schedule(schedule)
    form = HolidaysForm(sent(request), obj.holidays)

    def save() -> HttpResponse:
        wanted, version = form.wanted(), _version(request.POST)
        outcome = date_actions.set_holidays(schedule=schedule, by=request.user, version=version, rules=wanted)
        count = sum(rule is not None for rule in wanted.values())
        words = ngettext(
            "%(count)s sorts dag inlagd, år efter år", "%(count)s sorters dagar inlagda, år efter år", count
        )
        return saved(request, outcome, words % {"count": count})

    today = pages.local(obj, timezone.now()).date()
    return sheet(
        request, schedule,
        Sheet(
            form, "schedules/_holidays_body.html", _("Röda dagar"), address(request, "holidays", schedule), save,
            _("Läggs in för alla år framåt. Växeln räknar själv ut datumen."),
            _("Spara") if obj.holidays else _("Lägg in"), _named_days(form, today),
        ),
    )  # fmt: skip


def _named_days(form: HolidaysForm, today: date) -> dict[str, object]:
    choices = [(USUAL, _("Som vanligt")), (CLOSED, _("Stängt")), ("short", _("Kortare dag"))]
    red, others = (_lines(form, today, kinds) for kinds in (("red", "eve"), ("half", "bridge")))
    return {"red": red, "others": others, "choices": choices}


def _lines(form: HolidaysForm, today: date, categories: tuple[str, ...]) -> list[dict[str, object]]:
    """Return the named days with their coming dates, soonest first."""
    lines = [
        {"day": day, "label": DAY_LABELS[day], "dates": _next_dates(day, today), "choice": form.choice(day)}
        for day, category in CATEGORIES.items()
        if category in categories
    ]
    return sorted(lines, key=lambda line: str(line["dates"][0]))  # type: ignore[index]


def _next_dates(day: str, today: date) -> list[date]:
    found = [when for year in range(today.year, today.year + 4) for when in date_of(day, year) if when >= today]
    return found[:3]


# --- periods -----------------------------------------------------------------------------------------------------


@customer_page()
@require_http_methods(["GET", "POST"])
def new_period(request: CustomerRequest, ident: int) -> HttpResponse:
    """Add a period with a week of its own."""
    schedule = find(ident)
    form = PeriodForm(sent(request))

    def save() -> HttpResponse:
        period, version = form.period(), _version(request.POST)
        outcome = date_actions.add_period(schedule=schedule, by=request.user, version=version, period=period)
        words = _("%(name)s inlagd, %(dates)s") % {"name": period.name, "dates": dates(period.first, period.last)}
        return saved(request, outcome, words)

    return sheet(
        request, schedule,
        Sheet(
            form, "schedules/_period_body.html", _("Lägg till period"), address(request, "new-period", schedule), save,
            _("En egen vecka mellan två datum, till exempel semestern."), _("Lägg till"),
        ),
    )  # fmt: skip


@customer_page()
@require_http_methods(["GET", "POST"])
def period(request: CustomerRequest, ident: int, rule: int) -> HttpResponse:
    """Change a period."""
    schedule = find(ident)
    standing = rule_in(compile_schedule(schedule).periods, rule)
    form = PeriodForm(sent(request), period=standing)

    def save() -> HttpResponse:
        changed, version = form.period(rule), _version(request.POST)
        return saved(
            request, date_actions.change_period(schedule=schedule, by=request.user, version=version, period=changed)
        )

    return sheet(
        request, schedule,
        Sheet(
            form, "schedules/_period_body.html", standing.name, address(request, "period", schedule, rule), save,
            button=_("Spara"), more={"remove": address(request, "remove-period", schedule, rule)},
        ),
    )  # fmt: skip


@customer_page()
@require_POST
def remove_period(request: CustomerRequest, ident: int, rule: int) -> HttpResponse:
    """Take a period away."""
    schedule, version = find(ident), _version(request.POST)
    return attempt(
        request,
        schedule,
        lambda: date_actions.remove_period(schedule=schedule, by=request.user, version=version, ident=rule),
    )
