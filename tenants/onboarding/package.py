"""The base package: what every new customer can be called on from the first minute.

One main number, opening hours Monday to Friday 8–17 with the Swedish red days, a welcome and a closed prompt to
be read in anew, a menu, a response group with the administrator in it and a shared mailbox, connected and published.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.db import transaction

from tenants.announcements import actions as announcements
from tenants.announcements.models import Announcement
from tenants.changes.actions import publish
from tenants.changes.said import said
from tenants.customers.models import Customer, Membership, User
from tenants.groups import actions as groups
from tenants.groups.models import Group
from tenants.mailboxes import actions as mailboxes
from tenants.mailboxes.models import Mailbox
from tenants.menus import actions as menus
from tenants.menus.models import Menu
from tenants.numbers import actions as numbers
from tenants.numbers.models import Number
from tenants.people import actions as people
from tenants.people.models import Person
from tenants.prompts import actions as prompts
from tenants.prompts.models import Prompt
from tenants.routing.objects import HolidayRule
from tenants.routing.swedish_days import CATEGORIES
from tenants.schedules import actions as schedules
from tenants.schedules import date_actions as dates
from tenants.schedules.edits import OFFICE_WEEK
from tenants.schedules.models import Schedule
from tenants.sounds.convert import Converted, convert
from tenants.timeswitches import actions as timeswitches
from tenants.timeswitches.models import TimeSwitch

FIRST_EXTENSION = "100"
SOUNDS = Path(__file__).with_name("sounds")
CLOSED = "closed"


@dataclass(frozen=True)
class Package:
    """What a customer has from the first minute."""

    number: Number
    schedule: Schedule
    welcome: Prompt
    person: Person
    mailbox: Mailbox
    group: Group
    menu: Menu
    closed: Announcement
    switch: TimeSwitch


@dataclass(frozen=True)
class Words:
    """What the parts are called, and which placeholder prompts they begin with."""

    schedule: str = "Huvudnummer"
    switch: str = "Öppet eller stängt"
    group: str = "Receptionen"
    mailbox: str = "Gemensam röstbrevlåda"
    menu: str = "Huvudmeny"
    welcome: str = "welcome"
    manuscript: str = "Hej och välkommen. Tryck 1 för att tala med oss."


@cache
def spoken(sound: str) -> Converted:
    """Return one of the placeholder sounds of the tree. The first time takes a second: not with a transaction open."""
    return convert((SOUNDS / f"{sound}.ogg").read_bytes())


def placeholder(customer: Customer, by: User | None, *, name: str, sound: str, manuscript: str) -> Prompt:
    """Make a prompt from one of the placeholder sounds of the tree."""
    return prompts.make_with_take(
        customer_id=customer.pk, by=by, name=name, sound=spoken(sound), source_name=f"{sound}.ogg",
        manuscript=manuscript,
    )  # fmt: skip


@transaction.atomic
def make(*, customer: Customer, by: User | None, main_number: str, admin: Membership, words: Words) -> Package:
    """Make the base package in the customer's scope, and publish it.

    :param admin: the first administrator, who answers until there are others and may hear the shared mailbox.
    :raises NoNumber: if the main number is none.
    :raises NumberHeld: if somebody holds it.
    """
    number = numbers.assign(customer_id=customer.pk, by=by, typed=main_number)
    welcome = placeholder(customer, by, name="Välkommen", sound=words.welcome, manuscript=words.manuscript)
    schedule = opening_hours(customer, by, words.schedule)
    wish = mailboxes.Wish(name=words.mailbox, listeners=[admin.pk])
    mailbox = mailboxes.make(customer_id=customer.pk, by=by, wish=wish)
    person = _first_person(customer, by, admin.user)
    group = _group(customer, by, words.group, person, mailbox)
    menu = _menu(customer, by, words.menu, welcome, group)
    closed = _closed(customer, by, mailbox)
    hours = timeswitches.Wish(words.switch, schedule.pk, open_id=menu.pk, closed_id=closed.pk)
    switch = timeswitches.make(customer_id=customer.pk, by=by, wish=hours)
    numbers.set_entry(number=number, by=by, entry_id=switch.pk, version=None)
    publish(customer_id=customer.pk, by=by, note=said("Grundpaket"))
    return Package(number, schedule, welcome, person, mailbox, group, menu, closed, switch)


def opening_hours(customer: Customer, by: User | None, name: str) -> Schedule:
    """Make opening hours, Monday to Friday 8–17, closed on red days and eves."""
    made = schedules.make(customer_id=customer.pk, by=by, name=name, week=OFFICE_WEEK).schedule
    closed = [day for day, category in CATEGORIES.items() if category in ("red", "eve")]
    rules = {day: HolidayRule(day=day) for day in closed}
    return dates.set_holidays(schedule=made, by=by, version=None, rules=rules).schedule


def _first_person(customer: Customer, by: User | None, user: User) -> Person:
    wish = people.Wish(name=user.name, extension=FIRST_EXTENSION, email=user.email, user_id=user.pk)
    return people.make(customer_id=customer.pk, by=by, wish=wish)


def _group(customer: Customer, by: User | None, name: str, person: Person, mailbox: Mailbox) -> Group:
    wish = groups.Wish(name=name, members=(person.pk,), no_answer_id=mailbox.pk, nobody_id=mailbox.pk)
    return groups.make(customer_id=customer.pk, by=by, wish=wish)


def _menu(customer: Customer, by: User | None, name: str, welcome: Prompt, group: Group) -> Menu:
    wish = menus.Wish(
        name=name, prompt_id=welcome.pk, choices={"1": menus.Choice(group.pk)}, no_input_id=group.pk,
        invalid_id=group.pk,
    )  # fmt: skip
    return menus.make(customer_id=customer.pk, by=by, wish=wish)


def _closed(customer: Customer, by: User | None, mailbox: Mailbox) -> Announcement:
    manuscript = "Vi har stängt just nu. Lämna ett meddelande efter tonen."
    prompt = placeholder(customer, by, name="Stängt", sound=CLOSED, manuscript=manuscript)
    wish = announcements.Wish(name="Vi har stängt", prompt_id=prompt.pk, next_id=mailbox.pk)
    return announcements.make(customer_id=customer.pk, by=by, wish=wish)
