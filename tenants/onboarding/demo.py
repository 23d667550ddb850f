"""The demo company, made by the same actions as every other: Norrsken Bygg AB and, to have a stranger, a bakery."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from tenants.changes.actions import publish
from tenants.customers import scope
from tenants.customers.actions import give_login, let_in
from tenants.customers.models import Customer, Role, User
from tenants.externals import actions as externals
from tenants.groups import actions as groups
from tenants.groups.models import Group, Strategy
from tenants.mailboxes import actions as mailboxes
from tenants.mailboxes.models import Mailbox
from tenants.menus import actions as menus
from tenants.menus.models import Menu
from tenants.nodes.models import Node
from tenants.numbers import actions as numbers
from tenants.onboarding import package
from tenants.onboarding.actions import Wish, provision
from tenants.people import actions as people
from tenants.people.devices import actions as devices
from tenants.people.models import Person

SLUG = "norrsken-bygg"
BAKERY = "lilla-bageriet"
MAIN_NUMBER = "040-622 10 00"
PEOPLE = (
    ("Anna Berg", "101"),
    ("Björn Ek", "102"),
    ("Cecilia Falk", "103"),
    ("David Grahn", "104"),
    ("Eva Holm", "105"),
    ("Fredrik Isaksson", "106"),
)
LOGINS = (
    ("alice@norrsken.test", "Alice Ek", Role.ADMIN),
    ("bob@norrsken.test", "Bob Lind", Role.USER),
)
OWNER = ("charlie@bageriet.test", "Charlie Rask")
STAFF = ("sam@vaxel.test", "Sam Stab")
WELCOME = "Hej och välkommen till Norrsken Bygg. Tryck 1 för försäljning och 2 för support."
SUPPORT = "Support. Tryck 1 för pågående bygge, 2 för faktura och 9 för att gå tillbaka."


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
    """Make the demo companies on a node, or return None if they are there already.

    ``password`` is that of every login, a new one if none is given.
    """
    if Customer.objects.filter(slug=SLUG).exists():
        return None
    telephones = _norrsken(node)
    _bakery(node)
    return Demo(give_logins(password), telephones)


def give_logins(password: str = "") -> str:
    """Give every login of the demo a password, a new one if none is given, and return it."""
    password = password or "-".join(secrets.token_hex(2) for _number in range(3))
    everybody = [(email, name) for email, name, _role in LOGINS]
    for email, name in (*everybody, OWNER):
        give_login(email=email, name=name, password=password)
    give_login(email=STAFF[0], name=STAFF[1], password=password, staff=True)
    return password


def _norrsken(node: Node | None) -> tuple[Telephone, ...]:
    email, name, _role = LOGINS[0]
    wish = Wish("Norrsken Bygg AB", "556016-0680", SLUG, name, email, MAIN_NUMBER, node)
    words = package.Words(menu="Huvudmeny", group="Kundtjänst", welcome="menu", manuscript=WELCOME)
    customer, admin = provision(by=None, wish=wish, words=words)
    with scope.customer(customer.pk):
        email, name, role = LOGINS[1]
        bob = let_in(customer_id=customer.pk, email=email, name=name, role=role)
        staff, telephones = _people(customer, bob.user)
        _flow(customer, staff, [admin.pk, bob.pk])
    return telephones


def _people(customer: Customer, bob: User) -> tuple[list[Person], tuple[Telephone, ...]]:
    made, telephones = [], []
    for name, extension in PEOPLE:
        email = f"{name.split()[0].lower().replace('ö', 'o')}@norrsken.test"
        user = bob.pk if extension == "102" else None
        wish = people.Wish(name=name, extension=extension, email=email, user_id=user)
        person = people.make(customer_id=customer.pk, by=None, wish=wish)
        device, secret = devices.add(person=person, by=None, name="Bordstelefon")
        made.append(person)
        telephones.append(Telephone(name, extension, device.username, secret))
    return made, tuple(telephones)


def _flow(customer: Customer, staff: list[Person], listeners: list[int]) -> None:
    """Give the main menu its keys: sales in order of priority, support with a menu of its own."""
    box = Mailbox.objects.get()
    menu = Menu.objects.select_related("destination").get()
    desk = Group.objects.select_related("destination").get()
    anna, bjorn, *others = [person.pk for person in staff]
    sales = _group(customer, "Försäljning", (anna, bjorn), box.pk, Strategy.SEQUENTIAL, 15)
    builds = _group(customer, "Pågående bygge", tuple(others[:2]), box.pk, Strategy.PARALLEL, 20)
    invoices = _group(customer, "Faktura", tuple(others[2:]), box.pk, Strategy.PARALLEL, 20)
    groups.change(group=desk, by=None, version=desk.version, wish=_members(desk, (*others, anna, bjorn), box.pk))
    prompt = package.placeholder(customer, None, name="Support", sound="support", manuscript=SUPPORT)
    keys = {"1": menus.Choice(builds), "2": menus.Choice(invoices), "9": menus.Choice(menu.pk)}
    wish = menus.Wish(name="Support", prompt_id=prompt.pk, choices=keys, no_input_id=desk.pk, invalid_id=desk.pk)
    support = menus.make(customer_id=customer.pk, by=None, wish=wish)
    keys = {"1": menus.Choice(sales), "2": menus.Choice(support.pk), "9": menus.Choice(desk.pk)}
    wish = menus.Wish(menu.name, menu.prompt_id, keys, no_input_id=desk.pk, invalid_id=desk.pk)
    menus.change(menu=menu, by=None, version=menu.version, wish=wish)
    wished = mailboxes.Wish(name=box.name, max_seconds=box.max_seconds, listeners=listeners)
    mailboxes.change(mailbox=box, by=None, version=None, wish=wished)
    owned = mailboxes.Wish(name="Björn Ek", owner_id=bjorn)
    own = mailboxes.make(customer_id=customer.pk, by=None, wish=owned)
    people.set_flow(person=staff[1], by=None, version=None, wish=people.FlowWish(no_answer_id=own.pk))
    externals.make(customer_id=customer.pk, by=None, wish=externals.Wish("Jourmobilen", "070-174 06 35"))
    direct = numbers.assign(customer_id=customer.pk, by=None, typed="040-622 10 11", label="Anna Berg, direkt")
    numbers.set_entry(number=direct, by=None, entry_id=anna, version=None)
    publish(customer_id=customer.pk, by=None, note="Norrsken Bygg i drift")


def _group(customer: Customer, name: str, members: tuple[int, ...], box: int, strategy: Strategy, seconds: int) -> int:
    wish = groups.Wish(
        name=name, strategy=strategy, members=members, ring_seconds=seconds, no_answer_id=box, nobody_id=box
    )
    return int(groups.make(customer_id=customer.pk, by=None, wish=wish).pk)


def _members(desk: Group, members: tuple[int, ...], box: int) -> groups.Wish:
    return groups.Wish(name=desk.name, strategy=Strategy.PARALLEL, members=members, no_answer_id=box, nobody_id=box)


def _bakery(node: Node | None) -> None:
    wish = Wish("Lilla Bageriet", "556703-7485", BAKERY, OWNER[1], OWNER[0], "040-622 10 50", node)
    customer, _admin = provision(by=None, wish=wish)
    with scope.customer(customer.pk):
        person = people.make(customer_id=customer.pk, by=None, wish=people.Wish("Doris Rask", "101"))
        group = Group.objects.select_related("destination").get()
        box = Mailbox.objects.get()
        groups.change(group=group, by=None, version=group.version, wish=_members(group, (person.pk,), box.pk))
        publish(customer_id=customer.pk, by=None, note="Bageriet i drift")
