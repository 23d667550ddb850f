"""From objects to the tree that is drawn. Pure: the same objects, view and problems give the same tree.

Every destination is drawn once, where the shortest way to it ends; a further way there is a dashed card that
points at it. Ways out that only matter when something fails (no answer, no key) are lines on the card, and are
drawn below only where they lead to something with steps of its own that is drawn nowhere else.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from tenants.callflow.paths import View, slot_of, verdict_of
from tenants.routing.objects import Announcement, AnyObject, Key, NumberFlow, TimeSwitch
from tenants.routing.slots import Edge, edges_of, flow_key, kind_in

FOLD_FROM = 4
"""The level whose branches start folded."""
LEAVES = frozenset({"person", "mailbox", "external"})
_FALLBACK = frozenset(
    f"slot:{slot}" for slot in ["no_input", "invalid", "no_answer", "nobody", "full", "busy", "unreachable"]
)

Mark = Literal["", "new", "changed"]


@dataclass
class Note:
    """A way out written on the card. ``target`` is None where none is set."""

    rule: str
    target: Key | None


@dataclass
class Place:
    """One card: an object, how calls come to it and what follows."""

    key: Key
    obj: AnyObject | None
    edge: Edge | None = None
    """The way here; None for the number."""
    live: bool = False
    state: str = ""
    """For a branch of a time switch: its slot."""
    reference: Literal["", "back", "shared", "gone"] = ""
    """Drawn elsewhere: further up on this very path (``back``), or on another (``shared``). ``gone``: only the switch
    has it still."""
    mark: Mark = ""
    problems: int = 0
    notes: list[Note] = field(default_factory=list)
    then: list[Place] = field(default_factory=list)
    branches: list[Place] = field(default_factory=list)
    level: int = 0
    hangs_up: bool = False
    """An announcement after which the call ends."""

    @property
    def folded(self) -> bool:
        """Tell whether what follows starts folded."""
        return self.level >= FOLD_FROM and bool(self.branches)

    def places(self) -> Iterator[Place]:
        """Yield this place and all below it."""
        yield self
        for child in [*self.then, *self.branches]:
            yield from child.places()

    @property
    def count(self) -> int:
        """Return how many cards lie below."""
        return sum(1 for _place in self.places()) - 1


@dataclass(frozen=True)
class Drawing:
    """All a tree is drawn from. ``marks`` and ``problems`` are by key of the place (never of a flow).

    ``gone`` are the ways to steps removed in the draft that the switch has still, by the place they start at.
    """

    objects: Mapping[Key, AnyObject]
    view: View
    marks: Mapping[Key, Mark] = field(default_factory=dict)
    problems: Mapping[Key, int] = field(default_factory=dict)
    gone: Mapping[Key, tuple[Edge, ...]] = field(default_factory=dict)


def draw(drawing: Drawing, number: Key) -> Place:
    """Return the tree of a number."""
    return _Pen(drawing, number).draw()


def ways_of(objects: Mapping[Key, AnyObject], key: Key) -> list[Edge]:
    """Return the ways out of a place, the expected before those for when something fails."""
    flow = flow_key(key) if kind_in(key) in ("number", "person") else key
    obj = objects.get(flow)
    edges = list(edges_of(flow, obj)) if obj is not None else []
    return sorted(edges, key=lambda edge: edge.rule in _FALLBACK)


def gone_ways(published: Mapping[Key, AnyObject], gone: Container[Key]) -> dict[Key, tuple[Edge, ...]]:
    """Return the expected ways that published objects have to steps that are gone, by the place they start at."""
    every = [edge for key, obj in published.items() for edge in edges_of(key, obj)]
    ways = [edge for edge in every if edge.target in gone and edge.rule not in _FALLBACK]
    return {source: tuple(edge for edge in ways if edge.source == source) for source in {edge.source for edge in ways}}


def reached(objects: Mapping[Key, AnyObject], start: Iterable[Key]) -> dict[Key, None]:
    """Return the places and every place calls to them can come to, the nearest first."""
    found = dict.fromkeys(start)
    todo = deque(found)
    while todo:
        new = [edge.target for edge in ways_of(objects, todo.popleft()) if edge.target not in found]
        found |= dict.fromkeys(new)
        todo.extend(dict.fromkeys(new))
    return found


class _Pen:
    def __init__(self, drawing: Drawing, number: Key) -> None:
        self.drawing = drawing
        self.objects = drawing.objects
        self.number = number
        self.homes = self._find_homes()

    def _find_homes(self) -> dict[Key, Edge | None]:
        """Return for every place the one way it is drawn at: shortest first, fallbacks after all others."""
        homes: dict[Key, Edge | None] = {self.number: None}
        self._spread(homes, [self.number], fallbacks=False)
        while edge := self._first_fallback(homes):
            homes[edge.target] = edge
            self._spread(homes, [edge.target], fallbacks=False)
        return homes

    def _spread(self, homes: dict[Key, Edge | None], start: Iterable[Key], *, fallbacks: bool) -> None:
        queue = deque(start)
        while queue:
            for edge in ways_of(self.objects, queue.popleft()):
                if edge.target not in homes and (edge.rule in _FALLBACK) == fallbacks:
                    homes[edge.target] = edge
                    queue.append(edge.target)

    def _first_fallback(self, homes: Mapping[Key, Edge | None]) -> Edge | None:
        """Return a fallback to something with steps of its own that has no home yet."""
        for key in homes:
            for edge in ways_of(self.objects, key):
                if edge.rule in _FALLBACK and edge.target not in homes and kind_in(edge.target) not in LEAVES:
                    return edge
        return None

    def draw(self) -> Place:
        return self._place(self.number, None, live=True, level=0, above=())

    def _place(self, key: Key, edge: Edge | None, *, live: bool, level: int, above: tuple[Key, ...]) -> Place:
        place = Place(key=key, obj=self.objects.get(key), edge=edge, live=live, level=level)
        if edge is not None and self.homes.get(key) != edge:
            place.reference = "back" if key in above else "shared"
            return place
        place.mark = self.drawing.marks.get(key, "")
        place.problems = self.drawing.problems.get(key, 0)
        place.notes = self._notes(key)
        self._follow(place, (*above, key))
        return place

    def _notes(self, key: Key) -> list[Note]:
        """Return the fallbacks of a place; an unset one is told only where one is needed."""
        filled = {edge.rule: edge.target for edge in ways_of(self.objects, key) if edge.rule in _FALLBACK}
        needed = {"menu": ("slot:no_input", "slot:invalid"), "group": ("slot:no_answer",)}.get(kind_in(key), ())
        rules = [*needed, *(rule for rule in filled if rule not in needed)]
        return [Note(rule, filled.get(rule)) for rule in rules]

    def _follow(self, place: Place, above: tuple[Key, ...]) -> None:
        """Draw what follows a place: straight on in ``then``, apart in ``branches``."""
        open_slot = self._open_slot(place)
        forks = kind_in(place.key) in ("timeswitch", "menu")
        for edge in ways_of(self.objects, place.key):
            if edge.rule in _FALLBACK and self.homes.get(edge.target) != edge:
                continue
            slot = edge.rule.partition(":")[2]
            live = place.live and (open_slot is None or slot == open_slot)
            child = self._place(edge.target, edge, live=live, level=place.level + 1, above=above)
            child.state = slot if edge.rule.startswith("state:") else ""
            (place.branches if forks or edge.rule in _FALLBACK else place.then).append(child)
        self._remember(place, place.branches if forks else place.then)
        place.hangs_up = isinstance(place.obj, Announcement) and place.obj.next is None

    def _remember(self, place: Place, beside: list[Place]) -> None:
        """Draw what has been removed where it was: before what took its place, or what comes after it."""
        for edge in self.drawing.gone.get(place.key, ()):
            ghost = Place(key=edge.target, obj=None, edge=edge, level=place.level + 1, reference="gone")
            ghost.state = edge.rule.partition(":")[2] if edge.rule.startswith("state:") else ""
            later = (at for at, child in enumerate(beside) if child.edge and child.edge.rule >= edge.rule)
            beside.insert(next(later, len(beside)), ghost)

    def _open_slot(self, place: Place) -> str | None:
        """Return the slot of a time switch that calls take in the view; None for everything else."""
        if not isinstance(place.obj, TimeSwitch):
            return None
        verdict = verdict_of(place.obj, self.objects, self.drawing.view)
        return slot_of(place.obj, verdict.state if verdict else "closed")


def entry_of(objects: Mapping[Key, AnyObject], number: Key) -> Key | None:
    """Return where calls to a number go first."""
    flow = objects.get(flow_key(number))
    return flow.entry if isinstance(flow, NumberFlow) else None
