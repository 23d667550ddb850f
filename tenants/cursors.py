"""Pages of long lists: from a row onwards or backwards, never by number, so that the last costs what the first does.

A page is asked for by ``?after=`` or ``?before=`` with a cursor: the values the list is ordered by, of the row at its
edge. What is no such cursor asks for the first page.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, Generic, TypeVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q, QuerySet

Row = TypeVar("Row", bound=models.Model)
SIZE = 50
LARGEST = 2**63 - 1


@dataclass(frozen=True)
class Slice(Generic[Row]):
    """One page. ``before`` and ``after`` are the cursors of the pages around it, empty where there is none."""

    rows: list[Row]
    before: str = ""
    after: str = ""


def cut(rows: QuerySet[Row], order: Sequence[str], asked: Mapping[str, str], size: int = SIZE) -> Slice[Row]:
    """Return the page that a request's query asks for.

    ``order`` names fields without nulls that together are unique, with ``-`` for descending.
    """
    backwards = "before" in asked
    place = read(asked.get("before" if backwards else "after", ""), len(order))
    beyond = _beyond(rows, [_turned(name) for name in order] if backwards else order, place)
    if beyond is None:
        return _slice(list(rows.order_by(*order)[: size + 1]), order, size)
    if not backwards:
        return _slice(list(beyond.order_by(*order)[: size + 1]), order, size, came=True)
    found = list(beyond.order_by(*map(_turned, order))[: size + 1])
    return _slice(found[::-1], order, size, came=True, backwards=True)


def _slice(
    found: list[Row], order: Sequence[str], size: int, *, came: bool = False, backwards: bool = False
) -> Slice[Row]:
    more, rows = len(found) > size, found[-size:] if backwards else found[:size]
    if not rows:
        return Slice([])
    first, last = write(rows[0], order), write(rows[-1], order)
    earlier, later = (more, came) if backwards else (came, more)
    return Slice(rows, first if earlier else "", last if later else "")


def _turned(name: str) -> str:
    return name[1:] if name.startswith("-") else f"-{name}"


def _beyond(rows: QuerySet[Row], order: Sequence[str], place: Sequence[Any] | None) -> QuerySet[Row] | None:
    """Return the rows that come after a place in this order, or None if it is no place of theirs."""
    if place is None:
        return None
    wanted, same = Q(), Q()
    for name, value in zip(order, place, strict=True):
        field, way = name.removeprefix("-"), "lt" if name.startswith("-") else "gt"
        wanted |= same & Q(**{f"{field}__{way}": value})
        same &= Q(**{field: value})
    try:
        return rows.filter(wanted)
    except (ValueError, TypeError, ValidationError):
        return None


def write(row: models.Model, order: Sequence[str]) -> str:
    """Return the cursor of a row."""
    values = [attrgetter(name.removeprefix("-").replace("__", "."))(row) for name in order]
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


def read(cursor: str, length: int) -> list[str | int] | None:
    """Return the values in a cursor, or None if it is none."""
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, binascii.Error, RecursionError):
        return None
    if not isinstance(values, list) or len(values) != length:
        return None
    return values if all(_is_value(value) for value in values) else None


def _is_value(value: object) -> bool:
    if isinstance(value, str):
        return "\0" not in value
    return isinstance(value, int) and -LARGEST <= value <= LARGEST
