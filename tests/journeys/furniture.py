"""Companies for the journeys, and facts about them. Every function here runs inside the product (see ``clerk``).

What it takes and returns can be written as JSON. It goes through the rooms' own actions only, as the web's login.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.utils import timezone

from integrations.switch import moving
from integrations.switch.models import Event
from tenants.changes import actions as changes
from tenants.changes.models import Change, Publication
from tenants.changes.queries import standing
from tenants.customers import actions as customers
from tenants.customers import scope
from tenants.customers.models import Customer, Role, User
from tenants.destinations.models import Route
from tenants.groups.models import Strategy
from tenants.mailboxes.models import Mailbox, Message
from tenants.menus import actions as menus
from tenants.menus.models import Menu
from tenants.nodes import actions as nodes
from tenants.nodes.models import Node, Placement, Receipt
from tenants.numbers import actions as numbers
from tenants.numbers.models import Number
from tenants.onboarding.actions import make_customer
from tenants.people.devices import actions as devices
from tenants.people.models import Person
from tenants.prompts import actions as prompts
from tenants.prompts.models import Prompt
from tenants.routing.objects import ExceptionRule, Opening
from tenants.routing.schedules import day_plan
from tenants.schedules import date_actions as dates
from tenants.schedules.compile import compile_schedule
from tenants.schedules.models import Schedule
from tenants.sounds.convert import convert
from tenants.timeswitches import actions as timeswitches
from tests.factories.announcements import announcement
from tests.factories.cast import PASSWORD
from tests.factories.groups import group
from tests.factories.mailboxes import mailbox, message
from tests.factories.menus import menu
from tests.factories.numbers import number
from tests.factories.people import person
from tests.factories.schedules import OFFICE_WEEK, schedule
from tests.phones import tones

Facts = dict[str, Any]
WELCOME, CLOSED, GREETING, SUBMENU = 600, 900, 1200, 1500
"""What prompts sound, in Hz."""
WEEKS: Mapping[str, Mapping[int, Sequence[Opening]]] = {
    "always": dict.fromkeys(range(7), (Opening(start=0, end=1440),)),
    "never": {},
    "office": OFFICE_WEEK,
}


def prompt(customer_id: int, name: str, hertz: int, seconds: float = 1.5) -> int:
    """Record a prompt that is a tone, through the converter; return its id."""
    wav = tones.wav(hertz, seconds, rate=16000)
    return prompts.make_with_take(customer_id=customer_id, by=None, name=name, sound=convert(wav)).pk


def telephones(customer_id: int, people: Sequence[int]) -> list[list[str]]:
    """Give people a telephone each; return user names and passwords."""
    with scope.customer(customer_id):
        made = [devices.add(person=Person.objects.get(pk=who), by=None, name="Bord") for who in people]
    return [[device.username, secret] for device, secret in made]


def _customer(name: str, slug: str) -> Customer:
    with scope.wide("portal_staff"):
        node = Node.objects.get()
    made = make_customer(name=name, slug=slug, node=node)
    with scope.customer(made.pk):
        member = customers.let_in(customer_id=made.pk, email=f"admin@{slug}.test", name="Alva", role=Role.ADMIN)
        customers.set_password(user=User.objects.get(pk=member.user_id), password=PASSWORD)
    return made


def office(
    *, slug: str, digits: str, strategy: str = "sequential", people: int = 2, week: str = "always",
    nested: bool = False, wait: int = 2,
) -> Facts:  # fmt: skip
    """Make a published company: number → opening hours → menu, key 1 → group of people → mailbox; closed → mailbox.

    ``nested`` adds key 2 → a second menu (1 → the first person, 9 → back) and key 3 → an announcement.
    """
    made = _customer(slug.title(), slug)
    with scope.customer(made.pk):
        facts = _furnish(made, people=people, strategy=strategy, week=week, nested=nested, wait=wait)
        held = number(made.pk, f"040-622 {digits[:2]} {digits[2:]}")
        numbers.set_entry(number=held, by=None, entry_id=facts.pop("entry"), version=None)
        changes.publish(customer_id=made.pk, by=None, note="Början")
        facts["phones"] = telephones(made.pk, facts["people"])
    return facts | {
        "customer": made.pk, "slug": slug, "number": held.e164, "admin": f"admin@{slug}.test", "password": PASSWORD,
    }  # fmt: skip


def _furnish(made: Customer, *, people: int, strategy: str, week: str, nested: bool, wait: int) -> Facts:
    ident = made.pk
    heard = {name: prompt(ident, name, hertz) for name, hertz in _PROMPTS.items()}
    box = mailbox(
        ident, "Gemensam", *User.objects.filter(email=f"admin@{made.slug}.test"), greeting_id=heard["Hälsning"]
    )
    staff = [person(ident, f"Person {place}", f"10{place}").pk for place in range(1, people + 1)]
    ring = group(
        ident, "Växel", members=tuple(staff), strategy=Strategy(strategy), ring_seconds=5,
        no_answer_id=box.pk, nobody_id=box.pk,
    )  # fmt: skip
    keys = {"1": ring.pk} | (_nested(ident, heard, box.pk, staff[0]) if nested else {})
    main = menu(
        ident, "Huvudmeny", keys=keys, prompt_id=heard["Välkommen"], no_input_id=box.pk, invalid_id=box.pk,
        wait_seconds=wait, tries=1,
    )  # fmt: skip
    hours = schedule(made, week=WEEKS[week])
    shut = announcement(ident, heard["Stängt"], "Stängt", next_id=box.pk)
    parted = timeswitches.Wish("Öppet?", hours.pk, open_id=main.pk, closed_id=shut.pk)
    switch = timeswitches.make(customer_id=ident, by=None, wish=parted)
    return {"people": staff, "mailbox": box.pk, "menu": main.pk, "schedule": hours.pk, "entry": switch.pk}


_PROMPTS: Mapping[str, int] = {"Välkommen": WELCOME, "Stängt": CLOSED, "Hälsning": GREETING, "Undermeny": SUBMENU}


def _nested(ident: int, heard: Mapping[str, int], box: int, first: int) -> dict[str, int]:
    under = menu(
        ident, "Undermeny", keys={"1": first, "2": box}, prompt_id=heard["Undermeny"], no_input_id=box, invalid_id=box,
        wait_seconds=2, tries=1,
    )  # fmt: skip
    return {"2": under.pk, "3": announcement(ident, heard["Stängt"], "Vi ringer upp").pk}


def base_package(*, slug: str) -> Facts:
    """Return what a customer was given at its start: ids, and its prompts in hex."""
    customer = Customer.objects.get(slug=slug)
    with scope.customer(customer.pk):
        spoken = Prompt.objects.select_related("take__narrow")
        hours = Schedule.objects.get(name="Huvudnummer")
        return {
            "customer": customer.pk, "slug": slug, "number": Number.objects.get(is_main=True).e164,
            "mailbox": Mailbox.objects.get(owner=None).pk, "friday": _ordinary_friday(hours),
            "prompts": {row.name: bytes(row.take.narrow.wav).hex() for row in spoken if row.take},
        }  # fmt: skip


def _ordinary_friday(row: Schedule) -> str:
    """Return the first Friday a week or more ahead that nothing but the ordinary week governs."""
    plan, today = compile_schedule(row), timezone.localdate()
    fridays = (today + timedelta(days=7 + (4 - today.weekday()) % 7 + 7 * week) for week in range(20))
    return next(day for day in fridays if day_plan(plan, day).rule.startswith("week")).isoformat()


# --- facts -----------------------------------------------------------------------------------------------------------


def in_step(*, customer: int) -> bool:
    """Tell whether the node has confirmed the newest generation."""
    with scope.customer(customer):
        wanted, held = Publication.objects.get(), Placement.objects.get()
        return (wanted.epoch, wanted.generation) == (held.epoch, held.generation)


def newest_receipt(*, customer: int) -> Facts:
    """Return what the node signed last, and the milliseconds from the save to it."""
    with scope.customer(customer):
        signed = Receipt.objects.order_by("epoch", "generation").last()
        assert signed is not None
        stands = standing(Change.objects.get(generation=signed.generation))
    return {"generation": signed.generation, "root": signed.root, "milliseconds": stands.milliseconds}


def messages(*, customer: int) -> list[Facts]:
    """Return the messages, oldest first, ``wav`` the file in hex."""
    with scope.customer(customer):
        return [
            {"caller": row.caller, "left_at": row.left_at.timestamp(), "wav": bytes(row.sound.wav).hex()}
            for row in Message.objects.select_related("sound").order_by("left_at")
        ]


def events(*, customer: int, kind: str) -> list[Facts]:
    """Return what the node has told of a customer, oldest first."""
    with scope.customer(customer):
        rows = Event.objects.filter(kind=kind).order_by("at")
        return [json.loads(bytes(row.body)) for row in rows]


def lived_in(*, slug: str) -> Facts:
    """Give the demo company what a company has after some days: messages, and a change that waits in the draft."""
    customer = Customer.objects.get(slug=slug)
    with scope.customer(customer.pk):
        box = Mailbox.objects.get(owner=None)
        for caller, seconds in (("+46701740605", 14.0), ("+4640123456", 31.0), ("", 6.0)):
            message(box, caller, seconds)
        _edit_main_menu(box.pk)
        today = timezone.localdate()
        early = ExceptionRule(
            id=0, name="Betongleverans", first=today, last=today, openings=(Opening(start=300, end=1080),)
        )
        dates.add_exception(schedule=Schedule.objects.get(name="Huvudnummer"), by=None, version=None, rule=early)
    return {"customer": customer.pk}


def _edit_main_menu(box: int) -> None:
    """Let a key lead to a mailbox, in the draft."""
    row = Menu.objects.get(destination__name="Huvudmeny")
    routes = Route.objects.filter(source_id=row.pk)
    edges = {route.slot: route.target_id for route in routes}
    choices = {slot.removeprefix("key:"): menus.Choice(target) for slot, target in edges.items() if slot[:4] == "key:"}
    wish = menus.Wish(
        name="Huvudmeny", prompt_id=row.prompt_id, choices={**choices, "8": menus.Choice(box)},
        no_input_id=edges.get("no_input"), invalid_id=edges.get("invalid"),
    )  # fmt: skip
    menus.change(menu=row, by=User.objects.get(email="alice@norrsken.test"), version=None, wish=wish)


# --- nodes -----------------------------------------------------------------------------------------------------------


def node_code(*, name: str) -> str:
    """Return a code by which a node of a name may enrol."""
    with scope.wide("portal_staff"):
        return nodes.issue_code(name=name)


def is_let_in(*, name: str) -> bool:
    """Tell whether a node has enrolled."""
    return Node.objects.filter(name=name, enrolled_at__isnull=False).exists()


def begin_move(*, customer: int, name: str) -> None:
    """Begin to move a customer to a node, as staff do."""
    moving.begin(customer_id=customer, node_id=Node.objects.get(name=name).pk)


def roles(*, customer: int) -> Facts:
    """Return the names of a customer's nodes by role."""
    with scope.customer(customer):
        return {row.role: row.node.name for row in Placement.objects.select_related("node")}


def drained(*, customer: int) -> None:
    """Let the time be over in which the node that is left is kept in step."""
    with scope.customer(customer):
        Placement.objects.filter(role=Placement.Role.LEAVING).update(leaves_at=timezone.now())
