"""A schedule written whole, as the API does: one action for making and for replacing it."""

from __future__ import annotations

from django.db import transaction
from msgspec.structs import replace

from tenants.changes.said import said
from tenants.customers.models import User
from tenants.routing import objects
from tenants.schedules import actions
from tenants.schedules.models import Schedule
from tenants.schedules.refusals import Gone


@transaction.atomic
def make(*, customer_id: int, by: User | None, wish: objects.Schedule) -> Schedule:
    """Make a schedule that is all of the wish but its id and zone.

    :raises Gone: if the wish names a period or exception that exists.
    :raises NameTaken: if another schedule has the name.
    :raises BadHours: if the hours can't be.
    """
    made = actions.make(customer_id=customer_id, by=by, name=wish.name).schedule
    return put(schedule=made, by=by, version=None, wish=wish)


@transaction.atomic
def put(*, schedule: Schedule, by: User | None, version: int | None, wish: objects.Schedule) -> Schedule:
    """Make a schedule all of the wish but its id and zone. Rules with an id are kept or changed, those without are new.

    :raises Gone: if a rule's id is none of this schedule's.
    :raises Edited: if it is not the version the reader saw.
    :raises BadHours: if the hours can't be.
    """

    def whole(old: objects.Schedule) -> objects.Schedule:
        _refuse_strange_rules(old, wish)
        return replace(wish, id=old.id, zone=old.zone)

    summary = said("Ändrade öppettiderna %(schedule)s", schedule=wish.name)
    return actions.edit(schedule, by, version, whole, summary).schedule


def _refuse_strange_rules(old: objects.Schedule, wish: objects.Schedule) -> None:
    pairs = (("period", wish.periods, old.periods), ("exception", wish.exceptions, old.exceptions))
    for name, wished, held in pairs:
        if strange := _ids(wished) - _ids(held):
            raise Gone(field=f"{name}:{min(strange)}")


def _ids(rules: tuple[objects.Period, ...] | tuple[objects.ExceptionRule, ...]) -> set[int]:
    """Return the ids of rules that have rows; new ones are below zero."""
    return {rule.id for rule in rules if rule.id > 0}
