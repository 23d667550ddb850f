"""Moving customers between nodes: what begins a move and ends it, and what goes on with one a crash has left half-way.

And nodes that are gone: their customers go to others, and should one come back it is left like any other.
"""

from __future__ import annotations

from collections.abc import Iterable

from integrations.switch import actions, live
from tenants.changes import bell
from tenants.changes.models import Lane, Publication
from tenants.customers import scope
from tenants.nodes.models import Node, Placement
from tenants.nodes.moves import actions as moves
from tenants.routing import wire
from tenants.routing.root import EMPTY, root_of

INHERIT = "switch.inherit"
NOTHING = root_of(EMPTY)


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


def take_over(*, customer_id: int) -> bool:
    """Let a standby serve that is to and has everything, live state too; return whether it does now.

    Before, it is told what is set for the moment, so that it decides its first call as the other node would; and once
    more after, since somebody may have dialled in between. One that can't be told waits for the next comparison.
    """
    with scope.customer(customer_id):
        coming = Placement.objects.filter(role=Placement.Role.STANDBY, takes_over=True).first()
    if coming is None or coming.node_id not in live.agree(customer_id):
        return False
    if not actions.hand_over(customer_id=customer_id):
        return False
    live.agree(customer_id)
    return True


def go_on() -> int:
    """Let standbys take over that have everything, and return how many did: whoever confirmed them may have died."""
    with scope.wide("portal_relay"):
        coming = list(Placement.objects.filter(takes_over=True, generation__gt=0).values_list("customer_id", flat=True))
    return sum(take_over(customer_id=customer_id) for customer_id in coming)


# --- nodes that are gone -----------------------------------------------------------------------------------------


def forget(*, node_id: int, heir_id: int) -> Node:
    """Give a node up; its customers go to the heir, in the background. As ``portal_staff``.

    :raises Refusal: if it is not silent, or the heir can't have them.
    """
    node = moves.forget(node_id=node_id, heir_id=heir_id)
    bell.ring_on_commit(0, Lane.INTERACTIVE, INHERIT)
    return node


def inherit() -> int:
    """Take the customers of forgotten nodes from them, and return how many there were. Also after a crash half-way."""
    with scope.wide("portal_relay"):
        gone = Placement.objects.filter(node__forgotten_at__isnull=False, node__heir__isnull=False)
        rows = list(gone.order_by("pk").select_related("node"))
    for row in rows:
        actions.inherit(customer_id=row.customer_id, node_id=row.node_id, heir_id=row.node.heir_id or 0)
    return len(rows)


def readmit(node: Node, roots: Iterable[wire.Root]) -> bool:
    """Let a forgotten node that answers in again, and return whether it is: whatever it still has is left first.

    A customer that is being left by another node just now is waited for.
    """
    held = [root.customer for root in roots if root.root != NOTHING]
    with scope.wide("portal_relay"):
        if not moves.keep_what_is_left(node_id=node.pk):
            return False
        wanted = list(Publication.objects.filter(customer__in=held).values_list("customer_id", "epoch"))
    waiting = [customer_id for customer_id, epoch in wanted if not _left(node.pk, customer_id, epoch)]
    if waiting:
        return False
    with scope.wide("portal_relay"):
        return moves.readmit(node_id=node.pk)


def _left(node_id: int, customer_id: int, epoch: int) -> bool:
    with scope.customer(customer_id):
        return moves.come_back(customer_id=customer_id, node_id=node_id, epoch=epoch)
