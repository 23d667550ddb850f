"""Rings, shortest paths and longest chains against networkx."""

from __future__ import annotations

import networkx as nx
from hypothesis import given, settings
from hypothesis import strategies as st

from tenants.routing.documents import MappingConfig
from tenants.routing.graph import Graph
from tenants.routing.objects import (
    Announcement,
    AnyObject,
    Group,
    Key,
    Mailbox,
    Menu,
)
from tenants.routing.proof import prove_all
from tests.tenants.routing.documents import any_document
from tests.tenants.routing.sample import prompt

FIELDS = ["entry", "next", "open", "closed", "lunch", "holiday", "busy", "no_answer", "unreachable", "no_input"]


def drawn(objects: MappingConfig, *, keys: bool) -> nx.DiGraph[Key]:
    """Draw the graph without the code under test: fields by name."""
    graph: nx.DiGraph[Key] = nx.DiGraph()
    for key, obj in objects.items():
        source = key.replace("-flow", "")
        targets = [getattr(obj, field, None) for field in [*FIELDS, "invalid", "nobody", "full"]]
        if keys and isinstance(obj, Menu):
            targets += [choice.target for choice in obj.choices]
        if keys and isinstance(obj, Group) and obj.waiting:
            targets += [way.target for way in obj.waiting.exits]
        graph.add_edges_from((source, target) for target in targets if isinstance(target, str) and target in objects)
    return graph


documents = st.builds(any_document, st.integers(0, 10_000_000), st.integers(2, 25))


@given(objects=documents)
@settings(max_examples=300, deadline=None)
def test_rings_are_the_knots_networkx_finds_and_each_path_is_one(objects: MappingConfig) -> None:
    graph = drawn(objects, keys=False)
    knots = [
        knot for knot in nx.strongly_connected_components(graph) if len(knot) > 1 or graph.has_edge(*(list(knot) * 2))
    ]
    rings = [problem for problem in prove_all(objects) if problem.code == "ring"]
    assert len(rings) == len(knots)
    for problem in rings:
        knot = next(knot for knot in knots if problem.key in knot)
        ring = problem.path[len(Graph(objects).path_to(problem.key)) :]
        assert [edge.target for edge in ring][-1] == ring[0].source == problem.key
        assert all(edge.source in knot and not edge.pressed for edge in ring)
        assert all(graph.has_edge(edge.source, edge.target) for edge in ring)
        inside: nx.DiGraph[Key] = graph.subgraph(knot).copy()
        after = (1 + nx.shortest_path_length(inside, way, problem.key) for way in inside.successors(problem.key))
        assert len(ring) == min(after)


@given(objects=documents)
@settings(max_examples=300, deadline=None)
def test_paths_are_as_short_as_networkx_finds_them(objects: MappingConfig) -> None:
    graph, ours = drawn(objects, keys=True), Graph(objects)
    numbers = [key for key in objects if key.startswith("number/")]
    graph.add_nodes_from(objects)
    graph.add_edges_from(("start", number) for number in numbers)
    graph.add_node("start")
    reached = nx.single_source_shortest_path_length(graph, "start")
    for key in objects:
        if key in reached:
            assert len(ours.path_to(key)) == reached[key] - 1
            assert ours.reached(key)


@given(objects=documents)
@settings(max_examples=200, deadline=None)
def test_longest_chains_are_as_long_as_networkx_finds_them(objects: MappingConfig) -> None:
    graph = drawn(objects, keys=False)
    knots = list(nx.strongly_connected_components(graph))
    round_and_round = {key for knot in knots if len(knot) > 1 for key in knot} | set(nx.nodes_with_selfloops(graph))
    graph.remove_nodes_from(round_and_round)
    best = Graph(objects).longest(lambda _edge: 1, lambda _key: 0)
    for key in graph:
        below: nx.DiGraph[Key] = graph.subgraph({key, *nx.descendants(graph, key)})
        assert best[key].cost == nx.dag_longest_path_length(below)


def test_a_chain_of_ten_thousand_places_is_proven_without_running_out_of_stack() -> None:
    chain: list[AnyObject] = [
        Announcement(id=n, name="", prompt="prompt/1", next=f"announcement/{n + 1}") for n in range(10_000)
    ]
    objects = MappingConfig([*chain, Mailbox(id=1, name=""), prompt(1)])
    codes = {problem.code for problem in prove_all(objects)}
    assert codes == {"dangling"}
