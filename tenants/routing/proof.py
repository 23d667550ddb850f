"""What must hold before a configuration may reach the switch.

Every path from every number ends with a person, a mailbox, a number outside, or a message and hang-up; required
slots are set; what is named exists and is of the right kind; calls go in a ring only where the caller presses a
key in it; what happens without a key is over within ``MAX_HOPS`` places, ``MAX_WAIT`` seconds and ``MAX_IN_LINE``
seconds of standing in line.

That no path dead-ends follows from these: without a missing slot, a missing target or a ring, every path goes on
until it meets a kind that ends calls. ``prove_all`` looks at everything; ``prove_changes`` looks at what changes to a
legal configuration can affect (``reach`` says why nothing else can be wrong), by the same rules, and answers the same.
"""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Iterator, Mapping
from typing import Literal, NamedTuple

from tenants.routing import object_checks
from tenants.routing.decide import MAX_HOPS
from tenants.routing.graph import Chain, Graph, Path
from tenants.routing.object_checks import faults_of
from tenants.routing.objects import AnyObject, Key, Number, Person, Value
from tenants.routing.reach import Side, Source, affected
from tenants.routing.slots import Edge, place_of
from tenants.routing.waits import Waits

MAX_WAIT = 600
"""Seconds a caller may be kept without pressing a key before somebody answers, a message can be left or the call
ends: prompts, silences of menus and ringing, all at their longest. Ten minutes: a group of twenty who ring half a
minute each is legal, two such in a row are not."""
MAX_IN_LINE = 7200
"""Seconds a caller may stand in line without pressing a key, in all the lines that follow on each other. Two hours: one
line may last an hour (``object_checks.LIMITS``) and overflow to another as long."""

Code = object_checks.Code | Literal["ring", "too_many_places", "too_long_wait", "too_long_in_line"]


class Problem(Value, frozen=True):
    """Why a configuration may not be published.

    ``key`` is the object at fault, ``slot`` where in it, ``target`` what it names there, ``detail`` a figure or
    a finer code. ``path`` is the shortest way a call comes to the fault; for rings and waits it goes on through it.
    """

    code: Code
    key: Key
    slot: str = ""
    target: Key = ""
    detail: str = ""
    path: Path = ()


class _Scope(NamedTuple):
    """What is looked at: all, or what a change can affect (see ``reach.Slice``)."""

    objects: Mapping[Key, AnyObject]
    checked: Collection[Key]
    known: Container[Key]
    starts: Container[Key]


def prove_all(objects: Mapping[Key, AnyObject]) -> list[Problem]:
    """Return everything that speaks against a configuration, in order of keys; nothing for a legal one."""
    graph = Graph(objects)
    return _prove(_Scope(objects, objects, objects, frozenset(graph.starts())), graph)


def prove_changes(source: Source, changes: Mapping[Key, AnyObject | None]) -> list[Problem]:
    """Return what ``prove_all`` would say of a legal configuration with these changes; None is a removed object.

    The cost is that of what the changes can affect, however large the configuration is.
    """
    part = affected(source, changes)
    scope = _Scope(part.side.held, part.checked, part.known, part.starts)
    graph = Graph(part.side.held)
    problems = _prove(scope, graph)
    if not problems:
        return []
    return _prove(scope, _with_ways_to(part.side, _places_in(problems, graph)))


def _places_in(problems: Iterable[Problem], graph: Graph) -> set[Key]:
    """Return the places the shortest ways to which must be known to tell the problems; of a ring all its places."""
    rings = {key for knot in graph.knots() if graph.is_ring(knot) for key in knot}
    return rings | {place_of(problem.key) for problem in problems}


def _with_ways_to(side: Side, places: Collection[Key]) -> Graph:
    """Read upwards from places until numbers have been met above each, or there is nothing more above.

    A shortest way is then the same as in the whole: all that lies as near is there, and in the same order.
    """
    seen, last, steps = set(places), set(places), 0
    while last:
        last = side.climb(last, pressed=True) - seen
        seen, steps = seen | last, steps + 1
        graph = Graph(side.held)
        if all(graph.from_number(place, steps) for place in places):
            return graph
    return Graph(side.held)


