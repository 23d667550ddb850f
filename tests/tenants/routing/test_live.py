"""What people set for the moment changes where calls go, from the moment it is set until it ends."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tenants.routing import codes
from tenants.routing.calls import Confirm, Record, Ring
from tenants.routing.decide import decide, dialled, inside
from tenants.routing.documents import MappingConfig
from tenants.routing.live import (
    Diversion,
    Live,
    LiveValue,
    Login,
    Order,
    Override,
    Pause,
    Register,
    Unread,
    fault,
    live_of,
    membership,
    merged,
)
from tenants.routing.objects import Credential, Device, Group, Mailbox, Member, Person, PersonFlow
from tests.tenants.routing.sample import rules

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)


def _person(ident: int) -> Person:
    credential = Credential(id=ident, version=1)
    return Person(
        id=ident,
        name=f"P{ident}",
        extension=f"10{ident}",
        devices=(Device(id=ident, username=f"t{ident}", credential=credential),),
    )


CONFIG = MappingConfig(
    [
        _person(1), _person(2), _person(3), Mailbox(id=7, name="Box"), Mailbox(id=8, name="Other"),
        PersonFlow(id=1, no_answer="mailbox/7"),
        Group(id=5, name="Sälj", members=(Member(person="person/1", rank=1), Member(person="person/2", rank=2)),
              nobody="mailbox/8", no_answer="mailbox/7"),
    ]
)  # fmt: skip


def _at(place: str, live: Live, moment: datetime = NOW) -> tuple[object, list[str]]:
    call = inside(1, "person/3", int(NOW.timestamp()))
    step = decide(CONFIG, live, type(call)(customer=1, place=place), moment)
    return step.action, rules(step)


def _register(kind: str, subject: str, value: LiveValue | None, at: float = 1.0, version: int = 1) -> Register:
    return Register(kind=kind, subject=subject, version=version, at=at, value=value)  # type: ignore[arg-type]


def _live(kind: str, subject: str, value: LiveValue | None) -> Live:
    return live_of([_register(kind, subject, value)])


ANNA = membership("group/5", "person/1")


@pytest.mark.parametrize(
    "live",
    [
        _live("login", ANNA, Login(on=False)),
        _live("pause", "person/1", Pause(reason="Lunch", until=LATER)),
        _live("diversion", "person/1", Diversion(reason="meeting", until=LATER)),
    ],
    ids=["logged out", "paused", "diverted"],
)
def test_a_member_who_takes_no_part_is_not_rung(live: Live) -> None:
    action, why = _at("group/5", live)
    assert (action, why) == (Ring(devices=("t2",), seconds=20), ["group/5 rank:2"])


@pytest.mark.parametrize("value", [Login(on=True), None])
def test_who_is_at_rest_or_logged_in_is_rung(value: LiveValue | None) -> None:
    assert _at("group/5", _live("login", ANNA, value))[0] == Ring(devices=("t1",), seconds=20)


def test_a_pause_ends_by_itself() -> None:
    paused = _live("pause", "person/1", Pause(until=LATER))
    assert _at("group/5", paused, LATER)[0] == Ring(devices=("t1",), seconds=20)


def test_a_pause_holds_back_no_calls_of_ones_own() -> None:
    assert _at("person/1", _live("pause", "person/1", Pause()))[0] == Ring(devices=("t1",), seconds=25)


def test_with_everybody_logged_out_the_call_goes_on_at_once() -> None:
    out = [_register("login", membership("group/5", person), Login(on=False)) for person in ("person/1", "person/2")]
    action, why = _at("group/5", live_of(out))
    assert isinstance(action, Record)
    assert (action.mailbox, why[0]) == (8, "group/5 slot:nobody")


@pytest.mark.parametrize(("target", "box"), [(None, 7), ("mailbox/8", 8), ("mailbox/99", 7)])
def test_a_diverted_person_is_not_rung(target: str | None, box: int) -> None:
    away = Diversion(reason="lunch", until=LATER, target=target)
    action, why = _at("person/1", _live("diversion", "person/1", away))
    assert isinstance(action, Record)
    assert (action.mailbox, why[0]) == (box, "person/1 diversion:lunch")
    assert _at("person/1", _live("diversion", "person/1", away), LATER)[0] == Ring(devices=("t1",), seconds=25)


def test_two_who_divert_to_each_other_send_nobody_in_a_circle() -> None:
    both = [
        _register("diversion", "person/1", Diversion(reason="away", target="person/2")),
        _register("diversion", "person/2", Diversion(reason="away", target="person/1")),
    ]
    action, _why = _at("person/1", live_of(both))
    assert isinstance(action, Record)


# --- feature codes ------------------------------------------------------------------------------------------------


def _dial(digits: str) -> tuple[Order, ...]:
    step = dialled(CONFIG, Live(), inside(1, "person/1", int(NOW.timestamp())), NOW, digits)
    assert isinstance(step.action, Confirm)
    return step.action.orders


def test_codes_of_groups_set_each_of_ones_groups() -> None:
    assert _dial("*28#") == (Order(kind="login", subject=ANNA, value=Login(on=True)),)
    assert _dial("#28#") == (Order(kind="login", subject=ANNA, value=Login(on=False)),)


def test_codes_of_pause() -> None:
    assert _dial("*29#") == (Order(kind="pause", subject="person/1", value=Pause()),)
    assert _dial("#29") == (Order(kind="pause", subject="person/1"),)


@pytest.mark.parametrize(
    ("digits", "reason", "until"),
    [
        ("*23#", "away", None),
        ("*23*1#", "lunch", None),
        ("*23*2*1300#", "meeting", "2026-11-23T12:00+00:00"),
        ("*23*1*1030", "lunch", "2026-11-24T09:30+00:00"),
    ],
)
def test_codes_of_diversion(digits: str, reason: str, until: str | None) -> None:
    value = Diversion(reason=reason, until=datetime.fromisoformat(until) if until else None)
    assert _dial(digits) == (Order(kind="diversion", subject="person/1", value=value),)


def test_the_end_of_a_diversion() -> None:
    assert _dial("#23#") == (Order(kind="diversion", subject="person/1"),)


def test_a_time_over_a_night_when_the_clock_changes_is_by_the_wall() -> None:
    evening = datetime(2027, 3, 27, 20, tzinfo=UTC)
    (order,) = codes.orders("*23*1*0730#", "person/1", (), evening)
    assert order.value == Diversion(reason="lunch", until=datetime(2027, 3, 28, 5, 30, tzinfo=UTC))


@pytest.mark.parametrize(
    "digits", ["*", "*23*9#", "*23*1*2500#", "*23*1*9#", "*99#", "#23*1#", "*28*4#", "**23", "*23*1**#1"]
)
def test_a_code_that_means_nothing_sets_nothing(digits: str) -> None:
    assert _dial(digits) == ()


# --- registers ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "order",
    [
        Order(kind="login", subject=ANNA, value=Login(on=False)),
        Order(kind="override", subject="schedule/4", value=Override(state="closed", until=LATER)),
        Order(kind="unread", subject="mailbox/7", value=Unread(messages=("a",))),
        Order(kind="diversion", subject="person/1"),
    ],
)
def test_sound_orders(order: Order) -> None:
    assert fault(order) == ""


@pytest.mark.parametrize(
    "order",
    [
        Order(kind="login", subject="group/5", value=Login(on=True)),
        Order(kind="login", subject="person/1+group/5", value=Login(on=True)),
        Order(kind="pause", subject="mailbox/7", value=Pause()),
        Order(kind="pause", subject="person/1", value=Login(on=True)),
        Order(kind="pause", subject="person/1;drop", value=Pause()),
        Order(kind="override", subject="schedule/", value=None),
    ],
)
def test_orders_of_the_wrong_shape(order: Order) -> None:
    assert fault(order)


def test_the_register_changed_later_holds() -> None:
    old, new = _register("pause", "person/1", Pause(), at=5, version=9), _register("pause", "person/1", None, at=6)
    assert merged(old, new) == new == merged(new, old) == merged(None, new)
    same = _register("pause", "person/1", None, at=5, version=8)
    assert merged(old, same) == old == merged(same, old)
