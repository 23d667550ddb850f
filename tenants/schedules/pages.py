"""What the page Öppettider shows, worked out from a schedule's object: now, the coming dates, the whole year."""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Literal

from django.utils.dates import MONTHS
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tenants.routing.live import Override
from tenants.routing.objects import Schedule
from tenants.routing.schedules import DAY, DayPlan, day_plan, evaluate, next_state_change, zone_of
from tenants.schedules import edits
from tenants.schedules.edits import CLOSED_EARLY
from tenants.schedules.times import stretch
from tenants.schedules.words import DAY_LABELS, day_and_weekday, when

Mark = Literal["", "closed", "short", "other"]
"""How a date differs from the ordinary week, if it does."""
_ONE_DAY = timedelta(days=1)
TONES = {"closed": "bad", "short": "warn", "other": "info"}


@dataclass(frozen=True)
class Status:
    """The card on top. ``can_close``: it is open now or later today; ``own_day``: today has an exception of its own.

    ``by_hand``: somebody has forced it, whatever the schedule says.
    """

    state: str
    tone: str
    icon: str
    title: str
    lead: str
    intervals: list[tuple[int, int]]
    now: int
    start: int
    end: int
    can_close: bool
    own_day: bool
    by_hand: bool


def local(obj: Schedule, moment: datetime) -> datetime:
    """Return a moment by the schedule's own clock."""
    return moment.astimezone(zone_of(obj.zone))


STATES = {
    "open": ("ok", "circle-check", gettext_lazy("Öppet just nu"), gettext_lazy("Öppet för hand")),
    "lunch": ("warn", "coffee", gettext_lazy("Lunchstängt just nu"), gettext_lazy("Lunchstängt för hand")),
    "holiday": ("bad", "lock", gettext_lazy("Stängt för helgdag"), gettext_lazy("Stängt för hand")),
    "closed": ("bad", "lock", gettext_lazy("Stängt just nu"), gettext_lazy("Stängt för hand")),
}
"""Tone, icon and title of each state, by the schedule and by hand."""