def _prove(scope: _Scope, graph: Graph) -> list[Problem]:
    problems = [
        *_of_objects(scope, graph),
        *_twice(scope.objects, graph),
        *_rings(graph),
        *_too_many_places(scope, graph),
        *_too_long_waits(scope, graph),
        *_too_long_in_line(scope, graph),
    ]
    return sorted(problems, key=lambda problem: (problem.key, problem.code, problem.slot, problem.detail))


def _of_objects(scope: _Scope, graph: Graph) -> Iterator[Problem]:
    for key in scope.checked:
        for fault in faults_of(key, scope.objects[key], scope.known):
            path = graph.path_to(place_of(key))
            yield Problem(
                code=fault.code, key=key, slot=fault.slot, target=fault.target, detail=fault.detail, path=path
            )


def _twice(objects: Mapping[Key, AnyObject], graph: Graph) -> Iterator[Problem]:
    numbers = [(key, obj.e164) for key, obj in sorted(objects.items()) if isinstance(obj, Number)]
    people = [(key, obj.extension) for key, obj in sorted(objects.items()) if isinstance(obj, Person) and obj.extension]
    for key, first, value in _repeated(numbers):
        yield Problem(code="number_twice", key=key, slot="e164", target=first, detail=value, path=graph.path_to(key))
    for key, first, value in _repeated(people):
        path = graph.path_to(key)
        yield Problem(code="extension_twice", key=key, slot="extension", target=first, detail=value, path=path)


def _repeated(pairs: Iterable[tuple[Key, str]]) -> Iterator[tuple[Key, Key, str]]:
    seen: dict[str, Key] = {}
    for key, value in pairs:
        if value in seen:
            yield key, seen[value], value
        seen.setdefault(value, key)


def _rings(graph: Graph) -> Iterator[Problem]:
    for ring in graph.rings():
        start = ring[0].source
        yield Problem(code="ring", key=start, slot=ring[0].rule, path=graph.path_to(start) + ring)


def _too_many_places(scope: _Scope, graph: Graph) -> Iterator[Problem]:
    best = graph.longest(lambda _edge: 1, lambda _key: 0)
    yield from _over(scope, graph, best, {}, MAX_HOPS, "too_many_places")


def _too_long_waits(scope: _Scope, graph: Graph) -> Iterator[Problem]:
    waits = Waits(scope.objects)
    best = graph.longest(waits.before, waits.at)
    leads: dict[Key, int] = {}
    for edge in graph.pressed():
        leads[edge.target] = max(leads.get(edge.target, 0), waits.lead(edge))
    yield from _over(scope, graph, best, leads, MAX_WAIT, "too_long_wait")


def _too_long_in_line(scope: _Scope, graph: Graph) -> Iterator[Problem]:
    waits = Waits(scope.objects)
    best = graph.longest(waits.before_in_line, waits.in_line_at)
    yield from _over(scope, graph, best, {}, MAX_IN_LINE, "too_long_in_line")


def _over(
    scope: _Scope,
    graph: Graph,
    best: Mapping[Key, Chain],
    leads: Mapping[Key, int],
    limit: int,
    code: Literal["too_many_places", "too_long_wait", "too_long_in_line"],
) -> Iterator[Problem]:
    """Yield the starts whose costliest chain is over a limit; ``leads`` is what comes before it."""
    for key in graph.starts():
        cost = leads.get(key, 0) + best[key].cost if key in best else 0
        if cost > limit and key in scope.starts:
            yield Problem(code=code, key=key, detail=str(cost), path=graph.path_to(key) + _follow(best, key))


def _follow(best: Mapping[Key, Chain], key: Key) -> Path:
    edges: list[Edge] = []
    while (edge := best[key].edge) is not None:
        edges.append(edge)
        key = edge.target
    return tuple(edges)
