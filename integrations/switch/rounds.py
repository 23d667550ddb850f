"""Going round the nodes: what each has is compared with what it should have, both roots and live state, once a minute.

The record is when each was last compared (``tenants/nodes/rounds``), so several workers go side by side, none comes to
a node where another still is, and a node that hangs holds one of them for as long as a knock.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import partial

from integrations.switch import compare, live
from tenants.customers import scope
from tenants.nodes.models import Node
from tenants.nodes.rounds import actions

DRAIN_SECONDS = 10.0
"""How long one goes round before others in the queue have their turn."""
AT_ONCE = 8
"""So many go round side by side at most."""


@dataclass(frozen=True)
class Walked:
    """What a walk came to: whether nodes remain that are due, and how many customers had drifted."""

    more: bool
    drifted: int


def due() -> int:
    """Return how many should go round now."""
    with scope.wide("portal_relay"):
        return len(actions.due().values_list("pk")[:AT_ONCE])


def walk() -> Walked:
    """Compare the node whose turn it is, and the next, until none is due or it has been long."""
    until, drifted = time.monotonic() + DRAIN_SECONDS, 0
    while (found := visit_next()) is not None:
        drifted += found
        if time.monotonic() > until:
            return Walked(more=True, drifted=drifted)
    return Walked(more=False, drifted=drifted)


def visit_next() -> int | None:
    """Compare the node whose turn it is; return how many customers had drifted, None if no node was due."""
    with scope.wide("portal_relay"):
        node = actions.take()
    if node is None:
        return None
    try:
        return _visit(node)
    finally:
        with scope.wide("portal_relay"):
            actions.end(node=node)


def _visit(node: Node) -> int:
    drifted = compare.compare(node)
    if _answers(node):
        live.sync(node, hold=partial(_hold, node))
    return drifted


def _answers(node: Node) -> bool:
    with scope.wide("portal_relay"):
        return Node.objects.filter(pk=node.pk, failures=0).exists()


def _hold(node: Node) -> None:
    with scope.wide("portal_relay"):
        actions.hold(node=node)
