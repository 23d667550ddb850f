"""Moving a customer from one node to another, without a moment in which no node has all of it.

The new node stands by until it has confirmed the newest generation; then the two change roles in one transaction. The
old one is kept in step for a while, since calls it has begun go on there, and is then emptied and forgotten.
"""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tenants.nodes.models import Node, Placement
from tenants.refusals import Refusal

DRAINED_AFTER = timedelta(hours=1)
"""How long a node that was left is still kept in step."""
Role = Placement.Role


class AlreadyThere(Refusal):
    """The node serves the customer already."""

    code = "already_there"
    message = _("Kunden finns redan på den noden.")
    field = "node"


class Moving(Refusal):
    """A move is not over yet."""

    code = "moving"
    message = _("Kunden är redan på väg mellan två noder. Vänta tills flytten är klar.")


class NotLetIn(Refusal):
    """The node has never enrolled."""

    code = "not_let_in"
    message = _("Noden har inte anmält sig än. Välj en som svarar.")
    field = "node"


def _by_role() -> dict[str, Placement]:
    """Return the customer's placements, locked."""
    rows = Placement.objects.select_for_update(no_key=True).order_by("pk")
    return {row.role: row for row in rows}


@transaction.atomic
def begin(*, customer_id: int, node_id: int) -> Placement:
    """Have a node take over a customer as soon as it has everything. In the customer's scope.

    :raises Refusal: if it has it already, if another move is not over, or if the node never enrolled.
    """
    if not Node.objects.filter(pk=node_id, enrolled_at__isnull=False).exists():
        raise NotLetIn
    now = _by_role()
    if Role.ACTIVE in now and now[Role.ACTIVE].node_id == node_id:
        raise AlreadyThere
    standby = now.get(Role.STANDBY)
    if Role.LEAVING in now or (standby and standby.node_id != node_id):
        raise Moving
    if standby is None:
        return Placement.objects.create(customer_id=customer_id, node_id=node_id, role=Role.STANDBY, takes_over=True)
    standby.takes_over = True
    standby.save(update_fields=["takes_over"])
    return standby


@transaction.atomic
def take_over(*, epoch: int, generation: int) -> bool:
    """Let the standby be active if it is to be and has confirmed this; return whether it became so.

    In the customer's scope. The one that was active is left after a while.
    """
    now = _by_role()
    coming, old = now.get(Role.STANDBY), now.get(Role.ACTIVE)
    if coming is None or not coming.takes_over or (coming.epoch, coming.generation) != (epoch, generation):
        return False
    if old is not None:
        old.role, old.leaves_at = Role.LEAVING, timezone.now() + DRAINED_AFTER
        old.save(update_fields=["role", "leaves_at"])
    coming.role, coming.takes_over = Role.ACTIVE, False
    coming.save(update_fields=["role", "takes_over"])
    return True


@transaction.atomic
def give_up(*, customer_id: int) -> bool:
    """Stop a move whose new node has not taken over, and empty that node. Return whether there was one.

    In the customer's scope.

    :raises Moving: if another node is still being left.
    """
    now = _by_role()
    coming = now.get(Role.STANDBY)
    if coming is None:
        return False
    if Role.LEAVING in now:
        raise Moving
    coming.role, coming.takes_over, coming.leaves_at = Role.LEAVING, False, timezone.now()
    coming.save(update_fields=["role", "takes_over", "leaves_at"])
    return True


def is_left(placement: Placement) -> bool:
    """Tell whether a node is to have nothing of the customer any more."""
    leaves_at = placement.leaves_at
    return placement.role == Role.LEAVING and leaves_at is not None and leaves_at <= timezone.now()


def end(*, placement: Placement) -> bool:
    """Forget a node that has confirmed that it has nothing any more. In the customer's scope."""
    gone, _which = Placement.objects.filter(pk=placement.pk, role=Role.LEAVING).delete()
    return bool(gone)
