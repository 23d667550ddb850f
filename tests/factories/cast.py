"""The cast of the tests: Alice administers Norrsken, Bob is a user there, Charlie is a stranger, Sam is staff."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from django.contrib.auth.hashers import make_password

from tenants.customers import scope
from tenants.customers.models import Customer, Membership, Role, User
from tenants.nodes.models import Node
from tenants.onboarding.actions import make_customer

PASSWORD = "brofäste lingon granit"


@dataclass(frozen=True)
class Cast:
    """Everybody, and two customers on one node."""

    norrsken: Customer
    bageri: Customer
    node: Node
    alice: User
    bob: User
    charlie: User
    sam: User


def user(email: str, name: str, *, staff: bool = False) -> User:
    """Make a user who can log in with ``PASSWORD``."""
    return User.objects.create(email=email, password=_hashed(), name=name, is_staff=staff)


@cache
def _hashed() -> str:
    """Hash once a run: argon2 is slow on purpose."""
    return make_password(PASSWORD)


def node(name: str = "vaxel-1") -> Node:
    """Make a node that has not been enrolled."""
    with scope.wide("portal_staff"):
        return Node.objects.create(name=name)


def let_in(customer: Customer, who: User, role: Role = Role.ADMIN) -> None:
    """Give a user a membership."""
    with scope.customer(customer.pk):
        Membership.objects.create(customer=customer, user=who, role=role)


def cast() -> Cast:
    """Make everybody. Charlie administers the bakery, so he is a stranger to Norrsken but not to the portal."""
    machine = node()
    norrsken = make_customer(name="Norrsken Bygg AB", slug="norrsken-bygg", node=machine)
    bageri = make_customer(name="Lilla Bageriet", slug="lilla-bageriet", node=machine)
    everybody = Cast(
        norrsken, bageri, machine,
        user("alice@norrsken.test", "Alice Ek"), user("bob@norrsken.test", "Bob Lind"),
        user("charlie@bageriet.test", "Charlie Rask"), user("sam@vaxel.test", "Sam Stab", staff=True),
    )  # fmt: skip
    let_in(norrsken, everybody.alice)
    let_in(norrsken, everybody.bob, Role.USER)
    let_in(bageri, everybody.charlie)
    return everybody
