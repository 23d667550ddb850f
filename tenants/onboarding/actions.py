"""Making customers."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from tenants.changes.models import Publication
from tenants.customers import scope
from tenants.customers.models import Customer
from tenants.nodes.models import Node, Placement
from tenants.refusals import Refusal, constraints


class SlugTaken(Refusal):
    """Another customer has the address."""

    code = "slug_taken"
    field = "slug"
    message = _("Adressen används redan av en annan kund.")


@transaction.atomic
def make_customer(*, name: str, slug: str, organisation_number: str = "", node: Node | None = None) -> Customer:
    """Make a customer, empty, placed on a node. Staff only.

    :raises SlugTaken: if the address is another customer's.
    """
    with scope.wide("portal_staff"), constraints({"tenants_customer_slug_key": SlugTaken}):
        customer = Customer.objects.create(name=name, slug=slug, organisation_number=organisation_number)
    with scope.customer(customer.pk):
        Publication.objects.create(customer=customer)
        if node is not None:
            Placement.objects.create(customer=customer, node=node)
    return customer
