"""Flows that tests call, and the tones of their prompts in Hz."""

from __future__ import annotations

from datetime import date

from tenants.routing.objects import (
    Announcement,
    Choice,
    ExceptionRule,
    Group,
    Key,
    Mailbox,
    Member,
    Menu,
    Number,
    NumberFlow,
    Opening,
    Schedule,
    TimeSwitch,
    WeekDay,
)
from tests.integrations.switch.company import Company

WELCOME, CLOSED, GREETING, SUBMENU, WRONG, KEY = 600, 900, 1200, 1500, 1800, 2100
ANNA, BO = 700, 1000
"""What two people's telephones sound."""
CALLER = 440
"""What the outside sounds."""


def e164(company: Company) -> str:
    """Return the customer's main number."""
    return f"+4640622{company.customer:04}"


def number(company: Company, entry: Key | None) -> str:
    """Give a customer its main number, leading to an object; return it."""
    company.put(Number(id=1, name="Huvudnummer", e164=e164(company), is_main=True), NumberFlow(id=1, entry=entry))
    return e164(company)


def mailbox(company: Company) -> Key:
    """Give a customer a shared mailbox with a greeting."""
    company.put(Mailbox(id=1, name="Gemensam", greeting=company.prompt(3, GREETING), max_seconds=20))
    return "mailbox/1"


def group(company: Company, *ranks: int, seconds: int = 2) -> Key:
    """Give a customer a group of people 1, 2 … with these ranks, that ends in the mailbox."""
    members = tuple(Member(person=company.person(at, f"100{at}"), rank=rank) for at, rank in enumerate(ranks, start=1))
    box = mailbox(company)
    company.put(Group(id=1, name="Växel", members=members, ring_seconds=seconds, no_answer=box, nobody=box))
    return "group/1"


def menu(company: Company, id_: int, prompt: Key, *choices: Choice, seconds: int = 2) -> Key:
    """Give a customer a menu whose silence ends in the mailbox and whose wrong keys end in an announcement."""
    company.put(Announcement(id=90, name="Fel", prompt=company.prompt(90, WRONG)))
    company.put(
        Menu(
            id=id_,
            name="Meny",
            prompt=prompt,
            choices=choices,
            no_input=mailbox(company),
            invalid="announcement/90",
            wait_seconds=seconds,
            tries=1,
        )
    )
    return f"menu/{id_}"


def main_menu(company: Company, *ranks: int) -> str:
    """Give a customer a number with a welcome and key 1 to a group; return the number."""
    choice = Choice(digit="1", target=group(company, *ranks))
    return number(company, menu(company, 1, company.prompt(1, WELCOME), choice))


def opening_hours(company: Company) -> Key:
    """Give a customer office hours on weekdays, closed on 23 December, and a closed prompt before the mailbox."""
    company.put(
        Schedule(
            id=1,
            name="Öppettider",
            week=tuple(WeekDay(weekday=day, openings=(Opening(start=480, end=1020),)) for day in range(5)),
            exceptions=(ExceptionRule(id=1, name="Lillejulafton", first=date(2026, 12, 23), last=date(2026, 12, 23)),),
        ),
        Announcement(id=1, name="Stängt", prompt=company.prompt(2, CLOSED), next=mailbox(company)),
        Announcement(id=2, name="Öppet", prompt=company.prompt(1, WELCOME)),
        TimeSwitch(id=1, name="Öppet?", schedule="schedule/1", open="announcement/2", closed="announcement/1"),
    )
    return "timeswitch/1"
