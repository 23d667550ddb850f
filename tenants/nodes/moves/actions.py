"""Moving a customer from one node to another, without a moment in which no node has all of it.

The new node stands by until it has confirmed the newest generation; then the two change roles in one transaction. The
old one is kept in step for a while, since calls it has begun go on there, and is then emptied and forgotten.

A node that is gone can't be moved away from like that: staff forget it, and its customers go to an heir at once. Should
it come back, what it still has is left in the ordinary way.
"""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tenants.nodes.models import Node, Placement
from tenants.nodes.queries import is_silent
from tenants.refusals import Refusal

DRAINED_AFTER = timedelta(hours=1)
"""How long a node that was left is still kept in step."""
COME_BACK_FOR = timedelta(minutes=10)
"""How long a forgotten node that is back has to tell what it still knows, before it is emptied."""
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


class StillHeard(Refusal):
    """The node has been heard of too lately to be given up."""

    code = "still_heard"
    message = _("Noden hördes nyss. Den kan glömmas först när den har varit tyst i tio minuter.")


def _by_role() -> dict[str, Placement]:
    """Return the customer's placements, locked."""
    rows = Placement.objects.select_for_update(no_key=True).order_by("pk")
    return {row.role: row for row in rows}


@transaction.atomic
def begin(*, customer_id: int, node_id: int) -> Placement:
    """Have a node take over a customer as soon as it has everything. In the customer's scope.

    :raises Refusal: if it has it already, if another move is not over, or if the node never enrolled.
    """
    if not Node.objects.filter(pk=node_id, enrolled_at__isnull=False, forgotten_at=None).exists():
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


# --- a node that is gone -----------------------------------------------------------------------------------------


@transaction.atomic
def forget(*, node_id: int, heir_id: int) -> Node:
    """Give a node up that is gone, and say where its customers go. As ``portal_staff``.

    From now on nothing it says counts; ``inherit`` then takes its customers from it, one by one.

    :raises StillHeard: if it is not silent.
    :raises NotLetIn: if the heir can't have them.
    """
    node = Node.objects.select_for_update(no_key=True).get(pk=node_id)
    if not is_silent(node):
        raise StillHeard
    if not Node.objects.filter(pk=heir_id, enrolled_at__isnull=False, forgotten_at=None).exclude(pk=node_id).exists():
        raise NotLetIn
    node.forgotten_at, node.heir_id = timezone.now(), heir_id
    node.save(update_fields=["forgotten_at", "heir"])
    return node


@transaction.atomic
def inherit(*, customer_id: int, node_id: int, heir_id: int) -> bool:
    """Take a customer from a node that is gone; return whether that node was the one that served.

    In the customer's scope. A node that has the customer already, since it was to take over or has just been left,
    serves rather than the heir.
    """
    rows = list(Placement.objects.select_for_update(no_key=True).order_by("pk"))
    gone, rest = [one for one in rows if one.node_id == node_id], [one for one in rows if one.node_id != node_id]
    Placement.objects.filter(pk__in=[one.pk for one in gone]).delete()
    if not any(one.role == Role.ACTIVE for one in gone):
        return False
    for one in sorted(rest, key=lambda one: one.role != Role.STANDBY)[:1]:
        one.role, one.takes_over, one.leaves_at = Role.ACTIVE, False, None
        one.save(update_fields=["role", "takes_over", "leaves_at"])
    if not rest:
        Placement.objects.create(customer_id=customer_id, node_id=heir_id, role=Role.ACTIVE)
    return True


@transaction.atomic
def keep_what_is_left(*, node_id: int) -> bool:
    """Have nothing more taken from a forgotten node, since it answers; return whether all that must be is taken.

    As ``portal_relay``.
    """
    if Placement.objects.filter(node_id=node_id, role=Role.ACTIVE).exists():
        return False
    return Node.objects.filter(pk=node_id, forgotten_at__isnull=False).update(heir=None) == 1


@transaction.atomic
def come_back(*, customer_id: int, node_id: int, epoch: int) -> bool:
    """Have a forgotten node that is back and still has a customer left in the ordinary way; return whether it is.

    In the customer's scope. It has some time to tell what it knows. Its receipts of epochs before this one, the
    customer's own now, do not count. It must wait while another node is being left.
    """
    now = _by_role()
    if any(one.node_id == node_id for one in now.values()):
        return True
    if Role.LEAVING in now:
        return False
    until = timezone.now() + COME_BACK_FOR
    Placement.objects.create(customer_id=customer_id, node_id=node_id, role=Role.LEAVING, leaves_at=until, epoch=epoch)
    return True


def readmit(*, node_id: int) -> bool:
    """Let a forgotten node in again that has been told to leave whatever it still had. As ``portal_relay``."""
    forgotten = Node.objects.filter(pk=node_id, forgotten_at__isnull=False, heir=None)
    return forgotten.update(forgotten_at=None) == 1
