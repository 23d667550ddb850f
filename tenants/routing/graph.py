"""The ways calls can take through a configuration, as a graph: shortest paths, rings nobody presses, longest chains.

The graph of what happens by itself leaves out the edges a caller takes by pressing a key.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

from tenants.routing.objects import AnyObject, Key
from tenants.routing.slots import Edge, edges_of

Path = tuple[Edge, ...]


class Chain(NamedTuple):
    """The costliest way on from a place without a key: its cost and its first edge."""

    cost: int
    edge: Edge | None


class Graph:
    """Edges by source; edges to objects that do not exist are left out."""

    def __init__(self, objects: Mapping[Key, AnyObject]) -> None:
        """Read the ways out of every object."""
        self.ways: dict[Key, list[Edge]] = {}
        for key in sorted(objects):
            for edge in edges_of(key, objects[key]):
                if edge.target in objects:
                    self.ways.setdefault(edge.source, []).append(edge)
        numbers = [key for key in sorted(objects) if key.startswith("number/")]
        people = [key for key in sorted(objects) if key.startswith("person/")]
        self.entries = numbers + people
        """Where calls begin: numbers for those from outside, people for those from inside."""
        self._found = self._search(self.entries)

    def automatic(self, key: Key) -> list[Edge]:
        """Return the ways out of a place that need no key."""
        return [edge for edge in self.ways.get(key, ()) if not edge.pressed]

    def starts(self) -> list[Key]:
        """Return the places a caller can be brought to by calling or by pressing a key."""
        return self.entries + sorted({edge.target for edge in self.pressed()} - set(self.entries))

    def pressed(self) -> Iterator[Edge]:
        """Yield the ways that callers take by pressing a key."""
        return (edge for ways in self.ways.values() for edge in ways if edge.pressed)

    def path_to(self, key: Key) -> Path:
        """Return the shortest way from where calls begin to a place, from a number if one leads there."""
        edges: list[Edge] = []
        edge = self._found.get(key)
        while edge is not None:
            edges.append(edge)
            edge = self._found.get(edge.source)
        return tuple(reversed(edges))

    def reached(self, key: Key) -> bool:
        """Tell whether any call can come to a place."""
        return key in self._found

    def from_number(self, key: Key, steps: int) -> bool:
        """Tell whether a call from a number comes to a place within so many steps."""
        path = self.path_to(key)
        start = path[0].source if path else key
        return self.reached(key) and start.startswith("number/") and len(path) <= steps

    def rings(self) -> Iterator[Path]:
        """Yield one shortest ring of each knot of places that calls would go round in by themselves."""
        for knot in self.knots():
            if self.is_ring(knot):
                yield self._ring(min(knot, key=lambda key: (len(self.path_to(key)), key)), set(knot))

    def longest(self, cost: Callable[[Edge], int], last: Callable[[Key], int]) -> dict[Key, Chain]:
        """Return each place's costliest chain. ``last`` is the cost of ending there. Places in rings are left out."""
        best: dict[Key, Chain] = {}
        for knot in self.knots():
            if not self.is_ring(knot):
                key = knot[0]
                ways = [edge for edge in self.automatic(key) if edge.target in best]
                chains = [Chain(cost(edge) + best[edge.target].cost, edge) for edge in ways]
                best[key] = max([Chain(last(key), None), *chains], key=lambda chain: chain.cost)
        return best

    def knots(self) -> list[list[Key]]:
        """Return the strongly connected parts of what happens by itself, targets before sources (Tarjan)."""
        return _Tarjan(self).run(sorted({*self.entries, *self.ways, *self._targets()}))

    def _targets(self) -> set[Key]:
        return {edge.target for ways in self.ways.values() for edge in ways}

    def is_ring(self, knot: list[Key]) -> bool:
        """Tell whether calls can go round in a knot."""
        return len(knot) > 1 or any(edge.target == knot[0] for edge in self.automatic(knot[0]))

    def _search(self, keys: Iterable[Key]) -> dict[Key, Edge | None]:
        """Search breadth first over all ways; those from numbers are done before those from people begin."""
        found: dict[Key, Edge | None] = {}
        for group in _by_kind(keys):
            queue = deque(key for key in group if key not in found)
            found.update(dict.fromkeys(queue))
            while queue:
                for edge in self.ways.get(queue.popleft(), ()):
                    if edge.target not in found:
                        found[edge.target] = edge
                        queue.append(edge.target)
        return found

    def _ring(self, start: Key, knot: set[Key]) -> Path:
        """Return the shortest way from a place back to itself inside a knot."""
        came: dict[Key, Path] = {start: ()}
        queue = deque([start])
        while queue:
            key = queue.popleft()
            for edge in self.automatic(key):
                if edge.target == start:
                    return (*came[key], edge)
                if edge.target in knot and edge.target not in came:
                    came[edge.target] = (*came[key], edge)
                    queue.append(edge.target)
        raise AssertionError(f"{start} lies in no ring")


def _by_kind(keys: Iterable[Key]) -> list[list[Key]]:
    every = list(keys)
    return [
        [key for key in every if key.startswith("number/")],
        [key for key in every if not key.startswith("number/")],
    ]


class _Tarjan:
    """Tarjan's algorithm without recursion: a chain of thousands of places must not exhaust the stack."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.index: dict[Key, int] = {}
        self.low: dict[Key, int] = {}
        self.stack: list[Key] = []
        self.on_stack: set[Key] = set()
        self.parts: list[list[Key]] = []

    def run(self, keys: Iterable[Key]) -> list[list[Key]]:
        for key in keys:
            if key not in self.index:
                self._walk(key)
        return self.parts

    def _walk(self, root: Key) -> None:
        work = [(root, self._enter(root))]
        while work:
            key, ways = work[-1]
            target = next(ways, None)
            if target is None:
                work.pop()
                self._leave(key, work[-1][0] if work else None)
            elif target not in self.index:
                work.append((target, self._enter(target)))
            elif target in self.on_stack:
                self.low[key] = min(self.low[key], self.index[target])

    def _enter(self, key: Key) -> Iterator[Key]:
        self.index[key] = self.low[key] = len(self.index)
        self.stack.append(key)
        self.on_stack.add(key)
        return iter([edge.target for edge in self.graph.automatic(key)])

    def _leave(self, key: Key, parent: Key | None) -> None:
        if self.low[key] == self.index[key]:
            part = [self.stack.pop()]
            while part[-1] != key:
                part.append(self.stack.pop())
            self.on_stack.difference_update(part)
            self.parts.append(part)
        if parent is not None:
            self.low[parent] = min(self.low[parent], self.low[key])
