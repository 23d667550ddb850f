"""The demo: Norrsken Bygg AB, a bakery to have a stranger, and logins. Made by the same actions as every company."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction

from tenants.changes.actions import publish
from tenants.customers import scope
from tenants.customers.actions import give_login, let_in
from tenants.customers.models import Customer, Role
from tenants.groups import actions as groups
from tenants.groups.models import Group, Strategy
from tenants.mailboxes.models import Mailbox
from tenants.nodes.models import Node
from tenants.onboarding import norrsken
from tenants.onboarding.actions import Wish, provision
from tenants.people import actions as people
from tenants.people.devices import actions as devices
from tenants.people.models import Person

SLUG = "norrsken-bygg"
BAKERY = "lilla-bageriet"
ADMIN = ("alice@norrsken.test", "Alice Ek")
USER = ("bjorn@norrsken.test", "Björn Ek")
OWNER = ("charlie@bageriet.test", "Charlie Rask")
STAFF = ("sam@vaxel.test", "Sam Stab")
BAKERS = (("Doris Rask", "101"), ("Einar Kringla", "102"))


@dataclass(frozen=True)
class Telephone:
    """What a telephone is logged in with."""

    person: str
    extension: str
    username: str
    secret: str


@dataclass(frozen=True)
class Demo:
    """What was made. ``password`` is that of every login; telephones only those made now."""

    password: str
    telephones: tuple[Telephone, ...]


def make(node: Node | None, password: str = "") -> Demo | None:
    """Make the demo companies on a node, all or nothing, or return None if they are there already.

    ``password`` is that of every login, a new one if none is given.
    """
    if Customer.objects.filter(slug=SLUG).exists():
        return None
    with transaction.atomic():
        _bakery(node)
        telephones = _norrsken(node)
        return Demo(give_logins(password), telephones)


def give_logins(password: str = "") -> str:
    """Give every login of the demo a password, a new one if none is given, and return it."""
    password = password or "-".join(secrets.token_hex(2) for _number in range(3))
    for email, name in (ADMIN, USER, OWNER):
        give_login(email=email, name=name, password=password)
    give_login(email=STAFF[0], name=STAFF[1], password=password, staff=True)
    return password


def _norrsken(node: Node | None) -> tuple[Telephone, ...]:
    email, name = ADMIN
    wish = Wish("Norrsken Bygg AB", "556016-0680", SLUG, name, email, norrsken.MAIN_NUMBER, node)
    customer, admin = provision(by=None, wish=wish, words=norrsken.WORDS)
    with scope.customer(customer.pk):
        second = let_in(customer_id=customer.pk, email=USER[0], name=USER[1], role=Role.USER)
        norrsken.furnish(customer, admin, second)
        return tuple(_telephones(norrsken.WITH_TELEPHONES))


def _telephones(extensions: Iterable[str]) -> Iterable[Telephone]:
    for person in Person.objects.select_related("destination").filter(extension__in=extensions).order_by("extension"):
        device, secret = devices.add(person=person, by=None, name="Bordstelefon")
        yield Telephone(person.destination.name, person.extension, device.username, secret)


def _bakery(node: Node | None) -> None:
    wish = Wish("Lilla Bageriet", "556703-7485", BAKERY, OWNER[1], OWNER[0], "040-622 10 50", node)
    customer, _admin = provision(by=None, wish=wish)
    with scope.customer(customer.pk):
        wishes = [people.Wish(name, extension) for name, extension in BAKERS]
        people.make_many(customer_id=customer.pk, by=None, wishes=wishes)
        members = tuple(Person.objects.order_by("extension").values_list("pk", flat=True))
        group, box = Group.objects.select_related("destination").get(), Mailbox.objects.get().pk
        rings = groups.Wish(group.destination.name, Strategy.PARALLEL, members=members, no_answer_id=box, nobody_id=box)
        groups.change(group=group, by=None, version=group.version, wish=rings)
        publish(customer_id=customer.pk, by=None, note="Bageriet i drift")
