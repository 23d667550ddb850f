"""What a change can affect, read from a legal configuration without looking at the rest of it.

What was legal can only become unlawful in these ways, so nothing else is read:

* An object that changed is wrong in itself, or one that names a removed object is: those are **checked** alone.
* Two numbers, or two extensions, are equal: whoever has a changed one's value is found by it.
* Calls go in a ring, pass too many places or wait too long. Each such chain was legal before, so on it lies a place
  that **grew**: it got a way out that it had not, or one of its ways costs more. The chain begins above it, so it is
  enough to look from the starts above the places that grew, and from the places that became starts.
"""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Iterator, Mapping
from typing import NamedTuple, Protocol

from tenants.routing.naming import references
from tenants.routing.object_checks import names_in
from tenants.routing.objects import AnyObject, Key, Number, Person
from tenants.routing.slots import Edge, edges_of, flow_key, kind_in, place_of
from tenants.routing.waits import PARTS, Waits

ENTRIES = frozenset({"number", "person"})
"""Kinds where calls begin."""


class Source(Protocol):
    """A configuration that is read a few objects at a time."""

    def objects(self, keys: Collection[Key], /) -> Mapping[Key, AnyObject]:
        """Return those of these objects that exist."""

    def referrers(self, names: Collection[str], /) -> Collection[Key]:
        """Return the keys of the objects that have one of these names among their ``names_of``."""


def names_of(obj: AnyObject) -> set[str]:
    """Return what an object is found by: the keys it names, and the number or extension that must be its alone."""
    match obj:
        case Number():
            return {f"e164/{obj.e164}"}
        case Person() if obj.extension:
            return {f"extension/{obj.extension}"}
    return references(obj)


class Edited:
    """A configuration as it would be with some objects changed; None is removed."""

    def __init__(self, source: Source, changes: Mapping[Key, AnyObject | None]) -> None:
        """Lay the changes over the source."""
        self._source, self._changes = source, changes
        self._by_name: dict[str, set[Key]] = {}
        for key, obj in changes.items():
            for name in names_of(obj) if obj is not None else ():
                self._by_name.setdefault(name, set()).add(key)

    def objects(self, keys: Collection[Key]) -> Mapping[Key, AnyObject]:
        """Return those of these objects that exist."""
        unchanged = [key for key in keys if key not in self._changes]
        found = dict(self._source.objects(unchanged)) if unchanged else {}
        return found | {key: obj for key in keys if (obj := self._changes.get(key)) is not None}

    def referrers(self, names: Collection[str]) -> Collection[Key]:
        """Return the keys of the objects that have one of these names."""
        found = set(self._source.referrers(names)) - set(self._changes) if names else set()
        return found.union(*(self._by_name.get(name, ()) for name in names))


class Side:
    """A configuration as far as it has been read: each object once, in as few readings as the ways are deep."""

    def __init__(self, source: Source) -> None:
        """Begin with nothing read."""
        self.source = source
        self.held: dict[Key, AnyObject] = {}
        self._asked: set[Key] = set()

    def read(self, keys: Iterable[Key]) -> None:
        """Read objects that have not been read yet."""
        if fresh := set(keys) - self._asked:
            self._asked |= fresh
            self.held |= self.source.objects(sorted(fresh))

    def read_places(self, keys: Iterable[Key]) -> None:
        """Read objects with all that their ways out and their waits are made of."""
        places = {place_of(key) for key in keys}
        last = {*keys, *places, *(flow_key(key) for key in places if kind_in(key) in ENTRIES)}
        while last:
            self.read(last)
            last = {part for key in last if key in self.held for part in _parts_of(self.held[key])} - self._asked

    def above(self, names: Collection[str]) -> set[Key]:
        """Return the keys of the objects that have one of these names, read with what they are made of."""
        found = set(self.source.referrers(sorted(names))) if names else set()
        self.read_places(found)
        return found

    def ways(self, place: Key) -> Iterator[Edge]:
        """Yield the ways out of a place that has been read."""
        for key in {place, flow_key(place)} & self.held.keys():
            yield from (edge for edge in edges_of(key, self.held[key]) if edge.source == place)

    def climb(self, places: Iterable[Key], *, pressed: bool) -> set[Key]:
        """Return the places one step above: from where calls come, by themselves or also by a key."""
        below = set(places)
        sources = {place_of(key) for key in self.above(below)}
        edges = (edge for source in sources for edge in self.ways(source))
        return {edge.source for edge in edges if edge.target in below and (pressed or not edge.pressed)}

    def all_above(self, places: Iterable[Key]) -> set[Key]:
        """Return places and all from where calls come there by themselves."""
        seen: set[Key] = set()
        last = set(places)
        while last:
            seen |= last
            last = self.climb(last, pressed=False) - seen
        return seen

    def read_below(self, places: Iterable[Key]) -> None:
        """Read all the places calls can come to from these by themselves."""
        seen: set[Key] = set()
        last = set(places)
        while last:
            seen |= last
            self.read_places(last)
            last = {edge.target for place in last for edge in self.ways(place) if not edge.pressed} - seen


