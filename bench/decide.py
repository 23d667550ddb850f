"""How many steps a second the switch's decision takes on one core, schedule and all."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import cycle, islice
from time import perf_counter

from tenants.routing.calls import Call, Inputs
from tenants.routing.decide import arrive, decide
from tenants.routing.documents import MappingConfig
from tenants.routing.live import Live
from tenants.routing.objects import (
    AnyObject,
    Choice,
    Credential,
    Device,
    Group,
    HolidayRule,
    Mailbox,
    Member,
    Menu,
    Number,
    NumberFlow,
    Opening,
    Period,
    Person,
    Prompt,
    Schedule,
    TimeSwitch,
    WeekDay,
)
from tenants.routing.swedish_days import DAY_NAMES

STEPS = 20_000
MAIN = "+46406221000"
_NOON = datetime(2026, 11, 27, 11, 0, tzinfo=UTC)
_GIVEN = (
    Inputs(result="digit", digit="1"),
    Inputs(result="busy"),
    Inputs(result="no_answer"),
    Inputs(result="answered"),
)


def figures() -> list[tuple[str, float, str]]:
    """Return steps a second over whole calls: number, time switch, menu, key, three ranks of a group, answered."""
    config, live = _config(), Live()
    decide(config, live, _call(config), _NOON)
    began = perf_counter()
    _run(config, live, STEPS)
    return [("decide_steps_per_second", round(STEPS / (perf_counter() - began)), "steps/s")]


def _run(config: MappingConfig, live: Live, steps: int) -> None:
    call = _call(config)
    for number, given in enumerate(islice(cycle((Inputs(), *_GIVEN)), steps)):
        call = _call(config) if given.result == "start" else call
        call = decide(config, live, call, _NOON + timedelta(seconds=number % 86_400), given).call


def _call(config: MappingConfig) -> Call:
    return arrive(config, MAIN, "+46701740605", customer=1, joined_at=0)


def _config() -> MappingConfig:
    people = [_person(number) for number in range(1, 21)]
    members = tuple(Member(person=f"person/{number}", rank=number % 3) for number in range(1, 21))
    return MappingConfig([*_way_in(), *people, Group(id=1, name="", members=members, no_answer="mailbox/1")])


def _way_in() -> list[AnyObject]:
    choices = tuple(Choice(digit=str(digit), target="group/1") for digit in range(10))
    return [
        Number(id=1, name="", e164=MAIN),
        NumberFlow(id=1, entry="timeswitch/1"),
        _schedule(),
        TimeSwitch(id=1, name="", schedule="schedule/1", open="menu/1", closed="menu/1"),
        Menu(id=1, name="", prompt="prompt/1", choices=choices, no_input="group/1", invalid="group/1"),
        Mailbox(id=1, name=""),
        Prompt(id=1, name="", narrow="0" * 64, wide="1" * 64, milliseconds=4000),
    ]


def _schedule() -> Schedule:
    openings = (Opening(start=480, end=720), Opening(start=780, end=1020))
    week = tuple(WeekDay(weekday=day, openings=openings) for day in range(5))
    summer = Period(id=1, name="", first=_NOON.date(), last=_NOON.date(), yearly=True, week=week)
    holidays = tuple(HolidayRule(day=name) for name in DAY_NAMES)
    return Schedule(id=1, name="", week=week, periods=(summer,), holidays=holidays)


def _person(number: int) -> Person:
    device = Device(id=number, username=f"d{number}", credential=Credential(id=number, version=1))
    return Person(id=number, name="", extension=str(100 + number), devices=(device,))
