"""Everything the flow page shows, in as many queries whatever the size of the flow."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from tenants.callflow import reading
from tenants.callflow.cards import Card, Desk, card_of, chip
from tenants.callflow.paths import HOME, read_view
from tenants.callflow.tree import Drawing, Mark, draw, gone_ways, reached
from tenants.changes import queries as releases
from tenants.changes.models import WAITING, ChangeItem, Object
from tenants.changes.problems import Told, tell
from tenants.changes.proofs import actions as proofs
from tenants.changes.words import names_of, national
from tenants.numbers.models import Number
from tenants.numbers.queries import listed
from tenants.routing.objects import AnyObject, Key, Schedule, TimeSwitch
from tenants.routing.proof import Problem
from tenants.routing.slots import kind_in

TABS = 6
"""So many numbers have a tab each; where they are more, one is searched for."""


@dataclass(frozen=True)
class Flow:
    """What the page shows. ``numbers`` are no more than tell whether they are few enough for tabs, the main one first.

    ``loose`` are draft steps no number leads to, ``removed`` those the switch has still that can't be drawn where
    they were.
    """

    number: Number
    numbers: tuple[Number, ...]
    tree: Card
    loose: tuple[dict[str, Any], ...]
    removed: tuple[dict[str, Any], ...]
    told: tuple[Told, ...]
    waiting: int
    since: datetime | None
    by: tuple[str, ...]
    desk: Desk

    @property
    def title(self) -> str:
        """Return the number as people write it."""
        return national(self.number.e164)

    @property
    def many(self) -> bool:
        """Tell whether the numbers are too many for tabs."""
        return len(self.numbers) > TABS


def number_of(ident: int | None) -> Number | None:
    """Return a number by its id, without one the main number; None if there is none."""
    numbers = listed()
    return (numbers if ident is None else numbers.filter(pk=ident)).first()


def flow(number: Number, wanted: str, params: Mapping[str, str], selected: Key = "") -> Flow:
    """Return the flow of a number as the draft has it, looked at as ``wanted`` in the address says."""
    edited = list(Object.objects.filter(WAITING))
    changes, gone, key = proofs.changes_of(edited), _gone(edited), f"number/{number.pk}"
    problems, known = proofs.prove(changes), reading.ways()
    loose = reading.loose(known)
    drafted = reading.drafted(changes, _led(number, known), [selected, *loose, *_named(problems)])
    names = names_of(drafted) | names_of(gone)
    told = tuple(tell(problem, names) for problem in problems)
    view = read_view(wanted, timezone.now(), zone_of(drafted, key))
    desk = Desk(drafted, names, told, view, params, selected)
    counted = Counter(told.place for told in desk.told)
    ways = gone_ways(_before(edited), gone) if gone else {}
    place = draw(Drawing(drafted, view, marks_of(edited), counted, ways), key)
    shown = {drawn.key for drawn in place.places() if drawn.reference == "gone"}
    waiting = [obj for obj in edited if kind_in(obj.key) != "prompt"]
    since, by = _since()
    return Flow(
        number=number, numbers=tuple(listed()[: TABS + 1]), tree=card_of(place, desk), told=told,
        waiting=len(waiting), since=since, by=by,
        loose=tuple(chip(key, desk) for key in loose), desk=desk,
        removed=tuple(chip(key, desk) for key in sorted(gone.keys() - shown)),
    )  # fmt: skip


def marks_of(edited: list[Object]) -> dict[Key, Mark]:
    """Return what is new or changed against what is published, by place: a flow's mark is its number's or person's."""
    marks: dict[Key, Mark] = {}
    for obj in edited:
        if obj.draft:
            place = obj.key.replace("-flow/", "/")
            marks[place] = "changed" if obj.published or place != obj.key else "new"
    return marks


def zone_of(objects: Mapping[Key, AnyObject], number: Key) -> str:
    """Return the zone of the first opening hours a call to a number meets."""
    for key in reached(objects, [number]):
        switch = objects.get(key)
        schedule = objects.get(switch.schedule) if isinstance(switch, TimeSwitch) else None
        if isinstance(schedule, Schedule):
            return schedule.zone
    return HOME


def _led(number: Number, known: reading.Ways) -> set[Key]:
    """Return the number and every place calls to it can come to."""
    entry = [(number.entry.pk, number.entry.kind)] if number.entry else []
    return {f"number/{number.pk}", *reading.below(entry, known)}


def _named(problems: Iterable[Problem]) -> set[Key]:
    """Return the places that problems are told with."""
    ends = {place for problem in problems for edge in problem.path for place in (edge.source, edge.target)}
    return ends.union(*((problem.key, problem.target) for problem in problems)) - {""}


def _gone(edited: list[Object]) -> dict[Key, AnyObject]:
    """Return the steps removed in the draft that the switch has until it is published."""
    gone = [obj for obj in edited if obj.published and not obj.draft and kind_in(obj.key) in reading.EDITED]
    return releases.published(gone) if gone else {}


def _before(edited: list[Object]) -> dict[Key, AnyObject]:
    """Return what the draft has changed as the switch has it."""
    return releases.published([obj for obj in edited if obj.published and obj.draft])


def _since() -> tuple[datetime | None, tuple[str, ...]]:
    """Return when the oldest change that waits was made, and who made those that do."""
    waiting = Object.objects.filter(WAITING).values("key")
    items = ChangeItem.objects.filter(key__in=waiting, change__generation=None).order_by("change__at")
    rows = list(items.values_list("change__at", "change__by__name")[:50])
    names = tuple(dict.fromkeys(name for _at, name in rows if name))
    return (rows[0][0] if rows else None), names
