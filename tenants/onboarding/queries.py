"""Reading customers, for our own staff."""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.db.models import Q

from tenants.changes.models import Publication, Verdict
from tenants.customers import scope
from tenants.customers.models import Customer
from tenants.nodes.models import Placement
from tenants.numbers.models import Number

SHOWN = 200


@dataclass(frozen=True)
class Row:
    """A customer in the list, with its numbers and how it stands at the switch.

    ``doubtful``: the proof of the whole configuration has said something else than the proof of what changed.
    """

    customer: Customer
    numbers: tuple[str, ...]
    node: str
    generation: int
    behind: bool
    refused: bool
    doubtful: bool


def listed(search: str = "") -> list[Row]:
    """Return customers by name: all, or those whose name, organisation number, address or number matches."""
    with scope.wide("portal_staff"):
        found = list(Customer.objects.filter(_matching(search)).order_by("name")[:SHOWN])
        idents = [customer.pk for customer in found]
        numbers = _numbers(idents)
        wanted = dict(Publication.objects.filter(customer__in=idents).values_list("customer_id", "generation"))
        active = Placement.objects.filter(customer__in=idents, role=Placement.Role.ACTIVE).select_related("node")
        placed = {placement.customer_id: placement for placement in active}
        doubtful = set(Verdict.objects.filter(customer__in=idents, agreed=False).values_list("customer_id", flat=True))
    return [
        _row(
            customer,
            numbers.get(customer.pk, ()),
            wanted.get(customer.pk, 0),
            placed.get(customer.pk),
            doubtful=customer.pk in doubtful,
        )
        for customer in found
    ]


def _row(
    customer: Customer, numbers: tuple[str, ...], wanted: int, placement: Placement | None, *, doubtful: bool
) -> Row:
    have = placement.generation if placement else 0
    return Row(
        customer=customer,
        numbers=numbers,
        node=placement.node.name if placement else "",
        generation=wanted,
        behind=have < wanted,
        refused=bool(placement and placement.quarantined >= wanted > 0),
        doubtful=doubtful,
    )


def _numbers(idents: list[int]) -> dict[int, tuple[str, ...]]:
    found: dict[int, tuple[str, ...]] = {}
    rows = Number.objects.filter(customer__in=idents).order_by("-is_main", "e164")
    for customer, e164 in rows.values_list("customer_id", "e164"):
        found[customer] = (*found.get(customer, ()), e164)
    return found


def _matching(search: str) -> Q:
    if not search:
        return Q()
    digits = re.sub(r"\D", "", search)
    matching = Q(name__icontains=search) | Q(slug__icontains=search) | Q(organisation_number__icontains=search)
    if len(digits) >= 4:
        holders = Number.objects.filter(e164__contains=digits.lstrip("0")).values("customer_id")
        matching |= Q(pk__in=holders)
    return matching
