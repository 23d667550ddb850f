"""Making and changing schedules and their weeks; ``date_actions`` does dates.

Each edit is live at once: locked, checked, stored, recorded, with a way back.

An edit is a pure function of the object (``edits``); the rows that differ are written. ``version`` is what the
reader saw, None to take whatever is there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from msgspec.structs import replace

from tenants.changes.actions import record
from tenants.changes.models import Change
from tenants.changes.said import Said, said
from tenants.changes.words import called
from tenants.customers.models import User
from tenants.refusals import constraints
from tenants.routing.naming import ident_of
from tenants.routing.objects import ExceptionRule, HolidayRule, Opening, Period, Schedule, WeekDay
from tenants.routing.schedule_checks import validate
from tenants.schedules import edits, models, queries
from tenants.schedules.compile import compile_schedule, normal
from tenants.schedules.refusals import KNOWN, Edited, Gone, InUse, NameMissing, refuse

Edit = Callable[[Schedule], Schedule]
Rule = TypeVar("Rule", Period, HolidayRule, ExceptionRule)


@dataclass(frozen=True)
class Saved:
    """What came of an edit. ``change`` is None if everything was so already; ``made`` is the id of a new rule."""

    schedule: models.Schedule
    change: Change | None
    made: int | None = None


@transaction.atomic
def make(*, customer_id: int, by: User | None, name: str, week: Mapping[int, Sequence[Opening]] | None = None) -> Saved:
    """Make a schedule with an ordinary week; without one it is always closed.

    :raises NameMissing: if there is no name, or a too long one.
    :raises NameTaken: if another schedule has it.
    :raises BadHours: if the week can't be.
    """
    name = _checked(name)
    with constraints(KNOWN):
        row = models.Schedule.objects.create(customer_id=customer_id, name=name)
        empty = compile_schedule(row)
        full = normal(edits.with_week(empty, week or {}))
        refuse(validate(full))
        _write(row, empty, full)
    change = record(
        customer_id=customer_id, by=by, summary=said("La till öppettiderna %(schedule)s", schedule=name), rows=[row]
    )
    return Saved(row, change)


def rename(*, schedule: models.Schedule, by: User | None, version: int | None, name: str) -> Saved:
    """Give a schedule another name.

    :raises NameMissing: if there is no name, or a too long one.
    :raises NameTaken: if another schedule has it.
    :raises Edited: if somebody else saved it first.
    """
    name = _checked(name)
    return edit(schedule, by, version, lambda obj: replace(obj, name=name), said("Bytte namn till %(name)s", name=name))


@transaction.atomic
def delete(*, schedule: models.Schedule, by: User | None, version: int | None) -> Change:
    """Delete a schedule.

    :raises InUse: if a time switch uses it; the message says which.
    :raises Edited: if somebody else saved it first.
    """
    row = _locked(schedule, version, deleting=True)
    _refuse_in_use(row.pk)
    key, name, customer_id = f"schedule/{row.pk}", row.name, row.customer_id
    row.delete()
    return record(
        customer_id=customer_id, by=by, summary=said("Tog bort öppettiderna %(schedule)s", schedule=name), removed=[key]
    )


def set_week(
    *, schedule: models.Schedule, by: User | None, version: int | None,
    days: Mapping[int, Sequence[Opening]], period_id: int | None = None,
) -> Saved:  # fmt: skip
    """Set weekdays (0 is Monday) of the ordinary week, or of a period's. Days not given stay; no openings is closed.

    :raises BadHours: if hours are impossible or overlap; ``field`` names the weekday.
    :raises Edited: if somebody else saved it first.
    """
    summary = said("Ändrade öppettiderna %(schedule)s", schedule=schedule.name)
    return edit(schedule, by, version, lambda obj: edits.with_week(obj, days, period_id), summary)


def copy_day(
    *, schedule: models.Schedule, by: User | None, version: int | None, weekday: int = 0,
    to: Iterable[int] = edits.WORKDAYS,
) -> Saved:  # fmt: skip
    """Give other weekdays, Monday to Friday unless told, the hours of one.

    :raises BadHours: if an opening past midnight would run into the next day's.
    :raises Edited: if somebody else saved it first.
    """
    summary = said("Kopierade en dags tider i %(schedule)s", schedule=schedule.name)
    return edit(schedule, by, version, lambda obj: edits.copied(obj, weekday, to), summary)


def toggle_lunch(*, schedule: models.Schedule, by: User | None, version: int | None, weekday: int) -> Saved:
    """Close for lunch on a weekday, or stop doing so.

    :raises Edited: if somebody else saved it first.
    """

    def toggled(obj: Schedule) -> Schedule:
        return edits.with_week(obj, {weekday: edits.toggled_lunch(edits.of_weekday(obj.week, weekday))})

    return edit(schedule, by, version, toggled, said("Ändrade lunchstängt i %(schedule)s", schedule=schedule.name))


# --- how an edit is stored --------------------------------------------------------------------------------------


@transaction.atomic
def edit(schedule: models.Schedule, by: User | None, version: int | None, change: Edit, summary: Said) -> Saved:
    """Lock a schedule, edit its object, store what differs and record it.

    :raises Gone: if it has been deleted.
    :raises Edited: if it is not the version the reader saw.
    :raises BadHours: if the result can't be.
    """
    row = _locked(schedule, version)
    old = compile_schedule(row)
    new = normal(change(old))
    if new == old:
        return Saved(row, None)
    refuse(validate(new))
    with constraints(KNOWN):
        made = _write(row, old, new)
    saved = record(customer_id=row.customer_id, by=by, summary=summary, rows=[row])
    return Saved(row, saved, next(iter(made), None))


def _locked(schedule: models.Schedule, version: int | None, *, deleting: bool = False) -> models.Schedule:
    row = models.Schedule.objects.select_for_update(no_key=not deleting).filter(pk=schedule.pk).first()
    if row is None:
        raise Gone
    if version is not None and row.version != version:
        raise _edited(row)
    return row


def _edited(row: models.Schedule) -> Edited:
    change = queries.latest_change(row.pk)
    who = change.by.name if change and change.by else _("Någon annan")
    at = timezone.localtime(change.at if change else None)
    today = at.date() == timezone.localdate()
    when = f"{at:%H:%M}" if today else f"{date_format(at, 'j F')} {at:%H:%M}"
    words = _("%(who)s ändrade öppettiderna %(when)s. Det du skrev är kvar men inte sparat.")
    return Edited(words % {"who": who, "when": when})


def _refuse_in_use(schedule_id: int) -> None:
    switches = queries.users(schedule_id)
    if not switches:
        return
    names = ", ".join(called(switch.name, switch.kind) for switch in switches if not switch.removed)
    if not names:
        raise InUse(_("Används i det publicerade samtalsflödet. Publicera ändringarna där först."))
    raise InUse(_("Används i samtalsflödet av %(names)s. Ändra där först.") % {"names": names})


def _checked(name: str) -> str:
    name = " ".join(name.split())
    if not 1 <= len(name) <= 80:
        raise NameMissing
    return name


def _write(row: models.Schedule, old: Schedule, new: Schedule) -> list[int]:
    """Write the rows that differ between two objects. Return the ids of the rules that had no row."""
    row.name, row.zone, row.version = new.name, new.zone, row.version + 1
    row.save(update_fields=["name", "zone", "version"])
    _write_week(row, None, old.week, new.week)
    made = _write_periods(row, old.periods, new.periods)
    _write_holidays(row, old.holidays, new.holidays)
    return made + _write_exceptions(row, old.exceptions, new.exceptions)


def _differing(old: Iterable[Rule], new: Iterable[Rule]) -> tuple[list[Rule], list[Rule]]:
    """Return the rules to delete and those to insert; a changed one is both."""
    before, after = list(old), list(new)
    return [rule for rule in before if rule not in after], [rule for rule in after if rule not in before]


def _write_week(
    row: models.Schedule, period: models.Period | None, old: Iterable[WeekDay], new: Iterable[WeekDay]
) -> None:
    before, after = set(old), set(new)
    gone = [day.weekday for day in before - after]
    models.WeekOpening.objects.filter(schedule=row, period=period, weekday__in=gone).delete()
    models.WeekOpening.objects.bulk_create(
        models.WeekOpening(
            customer_id=row.customer_id, schedule=row, period=period, weekday=day.weekday,
            start=opening.start, end=opening.end, state=opening.state,
        )
        for day in sorted(after - before, key=lambda day: day.weekday)
        for opening in day.openings
    )  # fmt: skip


def _write_periods(row: models.Schedule, old: Iterable[Period], new: Iterable[Period]) -> list[int]:
    gone, come = _differing(old, new)
    models.Period.objects.filter(pk__in=[period.id for period in gone]).delete()
    made = models.Period.objects.bulk_create(
        models.Period(
            pk=period.id if period.id > 0 else None, customer_id=row.customer_id, schedule=row, name=period.name,
            first=period.first, last=period.last, yearly=period.yearly,
        )
        for period in come
    )  # fmt: skip
    for stored, period in zip(made, come, strict=True):
        _write_week(row, stored, (), period.week)
    return [stored.pk for stored, period in zip(made, come, strict=True) if period.id <= 0]


def _write_holidays(row: models.Schedule, old: Iterable[HolidayRule], new: Iterable[HolidayRule]) -> None:
    gone, come = _differing(old, new)
    models.HolidayRule.objects.filter(schedule=row, day__in=[rule.day for rule in gone]).delete()
    made = models.HolidayRule.objects.bulk_create(
        models.HolidayRule(
            customer_id=row.customer_id, schedule=row, day=rule.day, otherwise=rule.otherwise,
            prompt_id=ident_of(rule.prompt),
        )
        for rule in come
    )  # fmt: skip
    models.DayOpening.objects.bulk_create(
        models.DayOpening(
            customer_id=row.customer_id, holiday=stored, start=part.start, end=part.end, state=part.state
        )
        for stored, rule in zip(made, come, strict=True)
        for part in rule.openings
    )  # fmt: skip


def _write_exceptions(row: models.Schedule, old: Iterable[ExceptionRule], new: Iterable[ExceptionRule]) -> list[int]:
    gone, come = _differing(old, new)
    models.ExceptionRule.objects.filter(pk__in=[rule.id for rule in gone]).delete()
    made = models.ExceptionRule.objects.bulk_create(
        models.ExceptionRule(
            pk=rule.id if rule.id > 0 else None, customer_id=row.customer_id, schedule=row, name=rule.name,
            first=rule.first, last=rule.last, otherwise=rule.otherwise, prompt_id=ident_of(rule.prompt),
        )
        for rule in come
    )  # fmt: skip
    models.DayOpening.objects.bulk_create(
        models.DayOpening(
            customer_id=row.customer_id, exception=stored, start=part.start, end=part.end, state=part.state
        )
        for stored, rule in zip(made, come, strict=True)
        for part in rule.openings
    )  # fmt: skip
    return [stored.pk for stored, rule in zip(made, come, strict=True) if rule.id <= 0]


# --- what history asks for --------------------------------------------------------------------------------------


def restore(customer_id: int, obj: Schedule) -> models.Schedule:
    """Write a schedule's rows so that they compile to the object.

    :raises NameTaken: if another schedule has taken the name.
    """
    row = models.Schedule.objects.select_for_update(no_key=True).filter(pk=obj.id).first()
    with constraints(KNOWN):
        row = row or models.Schedule.objects.create(pk=obj.id, customer_id=customer_id, name=obj.name)
        _write(row, compile_schedule(row), normal(obj))
    return row


def clear(_customer_id: int, ident: int) -> None:
    """Take a schedule's name away, before history gives it to whom it belonged."""
    models.Schedule.objects.filter(pk=ident).update(name=f"~{ident}~")


def drop(_customer_id: int, ident: int) -> None:
    """Delete the rows of a schedule that no release holds any more.

    :raises InUse: if a time switch uses it.
    """
    _refuse_in_use(ident)
    models.Schedule.objects.filter(pk=ident).delete()
