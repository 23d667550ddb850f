"""Moving customers between nodes: what begins a move, and what finds one that a crash has left half-way."""

from __future__ import annotations

from integrations.switch import actions
from tenants.changes import bell
from tenants.changes.models import Lane
from tenants.customers import scope
from tenants.nodes.models import Placement
from tenants.nodes.moves import actions as moves


def begin(*, customer_id: int, node_id: int) -> None:
    """Begin to move a customer; a standby that has everything already takes over at once.

    :raises Refusal: if the node can't have it, or another move is not over.
    """
    with scope.customer(customer_id):
        moves.begin(customer_id=customer_id, node_id=node_id)
        bell.ring_on_commit(customer_id, Lane.SYNC)
    actions.hand_over(customer_id=customer_id)


def give_up(*, customer_id: int) -> bool:
    """Stop a move before the new node has taken over. Return whether there was one.

    :raises Refusal: if another node is still being left.
    """
    with scope.customer(customer_id):
        stopped = moves.give_up(customer_id=customer_id)
        bell.ring_on_commit(customer_id, Lane.SYNC)
    return stopped


def go_on() -> int:
    """Let standbys take over that have everything, and return how many did: whoever confirmed them may have died."""
    with scope.wide("portal_relay"):
        coming = list(Placement.objects.filter(takes_over=True, generation__gt=0).values_list("customer_id", flat=True))
    return sum(actions.hand_over(customer_id=customer_id) for customer_id in coming)
