"""Sealing anew what lies under an older key, some rows at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

import structlog

from portal.keys.columns import COLUMNS, Column
from tenants.customers import scope
from tenants.customers.models import Customer
from tenants.sealing import Unopenable, newest, reseal

log = structlog.get_logger(__name__)
CHUNK = 200


@dataclass
class Tally:
    """What a round did: how many values by column, and the places of those that can't be opened."""

    done: dict[str, int] = field(default_factory=dict)
    unopenable: list[str] = field(default_factory=list)


def rotate(*, chunk: int = CHUNK) -> Tally:
    """Seal everything under the newest key; each chunk of rows in a short transaction of its own.

    Whatever ends it half-way has lost nothing: what is done stays done, and the next round finds the rest. Both keys
    must be in every process's ring meanwhile.
    """
    tally = Tally()
    for column in COLUMNS:
        for home in _homes(column):
            last = 0
            while (now := _rotate_some(column, home, last, chunk, tally)) is not None:
                last = now
    log.info("keys.rotated", key=newest(), **tally.done, unopenable=len(tally.unopenable))
    return tally


def waiting() -> dict[str, int]:
    """Return how many values lie under an older key, by column."""
    found: dict[str, int] = {}
    for column in COLUMNS:
        for home in _homes(column):
            with _inside(home):
                rows = column.model._default_manager.filter(column.older_than(newest()))
                found[str(column)] = found.get(str(column), 0) + rows.count()
    return found


def _homes(column: Column) -> Iterator[int | None]:
    """Yield each customer's id; for rows of no customer, None."""
    if not column.of_customers:
        yield None
        return
    yield from Customer.objects.order_by("pk").values_list("pk", flat=True)


def _inside(home: int | None) -> AbstractContextManager[None]:
    return scope.wide("portal_staff") if home is None else scope.customer(home)


def _rotate_some(column: Column, home: int | None, last: int, chunk: int, tally: Tally) -> int | None:
    """Seal a chunk of rows after an id, in ascending order, and return the last id; None when there are no more."""
    with _inside(home):
        older = column.model._default_manager.filter(column.older_than(newest()), pk__gt=last)
        rows = list(older.select_for_update(of=("self",), no_key=True).order_by("pk")[:chunk])
        for row in rows:
            place = column.place(row)
            try:
                sealed = reseal(column.read(row), place)
            except Unopenable:
                tally.unopenable.append(place)
                continue
            column.model._default_manager.filter(pk=row.pk).update(**{column.name: column.stored(sealed)})
            tally.done[str(column)] = tally.done.get(str(column), 0) + 1
    return int(rows[-1].pk) if rows else None