def _parts_of(obj: AnyObject) -> set[Key]:
    return {target for _slot, target, _kinds in names_in(obj) if kind_in(target) in PARTS}


class Slice(NamedTuple):
    """As much of a configuration as must be looked at: ``side`` holds the objects.

    ``checked`` are looked at alone, naming what must be in ``known``; chains are followed from ``starts``.
    """

    side: Side
    checked: Collection[Key]
    known: Container[Key]
    starts: Container[Key]


def affected(source: Source, changes: Mapping[Key, AnyObject | None]) -> Slice:
    """Read what changes to a legal configuration can affect."""
    before, after = Side(source), Side(Edited(source, changes))
    before.read(changes)
    after.read(changes)
    checked, known = _checked(before, after, changes)
    after.read(after.above(_new_values(before, after, changes)))
    touched = _touched(before, after, changes)
    before.read_places(touched)
    after.read_places(touched)
    grown, begun = _grown(before, after, touched)
    begun |= {key for key in changes if kind_in(key) in ENTRIES and key in after.held and key not in before.held}
    starts = after.all_above(grown) | begun
    after.read_below(starts)
    return Slice(after, checked, known, starts)


def _checked(before: Side, after: Side, changes: Collection[Key]) -> tuple[set[Key], set[Key]]:
    """Return the objects to look at alone, and those they name that exist. What was named before did exist."""
    removed = {key for key in changes if key in before.held and key not in after.held}
    checked = ({key for key in changes if key in after.held} | after.above(removed)) & after.held.keys()
    named = {key: set(_named(after, key)) for key in checked}
    doubtful = {name for key in checked if key in changes for name in named[key] - set(_named(before, key))} | removed
    after.read(doubtful)
    known = {name for names in named.values() for name in names if name not in doubtful or name in after.held}
    return checked, known


def _named(side: Side, key: Key) -> Iterator[Key]:
    if key in side.held:
        yield from (target for _slot, target, _kinds in names_in(side.held[key]))


def _new_values(before: Side, after: Side, changes: Iterable[Key]) -> set[str]:
    """Return the numbers and extensions that changed objects have and had not."""
    whose = [key for key in changes if kind_in(key) in ENTRIES and key in after.held]
    had = {key: names_of(before.held[key]) for key in whose if key in before.held}
    return {name for key in whose for name in names_of(after.held[key]) - had.get(key, set())}


def _touched(before: Side, after: Side, changes: Collection[Key]) -> set[Key]:
    """Return the places whose ways out or waits the changes may have altered."""
    parts = {key for key in changes if kind_in(key) in PARTS}
    longer = after.above(_longer(before, after, parts))
    schedules = {key for key in longer if kind_in(key) in PARTS}
    users = (longer - schedules) | after.above(schedules)
    return {place_of(key) for key in {*changes, *users} if kind_in(key) not in PARTS}


def _longer(before: Side, after: Side, parts: Collection[Key]) -> list[Key]:
    """Return the prompts, and the schedules by their prompts, that take longer to hear than they did."""
    before.read_places(parts)
    after.read_places(parts)
    old, new = Waits(before.held), Waits(after.held)
    return [key for key in parts if new.of_part(key) > old.of_part(key)]


def _grown(before: Side, after: Side, places: Iterable[Key]) -> tuple[set[Key], set[Key]]:
    """Return the places of these that grew by what happens by itself, and the places that keys lead to anew."""
    grown: set[Key] = set()
    begun: set[Key] = set()
    for place in places:
        old, new = _costs(before, place), _costs(after, place)
        longer = [way for way, cost in new.items() if way not in old or _dearer(cost, old[way])]
        begun |= {way.target for way in longer if way is not None and way.pressed}
        grown |= {place} if any(way is None or not way.pressed for way in longer) else set()
    return grown, begun


class _Cost(NamedTuple):
    """What a way out of a place takes, in seconds."""

    wait: int
    in_line: int = 0


def _dearer(new: _Cost, old: _Cost) -> bool:
    return new.wait > old.wait or new.in_line > old.in_line


def _costs(side: Side, place: Key) -> dict[Edge | None, _Cost]:
    """Return what each way out of a place costs; None is to end there, which costs nothing where nothing waits."""
    waits = Waits(side.held)
    costs: dict[Edge | None, _Cost] = {
        way: _Cost(waits.lead(way)) if way.pressed else _Cost(waits.before(way), waits.before_in_line(way))
        for way in side.ways(place)
    }
    at = _Cost(waits.at(place), waits.in_line_at(place))
    return costs | ({None: at} if any(at) else {})