def status(obj: Schedule, moment: datetime, override: Override | None = None) -> Status:
    """Return what holds now, by hand or by the schedule, and what comes next."""
    now = local(obj, moment)
    verdict = evaluate(obj, moment, override)
    by_hand = verdict.rule == "override"
    minute = now.hour * 60 + now.minute
    intervals = _by_hand(edits.open_hours(obj, now.date()), now, override if by_hand else None)
    standing = edits.exception_on(obj, now.date())
    tone, icon, title, title_by_hand = STATES[verdict.state]
    lead = _lead(obj, moment, verdict.state, named(obj, verdict.rule))
    return Status(
        state=verdict.state, tone=tone, icon=icon, title=str(title_by_hand if by_hand else title),
        lead=_until(obj, now, override) if by_hand and override else lead, intervals=intervals, now=minute,
        start=min([360, *(start // 120 * 120 for start, _end in intervals), minute // 120 * 120]),
        end=max([1200, *(-(-end // 120) * 120 for _start, end in intervals), -(-(minute + 1) // 120) * 120]),
        can_close=edits.closes_after(obj, now.date(), minute),
        own_day=standing is not None and standing.first == standing.last, by_hand=by_hand,
    )  # fmt: skip


def _by_hand(hours: list[tuple[int, int]], now: datetime, override: Override | None) -> list[tuple[int, int]]:
    """Return today's open stretches as they are with what is forced from now on."""
    if override is None:
        return hours
    until, start = override.until.astimezone(now.tzinfo), now.hour * 60 + now.minute
    end = until.hour * 60 + until.minute if until.date() == now.date() else DAY
    sides = [(first, min(last, start)) for first, last in hours] + [(max(first, end), last) for first, last in hours]
    forced = [(start, end)] if override.state == "open" else []
    return sorted((first, last) for first, last in [*sides, *forced] if first < last)


def _until(obj: Schedule, now: datetime, override: Override) -> str:
    return _("Till %(when)s, sedan gäller schemat") % {"when": when(local(obj, override.until), now)}


def _lead(obj: Schedule, moment: datetime, state: str, name: str) -> str:
    now = local(obj, moment)
    if state == "open":
        at = next_state_change(obj, moment)
        closes = _("Stänger %(when)s, %(day)s") if at and local(obj, at).date() == now.date() else _("Stänger %(when)s")
        facts = {"when": when(local(obj, at), now), "day": day_and_weekday(now.date())} if at else {}
        return closes % facts if at else _("Öppet dygnet runt")
    at = next_opening(obj, moment)
    opens = _("Öppnar igen %(when)s") % {"when": when(local(obj, at), now)} if at else _("Öppnar inte inom ett år")
    return f"{name} · {opens}" if name and name != CLOSED_EARLY else opens


def next_opening(obj: Schedule, moment: datetime) -> datetime | None:
    """Return when it next opens, or None if not within what can be seen."""
    at = next_state_change(obj, moment)
    for _step in range(60):
        if at is None or evaluate(obj, at).state == "open":
            return at
        at = next_state_change(obj, at)
    return None


def named(obj: Schedule, rule: str) -> str:
    """Return what people call the rule of a verdict; nothing for the ordinary week."""
    kind, _colon, ident = rule.partition(":")
    if kind == "holiday":
        return str(DAY_LABELS[ident])
    if kind == "exception":
        return next((rule.name for rule in obj.exceptions if str(rule.id) == ident), "")
    return next((period.name for period in obj.periods if kind == "period" and str(period.id) == ident), "")


# --- a date ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Day:
    """A date of the year grid. ``label`` says it all in words."""

    date: date
    mark: Mark
    name: str
    hours: str
    label: str
    past: bool
    today: bool
    off: bool
    """A weekday that is always closed, as most Sundays."""


def describe(obj: Schedule, day: date, today: date) -> Day:
    """Return how a date looks."""
    plan = day_plan(obj, day)
    spans = [(span.start, span.end) for span in plan.spans if span.state == "open"]
    usual = edits.of_weekday(obj.week, day.weekday())
    mark = _mark(obj, plan, spans)
    hours = ", ".join(stretch(start, end) for start, end in spans) or _("Stängt")
    name = named(obj, plan.rule)
    label = ", ".join(part for part in (day_and_weekday(day), name, hours) if part)
    return Day(day, mark, name, hours, label, day < today, day == today, not usual and not spans)


def _mark(obj: Schedule, plan: DayPlan, spans: list[tuple[int, int]]) -> Mark:
    kind = plan.rule.partition(":")[0]
    if kind in ("week", "closed"):
        return ""
    usual = [
        (part.start, min(part.end, DAY))
        for part in edits.of_weekday(obj.week, plan.day.weekday())
        if part.state == "open"
    ]
    if kind == "period" and spans == usual:
        return ""
    if not spans:
        return "closed"
    return "short" if _length(spans) < _length(usual) else "other"


def _length(spans: list[tuple[int, int]]) -> int:
    return sum(end - start for start, end in spans)


# --- the coming dates --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Coming:
    """A line of Avvikande dagar: an exception, or a named day with a rule. ``ident`` is the exception's."""

    first: date
    last: date
    name: str
    hours: str
    mark: Mark
    ident: int | None = None

    @property
    def tone(self) -> str:
        """Return the badge's tone."""
        return TONES[self.mark or "other"]

    @property
    def word(self) -> str:
        """Return the badge's word."""
        return {"closed": _("Stängt"), "short": _("Kortare dag")}.get(self.mark, _("Andra tider"))


def coming(obj: Schedule, today: date, days: int = 366) -> list[Coming]:
    """Return the dates that differ from today on, exceptions that last included, holidays of the given days."""
    lines = [_coming(obj, rule.first, rule.last, rule.name, rule.id) for rule in obj.exceptions if rule.last >= today]
    for number in range(days) if obj.holidays else ():
        day = today + number * _ONE_DAY
        rule = day_plan(obj, day).rule
        if rule.startswith("holiday:"):
            lines.append(_coming(obj, day, day, named(obj, rule), None))
    return sorted(lines, key=lambda line: line.first)


def _coming(obj: Schedule, first: date, last: date, name: str, ident: int | None) -> Coming:
    found = describe(obj, first, first)
    shown = name or (_("Stängt") if found.mark == "closed" else _("Andra tider"))
    return Coming(first, last, shown, found.hours, found.mark, ident)


# --- the year ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Month:
    """A month of the grid; None where a week begins or ends in another month."""

    name: str
    weeks: list[list[Day | None]] = field(default_factory=list)


def year(obj: Schedule, today: date, months: int = 12) -> list[Month]:
    """Return the months from the present one on, every date described."""
    return [_month(obj, today, *_ahead(today, number)) for number in range(months)]


def _ahead(today: date, months: int) -> tuple[int, int]:
    return today.year + (today.month - 1 + months) // 12, (today.month - 1 + months) % 12 + 1


def _month(obj: Schedule, today: date, number: int, month: int) -> Month:
    weeks = calendar.Calendar().monthdatescalendar(number, month)
    return Month(
        capfirst(f"{MONTHS[month]} {number}"),
        [list(_week(obj, today, week, month)) for week in weeks],
    )


def _week(obj: Schedule, today: date, week: list[date], month: int) -> Iterator[Day | None]:
    for day in week:
        yield describe(obj, day, today) if day.month == month else None
