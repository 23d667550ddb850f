"""Everything the flow page shows, in as many queries whatever the size of the flow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tenants.callflow.cards import Card, Desk, card_of, chip
from tenants.callflow.paths import View
from tenants.callflow.tree import Drawing, Mark, draw, ways_of
from tenants.changes import queries as changes
from tenants.changes.models import WAITING, ChangeItem, Object
from tenants.changes.problems import Told, tell
from tenants.changes.words import names_of, national
from tenants.numbers.models import Number
from tenants.routing.objects import AnyObject, Key
from tenants.routing.proof import prove_all
from tenants.routing.slots import flow_key, kind_in

EDITED = frozenset({"menu", "group", "announcement", "timeswitch"})


@dataclass(frozen=True)
class Flow:
    """What the page shows. ``loose`` are draft steps no number leads to."""

    number: Number
    numbers: tuple[Number, ...]
    tree: Card
    loose: tuple[dict[str, Any], ...]
    told: tuple[Told, ...]
    waiting: int
    since: datetime | None
    by: tuple[str, ...]
    desk: Desk

    @property
    def title(self) -> str:
        """Return the number as people write it."""
        return national(self.number.e164)


def numbers() -> tuple[Number, ...]:
    """Return the customer's numbers, the main number first."""
    return tuple(Number.objects.order_by("-is_main", "e164"))


def flow(number: Number, every: tuple[Number, ...], view: View, params: Mapping[str, str], selected: Key = "") -> Flow:
    """Return the flow of a number as the draft has it."""
    objects = list(Object.objects.all())
    drafted = changes.drafts([obj for obj in objects if obj.draft])
    names = names_of(drafted)
    told = tuple(tell(problem, names) for problem in prove_all(drafted))
    desk = Desk(drafted, names, told, view, params, selected)
    problems = {told.place: sum(1 for other in desk.told if other.place == told.place) for told in desk.told}
    key = f"number/{number.pk}"
    place = draw(Drawing(drafted, view, marks_of(objects), problems), key)
    inside = {below.key for below in place.places()}
    waiting = [obj for obj in objects if obj.draft != obj.published and kind_in(obj.key) != "prompt"]
    since, by = _since()
    return Flow(
        number=number, numbers=every, tree=card_of(place, desk), told=told, waiting=len(waiting), since=since, by=by,
        loose=tuple(chip(key, desk) for key in _loose(drafted, inside, every)), desk=desk,
    )  # fmt: skip


def marks_of(objects: list[Object]) -> dict[Key, Mark]:
    """Return what is new or changed against what is published, by place: a flow's mark is its number's or person's."""
    marks: dict[Key, Mark] = {}
    for obj in objects:
        if obj.draft and obj.draft != obj.published:
            place = obj.key.replace("-flow/", "/")
            marks[place] = "changed" if obj.published or place != obj.key else "new"
    return marks


def _loose(drafted: Mapping[Key, AnyObject], inside: set[Key], every: tuple[Number, ...]) -> list[Key]:
    """Return the steps that no number leads to."""
    reached, todo = set(inside), [flow_key(f"number/{number.pk}") for number in every]
    while todo:
        key = todo.pop()
        for edge in ways_of(drafted, key.replace("-flow/", "/")):
            if edge.target not in reached:
                reached.add(edge.target)
                todo.append(edge.target)
    return sorted(key for key in drafted if kind_in(key) in EDITED and key not in reached)


def _since() -> tuple[datetime | None, tuple[str, ...]]:
    """Return when the oldest change that waits was made, and who made those that do."""
    waiting = Object.objects.filter(WAITING).values("key")
    items = ChangeItem.objects.filter(key__in=waiting, change__generation=None).order_by("change__at")
    rows = list(items.values_list("change__at", "change__by__name")[:50])
    names = tuple(dict.fromkeys(name for _at, name in rows if name))
    return (rows[0][0] if rows else None), names
