"""Making customers. Staff only."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from tenants.changes.models import Publication
from tenants.customers import scope
from tenants.customers.actions import let_in
from tenants.customers.models import Customer, Membership, Role, User
from tenants.nodes.models import Node, Placement
from tenants.onboarding import package
from tenants.onboarding.registers import is_organisation_number, shown
from tenants.refusals import Refusal, constraints


class SlugTaken(Refusal):
    """Another customer has the address."""

    code = "slug_taken"
    field = "slug"
    message = _("Adressen används redan av en annan kund.")


class NoOrganisation(Refusal):
    """The number's check digit is wrong, or it is none."""

    code = "no_organisation"
    field = "organisation_number"
    message = _("Organisationsnumret stämmer inte. Kontrollera siffrorna.")


@dataclass(frozen=True)
class Wish:
    """What staff types about a new customer. ``node`` is where its calls are switched."""

    name: str
    organisation_number: str
    slug: str
    admin_name: str
    admin_email: str
    main_number: str
    node: Node | None = None


@transaction.atomic
def make_customer(*, name: str, slug: str, organisation_number: str = "", node: Node | None = None) -> Customer:
    """Make a customer, empty, placed on a node.

    :raises SlugTaken: if the address is another customer's.
    """
    with scope.wide("portal_staff"), constraints({"tenants_customer_slug_key": SlugTaken}):
        customer = Customer.objects.create(name=name, slug=slug, organisation_number=organisation_number)
    with scope.customer(customer.pk):
        Publication.objects.create(customer=customer)
        if node is not None:
            Placement.objects.create(customer=customer, node=node)
    return customer


def provision(*, by: User | None, wish: Wish, words: package.Words | None = None) -> tuple[Customer, Membership]:
    """Make a customer with its first administrator and the base package, published and ready to be called.

    All of it or nothing. Return the customer and the administrator's membership.

    :raises NoOrganisation: if the organisation number can't be.
    :raises SlugTaken: if the address is another customer's.
    :raises NoNumber: if the main number is none.
    :raises NumberHeld: if somebody holds it.
    """
    if not is_organisation_number(wish.organisation_number):
        raise NoOrganisation
    words = words or package.Words()
    for sound in (words.welcome, package.CLOSED):
        package.spoken(sound)
    return _provision(by, wish, words)


@transaction.atomic
def _provision(by: User | None, wish: Wish, words: package.Words) -> tuple[Customer, Membership]:
    number = shown(wish.organisation_number)
    customer = make_customer(name=wish.name, slug=wish.slug, organisation_number=number, node=wish.node)
    with scope.customer(customer.pk):
        admin = let_in(customer_id=customer.pk, email=wish.admin_email, name=wish.admin_name, role=Role.ADMIN)
        package.make(customer=customer, by=by, main_number=wish.main_number, admin=admin, words=words)
    return customer, admin
