"""The hours of a day, or of a week, between a page's fields and openings. What was typed is kept as it was typed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tenants.routing.naming import is_digits
from tenants.routing.objects import Opening, WeekDay
from tenants.routing.schedule_checks import openings_problems
from tenants.routing.schedules import DAY
from tenants.schedules import edits
from tenants.schedules.compile import Hours
from tenants.schedules.refusals import WORDS, BadHours
from tenants.schedules.times import clock, stretch, stretch_of

WEEKDAYS = (_("Måndag"), _("Tisdag"), _("Onsdag"), _("Torsdag"), _("Fredag"), _("Lördag"), _("Söndag"))
DEFAULT = ("08:00", "17:00")


@dataclass
class Row:
    """A from and a to, as text, and what is wrong with them."""

    start: str
    end: str
    error: str | Promise = ""

    @property
    def blank(self) -> bool:
        """Return whether nothing was typed."""
        return not self.start.strip() and not self.end.strip()

    def read(self) -> tuple[int, int] | None:
        """Return the stretch in minutes, or None and keep the fault."""
        try:
            return stretch_of(self.start, self.end)
        except BadHours as refusal:
            self.error = refusal.message
            return None

    @property
    def next_day(self) -> bool:
        """Return whether the end is after midnight, which a reader should be told."""
        try:
            return stretch_of(self.start, self.end)[1] > DAY
        except BadHours:
            return False


@dataclass
class DayHours:
    """One day's fields. ``prefix`` begins their names; ``open`` is its switch."""

    prefix: str
    label: str | Promise
    open: bool
    rows: list[Row]
    lunches: list[Row] = field(default_factory=list)
    number: int = 0
    error: str | Promise = ""

    @classmethod
    def shown(cls, prefix: str, label: str | Promise, openings: Sequence[Opening], number: int = 0) -> DayHours:
        """Make the fields of openings."""
        stretches, lunches = edits.without_lunch(openings)
        rows = [Row(clock(start), clock(end)) for start, end in stretches]
        breaks = [Row(clock(start), clock(end)) for start, end in lunches]
        return cls(prefix, label, bool(openings), rows, breaks, number)

    @classmethod
    def typed(cls, data: QueryDict, prefix: str, label: str | Promise, number: int = 0) -> DayHours:
        """Make the fields as they were sent."""
        rows = list(_rows(data, prefix, "from", "to"))
        return cls(
            prefix, label, f"{prefix}open" in data, rows, list(_rows(data, prefix, "lunch-from", "lunch-to")), number
        )

    def openings(self) -> Hours:
        """Return the openings; nothing for a closed day. What is wrong is kept in the rows.

        A day switched on without times gets the usual ones, so that one tap opens it.
        """
        if not self.open:
            return ()
        self.rows = [row for row in self.rows if not row.blank] or [Row(*DEFAULT)]
        self.lunches = [row for row in self.lunches if not row.blank]
        stretches = [row.read() for row in self.rows]
        lunches = [row.read() for row in self.lunches]
        found = [part for part in stretches if part]
        for place in _colliding(found) if len(found) == len(stretches) else []:
            self.rows[place].error = WORDS["overlap"]
        return () if self.wrong else edits.with_lunch(found, [part for part in lunches if part])

    @property
    def wrong(self) -> bool:
        """Return whether something was found wrong."""
        return bool(self.error) or any(row.error for row in (*self.rows, *self.lunches))

    @property
    def stretches(self) -> list[tuple[int, int]]:
        """Return the open stretches for a strip, what can't be read left out."""
        if not self.open:
            return []
        readable = [_read(row) for row in self.rows]
        parts = edits.with_lunch([r for r in readable if r], [r for r in map(_read, self.lunches) if r])
        return [(part.start, part.end) for part in parts if part.state == "open"]

    @property
    def words(self) -> str:
        """Return the day in one line: 08:00–12:00, 13:00–17:00."""
        return ", ".join(stretch(start, end) for start, end in self.stretches)


def _read(row: Row) -> tuple[int, int] | None:
    try:
        return stretch_of(row.start, row.end)
    except BadHours:
        return None


def _rows(data: QueryDict, prefix: str, start: str, end: str) -> Iterator[Row]:
    pairs = zip(data.getlist(f"{prefix}{start}"), data.getlist(f"{prefix}{end}"), strict=False)
    yield from (Row(first.strip()[:20], last.strip()[:20]) for first, last in pairs)


def _colliding(stretches: Sequence[tuple[int, int]]) -> list[int]:
    openings = tuple(Opening(start=start, end=end) for start, end in stretches)
    found = openings_problems(openings, "")
    return [problem.opening for problem in found if problem.code == "overlap" and problem.opening is not None]


@dataclass
class WeekHours:
    """Seven days of fields."""

    days: list[DayHours]

    @classmethod
    def shown(cls, week: Iterable[WeekDay], prefix: str = "d") -> WeekHours:
        """Make the fields of a week."""
        week = tuple(week)
        return cls(
            [
                DayHours.shown(f"{prefix}{number}-", label, edits.of_weekday(week, number), number)
                for number, label in enumerate(WEEKDAYS)
            ]
        )

    @classmethod
    def typed(cls, data: QueryDict, prefix: str = "d") -> WeekHours:
        """Make the fields as they were sent."""
        return cls([DayHours.typed(data, f"{prefix}{number}-", label, number) for number, label in enumerate(WEEKDAYS)])

    def openings(self) -> dict[int, Hours]:
        """Return the openings of every weekday."""
        return {day.number: day.openings() for day in self.days}

    @property
    def wrong(self) -> bool:
        """Return whether something was found wrong on any day."""
        return any(day.wrong for day in self.days)

    def differences(self, week: Iterable[WeekDay]) -> list[dict[str, str | Promise]]:
        """Return the weekdays on which what was typed is not what a week says, both in words."""
        theirs = WeekHours.shown(week)
        pairs = [(mine, other) for mine, other in zip(self.days, theirs.days, strict=True) if mine.words != other.words]
        return [
            {"label": mine.label, "mine": mine.words or _("Stängt"), "theirs": other.words or _("Stängt")}
            for mine, other in pairs
        ]

    def refuse(self, refusal: BadHours) -> bool:
        """Put a refusal on the weekday it names; tell whether it named one."""
        _rest, _, number = (refusal.field or "").rpartition("week:")
        if not is_digits(number):
            return False
        self.days[int(number)].error = refusal.message
        return True
