"""Rows of a call flow in one line each, made by the rooms' own actions."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from tenants.announcements.models import Announcement
from tenants.changes.actions import record
from tenants.changes.said import said
from tenants.customers.models import Customer
from tenants.destinations import actions as destinations
from tenants.destinations.models import Destination, Kind
from tenants.groups.models import Group
from tenants.mailboxes.models import Mailbox
from tenants.menus import actions as menus
from tenants.menus.models import Menu
from tenants.numbers import actions as numbers
from tenants.numbers.models import Number
from tenants.people.models import Device, Person
from tenants.prompts.models import Prompt, Take
from tenants.sounds.models import Sound
from tenants.timeswitches import actions as timeswitches
from tenants.timeswitches.models import TimeSwitch
from tests.factories.announcements import announcement
from tests.factories.groups import group
from tests.factories.menus import menu
from tests.factories.numbers import number
from tests.factories.schedules import schedule


def sound(customer_id: int, text: str, rate: int = 8000) -> Sound:
    """Make a sound of four seconds that differs from every other of another text."""
    wav = f"{text} {rate}".encode()
    return Sound.objects.create(
        customer_id=customer_id, sha256=hashlib.sha256(wav).hexdigest(), wav=wav, rate=rate, milliseconds=4000
    )


def prompt(customer_id: int, name: str = "Välkommen") -> Prompt:
    """Make a prompt with a reading, known to the switch."""
    row = Prompt.objects.create(customer_id=customer_id, name=name, manuscript=f"{name} till Norrsken Bygg.")
    row.take = Take.objects.create(
        customer_id=customer_id, prompt=row, narrow=sound(customer_id, name), wide=sound(customer_id, name, 16000)
    )
    row.save()
    record(customer_id=customer_id, by=None, summary=said("La till röstprompten %(name)s", name=name), rows=[row])
    return row


def mailbox(customer_id: int, name: str = "Gemensam röstbrevlåda") -> Mailbox:
    """Make a shared mailbox, known to the switch."""
    place = destinations.make(customer_id=customer_id, kind=Kind.MAILBOX, name=name)
    row = Mailbox.objects.create(customer_id=customer_id, destination=place, kind=Kind.MAILBOX)
    record(customer_id=customer_id, by=None, summary=said("La till %(name)s", name=name), rows=[row])
    return row


def person(customer_id: int, name: str = "Anna Berg", extension: str = "101") -> Person:
    """Make somebody with one telephone, known to the switch."""
    place = destinations.make(customer_id=customer_id, kind=Kind.PERSON, name=name)
    row = Person.objects.create(customer_id=customer_id, destination=place, kind=Kind.PERSON, extension=extension)
    Device.objects.create(customer_id=customer_id, person=row, name="Bord", username=f"d{customer_id}x{extension}")
    record(customer_id=customer_id, by=None, summary=said("La till %(name)s", name=name), rows=[row])
    return row


def place(row_id: int) -> Destination:
    """Return the destination with this id."""
    return Destination.objects.get(pk=row_id)


@dataclass(frozen=True)
class Story:
    """The flow of a small company: number, opening hours, main menu, groups, an announcement and a mailbox."""

    number: Number
    switch: TimeSwitch
    main: Menu
    support: Menu
    sales: Group
    desk: Group
    closed: Announcement
    box: Mailbox
    people: tuple[Person, Person]


def story(customer: Customer) -> Story:
    """Make a whole flow in the draft, ready to be published. Call it in the customer's scope."""
    ident = customer.pk
    welcome, shut = prompt(ident, "Välkommen"), prompt(ident, "Vi har stängt")
    box, people = mailbox(ident), (person(ident, "Anna Berg", "101"), person(ident, "Bo Dahl", "102"))
    members = tuple(who.pk for who in people)
    sales = group(ident, "Försäljning", members=members, no_answer_id=box.pk)
    desk = group(ident, "Receptionen", members=members[:1], no_answer_id=box.pk)
    fallback = {"no_input_id": desk.pk, "invalid_id": desk.pk, "prompt_id": welcome.pk}
    support = menu(ident, "Support", keys={"1": sales.pk}, **fallback)
    main = menu(ident, "Huvudmeny", keys={"1": sales.pk, "2": support.pk, "0": desk.pk}, **fallback)
    wish = menus.Wish(
        name="Support", choices={"1": menus.Choice(sales.pk), "9": menus.Choice(main.pk)}, **fallback
    )  # fmt: skip
    menus.change(menu=support, by=None, version=None, wish=wish)
    closed = announcement(ident, shut.pk, next_id=box.pk)
    parted = timeswitches.Wish("Öppettider", schedule(customer).pk, open_id=main.pk, closed_id=closed.pk)
    switch = timeswitches.make(customer_id=ident, by=None, wish=parted)
    held = number(ident)
    numbers.set_entry(number=held, by=None, entry_id=switch.pk, version=None)
    return Story(held, switch, main, support, sales, desk, closed, box, people)
