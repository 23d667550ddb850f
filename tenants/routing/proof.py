"""What must hold before a configuration may reach the switch.

Every path from every number ends with a person, a mailbox, a number outside, or a message and hang-up; required
slots are set; what is named exists and is of the right kind; calls go in a ring only where the caller presses a
key in it; what happens without a key is over within ``MAX_WAIT`` seconds and ``MAX_HOPS`` places.

That no path dead-ends follows from these: without a missing slot, a missing target or a ring, every path goes on
until it meets a kind that ends calls. ``prove_all`` looks at everything; a check of what a change touches must
answer the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Literal

from tenants.routing import object_checks
from tenants.routing.decide import MAX_HOPS
from tenants.routing.graph import Chain, Graph, Path
from tenants.routing.object_checks import faults_of
from tenants.routing.objects import (
    Announcement,
    AnyObject,
    External,
    Group,
    Key,
    Menu,
    Number,
    Person,
    PersonFlow,
    Prompt,
    Schedule,
    TimeSwitch,
    Value,
)
from tenants.routing.slots import Edge, flow_key

MAX_WAIT = 600
"""Seconds a caller may be kept without pressing a key before somebody answers, a message can be left or the call
ends: prompts, silences of menus and ringing, all at their longest. Ten minutes: a group of twenty who ring half a
minute each is legal, two such in a row are not."""

Code = object_checks.Code | Literal["ring", "too_many_places", "too_long_wait"]


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


def prove_all(objects: Mapping[Key, AnyObject]) -> list[Problem]:
    """Return everything that speaks against a configuration, in order of keys; nothing for a legal one."""
    graph = Graph(objects)
    problems = [
        *_of_objects(objects, graph),
        *_twice(objects, graph),
        *_rings(graph),
        *_too_many_places(graph),
        *_too_long_waits(objects, graph),
    ]
    return sorted(problems, key=lambda problem: (problem.key, problem.code, problem.slot, problem.detail))


def _of_objects(objects: Mapping[Key, AnyObject], graph: Graph) -> Iterator[Problem]:
    for key, obj in objects.items():
        for fault in faults_of(key, obj, objects):
            path = graph.path_to(key.replace("-flow/", "/"))
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


def _too_many_places(graph: Graph) -> Iterator[Problem]:
    best = graph.longest(lambda _edge: 1, lambda _key: 0)
    yield from _over(graph, best, MAX_HOPS, "too_many_places")


def _too_long_waits(objects: Mapping[Key, AnyObject], graph: Graph) -> Iterator[Problem]:
    waits = Waits(objects)
    best = graph.longest(waits.before, waits.at)
    yield from _over(graph, best, MAX_WAIT, "too_long_wait")


def _over(
    graph: Graph, best: Mapping[Key, Chain], limit: int, code: Literal["too_many_places", "too_long_wait"]
) -> Iterator[Problem]:
    for key in graph.starts():
        if key in best and best[key].cost > limit:
            path = graph.path_to(key) + _follow(best, key)
            yield Problem(code=code, key=key, detail=str(best[key].cost), path=path)


def _follow(best: Mapping[Key, Chain], key: Key) -> Path:
    edges: list[Edge] = []
    while (edge := best[key].edge) is not None:
        edges.append(edge)
        key = edge.target
    return tuple(edges)


class Waits:
    """How long a place keeps a caller at most, in whole seconds."""

    def __init__(self, objects: Mapping[Key, AnyObject]) -> None:
        """Take the objects the places name."""
        self.objects = objects

    def before(self, edge: Edge) -> int:
        """Return the longest wait at an edge's source before the edge is taken."""
        return 0 if edge.rule in ("slot:busy", "slot:unreachable", "slot:nobody") else self.at(edge.source)

    def at(self, key: Key) -> int:
        """Return the longest wait at a place."""
        obj = self.objects.get(key)
        measure = _MEASURES.get(type(obj))
        return measure(self, obj) if measure else 0

    def seconds(self, key: Key | None) -> int:
        """Return the length of a prompt, rounded up."""
        prompt = self.objects.get(key) if key else None
        return -(-prompt.milliseconds // 1000) if isinstance(prompt, Prompt) else 0

    def _menu(self, menu: Menu) -> int:
        turn = self.seconds(menu.prompt) + menu.wait_seconds + self.seconds(menu.invalid_prompt)
        return menu.tries * turn

    def _group(self, group: Group) -> int:
        return group.ring_seconds * len({member.rank for member in group.members})

    def _person(self, person: Person) -> int:
        flow = self.objects.get(flow_key(f"person/{person.id}"))
        return flow.ring_seconds if isinstance(flow, PersonFlow) else PersonFlow(id=person.id).ring_seconds

    def _external(self, external: External) -> int:
        return external.ring_seconds

    def _announcement(self, announcement: Announcement) -> int:
        return self.seconds(announcement.prompt)

    def _timeswitch(self, timeswitch: TimeSwitch) -> int:
        schedule = self.objects.get(timeswitch.schedule)
        if not isinstance(schedule, Schedule):
            return 0
        prompts = {rule.prompt for rule in schedule.holidays} | {rule.prompt for rule in schedule.exceptions}
        return max((self.seconds(prompt) for prompt in prompts), default=0)


_MEASURES: Mapping[type, Callable[..., int]] = {
    Menu: Waits._menu,
    Group: Waits._group,
    Person: Waits._person,
    External: Waits._external,
    Announcement: Waits._announcement,
    TimeSwitch: Waits._timeswitch,
}
