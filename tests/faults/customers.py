"""The customers of a run with everything real, made once Django is set up, and what of theirs is under way."""

from __future__ import annotations

from integrations.switch.models import Event
from tenants.apikeys import actions as keys
from tenants.changes.models import Publication
from tenants.customers import scope
from tenants.customers.models import User
from tenants.live.models import LiveRegister
from tenants.nodes import actions as nodes
from tenants.nodes.models import Node, Placement
from tenants.onboarding.actions import make_customer
from tests.faults.admins import Customer

SCOPES = ("write:schedules", "write:people", "write:live")


def customers(count: int) -> list[Customer]:
    """Make customers, empty, on one node."""
    with scope.wide("portal_staff"):
        node = Node.objects.create(name="vaxel-1")
    by = User.objects.create(email="chaos@vaxel.test", name="Kaos", is_staff=True)
    return [_customer(node, by, number) for number in range(1, count + 1)]


def _customer(node: Node, by: User, number: int) -> Customer:
    made = make_customer(name=f"Kund {number}", slug=f"kund-{number}", node=node)
    with scope.customer(made.pk):
        _row, secret = keys.make(customer_id=made.pk, by=by, name="Kaos", scopes=SCOPES)
    return Customer(made.pk, made.slug, secret)


def new_code() -> str:
    """Return a code by which the node may enrol."""
    with scope.wide("portal_staff"):
        return nodes.issue_code(name="vaxel-1")


def left() -> int:
    """Return how much is under way: pushes, wishes and events."""
    with scope.wide("portal_relay"):
        wanted = dict(Publication.objects.values_list("customer", "generation"))
        placed = dict(Placement.objects.values_list("customer", "generation"))
        behind = sum(placed.get(customer) != generation for customer, generation in wanted.items())
        wishes = LiveRegister.objects.filter(wanted_command__isnull=False).count()
        return behind + wishes + Event.objects.filter(folded_at=None).count()
