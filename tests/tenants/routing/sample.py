"""Norrsken Bygg AB as objects: what the tests of calls, proofs and explanations stand on."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from tenants.routing.calls import Action, Call, Gather, Inputs, Record, Step
from tenants.routing.decide import arrive, decide
from tenants.routing.documents import MappingConfig
from tenants.routing.live import Live
from tenants.routing.objects import (
    Announcement,
    AnyObject,
    Choice,
    Credential,
    Device,
    External,
    Group,
    Mailbox,
    Member,
    Menu,
    Number,
    NumberFlow,
    Opening,
    Person,
    PersonFlow,
    Prompt,
    Schedule,
    TimeSwitch,
    WeekDay,
    key_of,
)

MAIN = "+46406221000"
CALLER = "+46701740605"
OPEN = datetime(2026, 11, 27, 10, 0, tzinfo=ZoneInfo("Europe/Stockholm"))
SHUT = datetime(2026, 11, 27, 15, 30, tzinfo=ZoneInfo("Europe/Stockholm"))
NOTHING = Live()


def device(ident: int) -> Device:
    return Device(id=ident, username=f"d{ident}", credential=Credential(id=ident, version=1))


def person(ident: int, *devices: int) -> Person:
    return Person(id=ident, name=f"P{ident}", extension=f"10{ident}", devices=tuple(device(n) for n in devices))


def prompt(ident: int, seconds: int = 4) -> Prompt:
    return Prompt(
        id=ident, name=f"R{ident}", narrow=f"narrow-{ident}", wide=f"wide-{ident}", milliseconds=seconds * 1000
    )


def hours() -> Schedule:
    opening = tuple(Opening(start=480, end=1020) for _ in range(1))
    friday = (Opening(start=480, end=900),)
    week = (*(WeekDay(weekday=day, openings=opening) for day in range(4)), WeekDay(weekday=4, openings=friday))
    return Schedule(id=1, name="Kontoret", week=week)


def norrsken() -> list[AnyObject]:
    """Return a legal configuration with every kind in it."""
    return [
        Number(id=1, name="Huvudnummer", e164=MAIN, is_main=True),
        NumberFlow(id=1, entry="timeswitch/1"),
        hours(),
        TimeSwitch(id=1, name="Öppet", schedule="schedule/1", open="menu/1", closed="announcement/1"),
        Announcement(id=1, name="Stängt", prompt="prompt/2", next="mailbox/1"),
        Announcement(id=2, name="Adress", prompt="prompt/4"),
        Mailbox(id=1, name="Gemensam", greeting="prompt/3", max_seconds=120),
        Menu(
            id=1,
            name="Välkommen",
            prompt="prompt/1",
            choices=(
                Choice(digit="1", target="group/1"),
                Choice(digit="2", target="person/3", prompt="prompt/5"),
                Choice(digit="3", target="external/1"),
                Choice(digit="4", target="menu/2"),
                Choice(digit="5", target="announcement/2"),
            ),
            no_input="group/1",
            invalid="mailbox/1",
            invalid_prompt="prompt/6",
            tries=2,
        ),
        Menu(
            id=2,
            name="Projekt",
            prompt="prompt/1",
            choices=(Choice(digit="9", target="menu/1"), Choice(digit="0", target="group/2")),
            no_input="mailbox/1",
            invalid="mailbox/1",
        ),
        Group(
            id=1,
            name="Kundtjänst",
            members=(Member(person="person/1", rank=0), Member(person="person/2", rank=1)),
            no_answer="mailbox/1",
        ),
        Group(
            id=2,
            name="Alla",
            members=(Member(person="person/1"), Member(person="person/2"), Member(person="person/4")),
            no_answer="mailbox/1",
            nobody="announcement/2",
        ),
        person(1, 1),
        person(2, 2, 3),
        person(3, 4),
        person(4),
        PersonFlow(id=3, ring_seconds=15, busy="mailbox/1", no_answer="external/1", unreachable="announcement/2"),
        External(id=1, name="Jouren", e164="+46701740606", ring_seconds=30),
        *(prompt(ident) for ident in range(1, 7)),
    ]


def config(*changed: AnyObject, without: Iterable[str] = ()) -> MappingConfig:
    """Return Norrsken with some objects put in the place of, or beside, its own and some left out."""
    objects = {key_of(obj): obj for obj in [*norrsken(), *changed]}
    return MappingConfig({key: obj for key, obj in objects.items() if key not in set(without)})


def call(place: str = "number/1", *, subject: MappingConfig | None = None) -> Call:
    """Return a call standing at a place, by default a fresh one to the main number."""
    fresh = arrive(subject or config(), MAIN, CALLER, customer=7, joined_at=1_700_000_000)
    return Call(**{**{name: getattr(fresh, name) for name in fresh.__struct_fields__}, "place": place})


def play(
    subject: MappingConfig, place: str, *given: Inputs, moment: datetime = OPEN, live: Live = NOTHING
) -> list[Step]:
    """Return the steps of a call that begins at a place and meets with the given inputs."""
    steps = [decide(subject, live, call(place), moment)]
    for inputs in given:
        steps.append(decide(subject, live, steps[-1].call, moment, inputs))
    return steps


def key(digit: str) -> Inputs:
    return Inputs(result="digit", digit=digit)


SILENCE, DONE = Inputs(result="silence"), Inputs(result="done")
ANSWERED, NO_ANSWER = Inputs(result="answered"), Inputs(result="no_answer")
BUSY, UNREACHABLE, FAILED = Inputs(result="busy"), Inputs(result="unreachable"), Inputs(result="failed")


def actions(steps: list[Step]) -> list[Action]:
    return [step.action for step in steps]


def rules(step: Step) -> list[str]:
    return [f"{reason.key} {reason.rule}" for reason in step.reasons]


LISTEN = Gather(prompt="narrow-1", seconds=5)
MESSAGE = Record(mailbox=1, greeting="narrow-3", seconds=120)
