"""Schedules for tests: an office that is open as most are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tenants.customers.models import Customer, User
from tenants.routing.objects import Opening
from tenants.schedules import actions
from tenants.schedules.models import Schedule

OFFICE = (Opening(start=480, end=1020),)
"""08:00–17:00."""
OFFICE_WEEK: Mapping[int, Sequence[Opening]] = dict.fromkeys(range(5), OFFICE)


def schedule(
    customer: Customer,
    name: str = "Huvudnummer",
    *,
    by: User | None = None,
    week: Mapping[int, Sequence[Opening]] | None = None,
) -> Schedule:
    """Make a schedule, Monday to Friday 08:00–17:00 unless told. Call it in the customer's scope."""
    return actions.make(customer_id=customer.pk, by=by, name=name, week=OFFICE_WEEK if week is None else week).schedule
