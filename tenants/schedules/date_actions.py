"""Actions on dates that differ: exceptions, named holidays and periods. Stored as ``actions.edit`` does."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime

from msgspec.structs import replace

from tenants.changes.said import Said, said
from tenants.customers.models import User
from tenants.routing.naming import prompt_key
from tenants.routing.objects import ExceptionRule, HolidayRule, Period, Schedule
from tenants.routing.schedules import zone_of
from tenants.schedules import edits, models
from tenants.schedules.actions import Saved
from tenants.schedules.actions import edit as _edit
from tenants.schedules.edits import CLOSED_EARLY
from tenants.schedules.refusals import Gone, NothingLeft


def add_exception(*, schedule: models.Schedule, by: User | None, version: int | None, rule: ExceptionRule) -> Saved:
    """Add dates that differ. The rule's id is not used; without openings it is closed.

    :raises BadHours: if dates or hours can't be, or another exception holds on one of the dates.
    :raises PromptGone: if the prompt has been removed.
    :raises Edited: if somebody else saved it first.
    """

    def edit(obj: Schedule) -> Schedule:
        return edits.with_exception(obj, replace(rule, id=edits.fresh(obj)))

    summary = said("La till %(name)s i %(schedule)s", name=_name(rule), schedule=schedule.name)
    return _edit(schedule, by, version, edit, summary)


def change_exception(*, schedule: models.Schedule, by: User | None, version: int | None, rule: ExceptionRule) -> Saved:
    """Put an exception in the place of the one with its id.

    :raises Gone: if there is none.
    :raises BadHours: if dates or hours can't be, or another exception holds on one of the dates.
    :raises Edited: if somebody else saved it first.
    """

    def edit(obj: Schedule) -> Schedule:
        _find(obj.exceptions, rule.id)
        return edits.with_exception(obj, rule)

    summary = said("Ändrade %(name)s i %(schedule)s", name=_name(rule), schedule=schedule.name)
    return _edit(schedule, by, version, edit, summary)


def remove_exception(*, schedule: models.Schedule, by: User | None, version: int | None, ident: int) -> Saved:
    """Take an exception away.

    :raises Gone: if there is none.
    :raises Edited: if somebody else saved it first.
    """

    def edit(obj: Schedule) -> Schedule:
        _find(obj.exceptions, ident)
        return edits.without_exception(obj, ident)

    return _edit(schedule, by, version, edit, said("Tog bort en avvikande dag i %(schedule)s", schedule=schedule.name))


def _name(rule: ExceptionRule) -> str | Said:
    return rule.name or said("avvikande dag")


def set_day(*, schedule: models.Schedule, by: User | None, version: int | None, rule: ExceptionRule) -> Saved:
    """Make one date, the rule's first, an exception, in the place of what it was; a longer one is cut round it.

    :raises BadHours: if the hours can't be.
    :raises Edited: if somebody else saved it first.
    """
    one = replace(rule, last=rule.first)
    summary = said("Ändrade %(day)s i %(schedule)s", day=f"{rule.first:%Y-%m-%d}", schedule=schedule.name)
    return _edit(schedule, by, version, lambda obj: edits.with_day(obj, one), summary)


def clear_day(*, schedule: models.Schedule, by: User | None, version: int | None, day: date) -> Saved:
    """Let a date be as usual again: by holiday rule, period or ordinary week.

    :raises Edited: if somebody else saved it first.
    """
    summary = said("Återställde %(day)s i %(schedule)s", day=f"{day:%Y-%m-%d}", schedule=schedule.name)
    return _edit(schedule, by, version, lambda obj: edits.as_usual(obj, day), summary)


def close_today(
    *, schedule: models.Schedule, by: User | None, version: int | None, moment: datetime, minute: int,
    prompt_id: int | None = None,
) -> Saved:  # fmt: skip
    """Close from a minute of the day of ``moment``; what is before stays. Ends by itself at midnight.

    :raises NothingLeft: if it is closed from then on already.
    :raises Edited: if somebody else saved it first.
    """
    now = moment.astimezone(zone_of(schedule.zone))

    def edit(obj: Schedule) -> Schedule:
        if not edits.closes_after(obj, now.date(), minute):
            raise NothingLeft
        return edits.with_day(obj, closing(obj, now.date(), minute, prompt_id))

    return _edit(schedule, by, version, edit, said("Stängde tidigare i dag, %(schedule)s", schedule=schedule.name))


def closing(obj: Schedule, day: date, minute: int, prompt_id: int | None = None) -> ExceptionRule:
    """Return the exception that closes a date at a minute."""
    return ExceptionRule(
        id=0, name=CLOSED_EARLY, first=day, last=day, openings=edits.hours_until(obj, day, minute),
        prompt=prompt_key(prompt_id),
    )  # fmt: skip


# --- holidays and periods ---------------------------------------------------------------------------------------


def set_holidays(
    *, schedule: models.Schedule, by: User | None, version: int | None, rules: Mapping[str, HolidayRule | None]
) -> Saved:
    """Set the rules of named days (``swedish_days``); None takes a rule away, days not given stay.

    :raises BadHours: if a name is unknown or hours can't be.
    :raises PromptGone: if a prompt has been removed.
    :raises Edited: if somebody else saved it first.
    """
    summary = said("Ändrade röda dagar i %(schedule)s", schedule=schedule.name)
    return _edit(schedule, by, version, lambda obj: edits.with_holidays(obj, rules), summary)


def add_period(*, schedule: models.Schedule, by: User | None, version: int | None, period: Period) -> Saved:
    """Add a period with a week of its own. The period's id is not used.

    :raises BadHours: if dates or hours can't be, or another period shares one of the dates.
    :raises Edited: if somebody else saved it first.
    """

    def edit(obj: Schedule) -> Schedule:
        return edits.with_period(obj, replace(period, id=edits.fresh(obj)))

    summary = said("La till perioden %(name)s i %(schedule)s", name=period.name, schedule=schedule.name)
    return _edit(schedule, by, version, edit, summary)


def change_period(*, schedule: models.Schedule, by: User | None, version: int | None, period: Period) -> Saved:
    """Put a period in the place of the one with its id.

    :raises Gone: if there is none.
    :raises BadHours: if dates or hours can't be, or another period shares one of the dates.
    :raises Edited: if somebody else saved it first.
    """

    def edit(obj: Schedule) -> Schedule:
        _find(obj.periods, period.id)
        return edits.with_period(obj, period)

    summary = said("Ändrade perioden %(name)s i %(schedule)s", name=period.name, schedule=schedule.name)
    return _edit(schedule, by, version, edit, summary)


def remove_period(*, schedule: models.Schedule, by: User | None, version: int | None, ident: int) -> Saved:
    """Take a period away.

    :raises Gone: if there is none.
    :raises Edited: if somebody else saved it first.
    """

    def edit(obj: Schedule) -> Schedule:
        _find(obj.periods, ident)
        return edits.without_period(obj, ident)

    return _edit(schedule, by, version, edit, said("Tog bort en period i %(schedule)s", schedule=schedule.name))


def _find(rules: Iterable[ExceptionRule | Period], ident: int) -> None:
    if not any(rule.id == ident for rule in rules):
        raise Gone
