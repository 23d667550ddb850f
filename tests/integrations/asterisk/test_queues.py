"""Callers who wait in line, on a real Asterisk, by what they hear."""

from __future__ import annotations

import signal
import time
from itertools import pairwise
from typing import Any

import msgspec
import pytest

from tenants.routing.live import Login, Order, Pause, membership
from tenants.routing.objects import Announcement, Exit, Group, Key, Member, Person, Waiting
from tenants.routing.wire import Command
from tests.integrations.asterisk.exchange import Exchange, until
from tests.integrations.asterisk.flows import ANNA, BO, CALLER, GREETING, mailbox, number
from tests.integrations.switch.company import Company
from tests.phones.call import Call

pytestmark = [pytest.mark.asterisk, pytest.mark.listens]
MUSIC, EVERY, FULL, NOBODY, OUT = 1500, 1800, 2100, 900, 1050


def line(company: Company, rules: Waiting, *ranks: int, seconds: int = 15) -> str:
    """Give a customer a number that leads to a line of people 1, 2 …; return the number."""
    members = tuple(Member(person=company.person(at, f"100{at}"), rank=rank) for at, rank in enumerate(ranks, start=1))
    ends = {"no_answer": mailbox(company), "full": said(company, 91, FULL), "nobody": said(company, 92, NOBODY)}
    company.put(Group(id=1, name="Kö", members=members, ring_seconds=seconds, waiting=rules, **ends))
    return number(company, "group/1")


def said(company: Company, ident: int, tone: int) -> Key:
    company.put(Announcement(id=ident, name=f"A{ident}", prompt=company.prompt(ident, tone)))
    return f"announcement/{ident}"


def ring(exchange: Exchange, called: str) -> Call:
    call = exchange.outside.call(called, caller="+46701234567")
    assert call.answered.wait(5), call.status
    return call


def set_(company: Company, kind: str, subject: str, value: object) -> None:
    order = Order(kind=kind, subject=subject, value=value)  # type: ignore[arg-type]
    body = msgspec.json.encode(Command(id=f"t{time.time_ns()}", order=order))
    answer = company.wire.http.post(f"/v1/customers/{company.customer}/live", content=body)
    assert answer.status_code == 200, answer.text


def told(exchange: Exchange, company: Company, kind: str) -> list[dict[str, Any]]:
    return [event["data"] for event in exchange.events(kind, company.customer)]


def test_a_free_member_is_rung_at_once_and_both_hear_each_other(exchange: Exchange, company: Company) -> None:
    called = line(company, Waiting(), 0)
    company.publish()
    anna = exchange.phone(company, 1, ANNA)
    call = ring(exchange, called)
    taken = anna.wait_taken()
    assert taken.caller == "+46701234567"
    assert taken.answered.wait(3)
    assert call.sound.hears(ANNA)
    assert taken.sound.hears(CALLER)
    call.hang_up()
    assert taken.ended.wait(3)
    until(lambda: told(exchange, company, "call.ended"))
    assert [event["device"] for event in told(exchange, company, "call.answered")] == [company.username(1)]
    assert [event["group"] for event in told(exchange, company, "queue.joined")] == [1]
    assert [event["result"] for event in told(exchange, company, "queue.left")] == ["answered"]


def test_music_and_the_repeated_message_are_heard_until_the_wait_is_over(exchange: Exchange, company: Company) -> None:
    rules = Waiting(
        max_wait_seconds=12, music=company.prompt(81, MUSIC, 2.0), announce=company.prompt(82, EVERY), announce_every=3
    )
    called = line(company, rules, 0)
    company.publish()
    exchange.phone(company, 1, ANNA).habit = "busy"
    begun = time.monotonic()
    call = ring(exchange, called)
    assert call.sound.hears(MUSIC)
    assert call.sound.hears(EVERY)
    assert call.sound.hears(MUSIC)
    assert call.sound.hears(EVERY)
    assert call.sound.hears(GREETING, timeout=15)
    assert time.monotonic() - begun == pytest.approx(12, abs=3)
    assert [event["result"] for event in told(exchange, company, "queue.left")] == ["timeout"]


@pytest.mark.slow
@pytest.mark.parametrize("every", [4, 8])
def test_the_message_is_repeated_as_often_as_was_set(exchange: Exchange, company: Company, every: int) -> None:
    rules = Waiting(
        max_wait_seconds=40, music=company.prompt(81, MUSIC, 2.0), announce=company.prompt(82, EVERY, 1.0),
        announce_every=every,
    )  # fmt: skip
    called = line(company, rules, 0)
    company.publish()
    exchange.phone(company, 1, ANNA).habit = "busy"
    call = ring(exchange, called)
    begins = []
    for _ in range(4):
        assert call.sound.hears(EVERY, timeout=every + 5)
        begins.append(time.monotonic())
        assert call.sound.hears(MUSIC)
    gaps = [later - earlier for earlier, later in pairwise(begins)]
    assert gaps == pytest.approx([every] * 3, abs=1.5)


def test_a_company_without_music_plays_the_switchs_own(exchange: Exchange, company: Company) -> None:
    called = line(company, Waiting(), 0)
    company.publish()
    exchange.phone(company, 1, ANNA).habit = "busy"
    call = ring(exchange, called)
    assert until(lambda: sum(map(abs, call.sound.heard(1.0))) > 200 * 4000)


@pytest.mark.slow
def test_music_changed_is_heard_by_the_next_caller_without_any_reload(exchange: Exchange, company: Company) -> None:
    called = line(company, Waiting(music=company.prompt(81, MUSIC, 2.0)), 0)
    company.publish()
    exchange.phone(company, 1, ANNA).habit = "busy"
    first = ring(exchange, called)
    assert first.sound.hears(MUSIC)
    company.prompt(81, OUT, 2.0)
    company.publish()
    assert ring(exchange, called).sound.hears(OUT)


def test_nobody_registered_and_nobody_logged_in_go_on_at_once(exchange: Exchange, company: Company) -> None:
    called = line(company, Waiting(), 0)
    company.publish()
    assert ring(exchange, called).sound.hears(NOBODY, timeout=3)
    exchange.phone(company, 1, ANNA).habit = "ignore"
    set_(company, "login", membership("group/1", "person/1"), Login(on=False))
    assert ring(exchange, called).sound.hears(NOBODY, timeout=3)


def test_when_the_last_member_leaves_those_who_wait_go_on(exchange: Exchange, company: Company) -> None:
    called = line(company, Waiting(), 0, 0)
    company.publish()
    anna, bo = exchange.phone(company, 1, ANNA), exchange.phone(company, 2, BO)
    anna.habit = bo.habit = "busy"
    waiting = [ring(exchange, called), ring(exchange, called)]
    set_(company, "login", membership("group/1", "person/1"), Login(on=False))
    time.sleep(2)
    assert not any(call.sound.hears(NOBODY, timeout=0.2) for call in waiting)
    set_(company, "login", membership("group/1", "person/2"), Login(on=False))
    assert all(call.sound.hears(NOBODY, timeout=4) for call in waiting)
    assert [event["result"] for event in told(exchange, company, "queue.left")] == ["leaveempty"] * 2


def test_callers_wait_for_a_member_on_a_break_and_are_rung_through_after_it(
    exchange: Exchange, company: Company
) -> None:
    called = line(company, Waiting(), 0)
    company.publish()
    anna = exchange.phone(company, 1, ANNA)
    set_(company, "pause", "person/1", Pause(reason="rast"))
    call = ring(exchange, called)
    time.sleep(2)
    assert not anna.taken
    set_(company, "pause", "person/1", None)
    assert anna.wait_taken(timeout=5).answered.wait(3)
    assert call.sound.hears(ANNA)


def test_a_full_line_turns_the_next_caller_away(exchange: Exchange, company: Company) -> None:
    called = line(company, Waiting(max_waiting=1), 0)
    company.publish()
    exchange.phone(company, 1, ANNA).habit = "busy"
    first = ring(exchange, called)
    time.sleep(0.5)
    assert ring(exchange, called).sound.hears(FULL, timeout=4)
    assert not first.ended.is_set()


def test_a_key_leads_out_of_the_line(exchange: Exchange, company: Company) -> None:
    called = line(company, Waiting(exits=(Exit(digit="1", target=said(company, 93, OUT)),)), 0)
    company.publish()
    exchange.phone(company, 1, ANNA).habit = "busy"
    call = ring(exchange, called)
    time.sleep(1)
    call.sound.press("7")
    time.sleep(1)
    assert not call.ended.is_set()
    call.sound.press("1")
    assert call.sound.hears(OUT, timeout=4)
    assert [event["result"] for event in told(exchange, company, "queue.left")] == ["read"]


@pytest.mark.slow
def test_members_in_turn_are_rung_one_after_the_other(exchange: Exchange, company: Company) -> None:
    called = line(company, Waiting(), 1, 2, seconds=5)
    company.publish()
    anna, bo = exchange.phone(company, 1, ANNA), exchange.phone(company, 2, BO)
    anna.habit = "ignore"
    call = ring(exchange, called)
    first = anna.wait_taken()
    time.sleep(2)
    assert not bo.taken
    assert bo.wait_taken(timeout=8).answered.wait(3)
    assert first.cancelled
    assert call.sound.hears(BO)


@pytest.mark.slow
@pytest.mark.parametrize("order", ["turns", "longest_free"])
def test_members_share_the_calls_one_at_a_time(exchange: Exchange, company: Company, order: Any) -> None:
    called = line(company, Waiting(order=order), 0, 0)
    company.publish()
    phones = [exchange.phone(company, 1, ANNA), exchange.phone(company, 2, BO)]
    for _ in range(3):
        call = ring(exchange, called)
        assert call.sound.hears(ANNA, timeout=2) or call.sound.hears(BO, timeout=2)
        call.hang_up()
        time.sleep(1.2)
    assert {len(phone.taken) for phone in phones} == {1, 2}, "one had every call"


def test_a_person_with_a_busy_telephone_and_an_idle_one_is_busy(exchange: Exchange, company: Company) -> None:
    called = line(company, Waiting(), 0)
    company.person(1, "1001", devices=2)
    company.person(9, "1009")
    company.publish()
    desk, soft = exchange.phone(company, 1, ANNA), exchange.phone(company, 1, BO, 1)
    other = exchange.phone(company, 9, 1200)
    own = desk.call("1009")
    assert other.wait_taken().answered.wait(3)
    waits = ring(exchange, called)
    time.sleep(2.5)
    assert not soft.taken, "somebody in a call was rung on another telephone"
    desk.habit = "ignore"
    own.hang_up()
    assert soft.wait_taken(timeout=5).answered.wait(3)
    assert waits.sound.hears(BO)
    assert desk.taken[0].ended.wait(3)


@pytest.mark.slow
def test_callers_keep_their_order(exchange: Exchange, company: Company) -> None:
    called = line(company, Waiting(exits=(Exit(digit="1", target="group/1"),)), 0)
    company.publish()
    anna = exchange.phone(company, 1, ANNA)
    anna.habit = "busy"
    first = ring(exchange, called)
    time.sleep(1.2)
    second = ring(exchange, called)
    time.sleep(0.5)
    first.sound.press("7")
    time.sleep(0.5)
    anna.habit = "answer"
    anna.wait_taken(len(anna.taken) + 1, timeout=8)
    assert first.sound.hears(ANNA), "who left the line for a moment lost their place"
    assert not second.sound.hears(ANNA, timeout=1)
    first.hang_up()
    assert second.sound.hears(ANNA, timeout=8)


@pytest.mark.slow
def test_a_member_has_time_after_a_call(exchange: Exchange, company: Company) -> None:
    called = line(company, Waiting(wrap_up_seconds=5), 0)
    company.publish()
    anna = exchange.phone(company, 1, ANNA)
    first = ring(exchange, called)
    assert anna.wait_taken().answered.wait(3)
    assert first.sound.hears(ANNA)
    second = ring(exchange, called)
    first.hang_up()
    over = time.monotonic()
    assert anna.wait_taken(2, timeout=12).answered.wait(3)
    assert time.monotonic() - over >= 4.5
    assert second.sound.hears(ANNA)


@pytest.mark.slow
@pytest.mark.parametrize("when", ["in the call", "after it"])
def test_time_after_a_call_outlives_the_node(exchange: Exchange, company: Company, when: str) -> None:
    called = line(company, Waiting(wrap_up_seconds=10, max_wait_seconds=60), 0)
    company.publish()
    anna = exchange.phone(company, 1, ANNA)
    first = ring(exchange, called)
    assert anna.wait_taken().answered.wait(3)
    assert first.sound.hears(ANNA)
    time.sleep(1.5)
    over = time.monotonic()
    if when == "after it":
        first.hang_up()
        time.sleep(2.5)
    exchange.send(signal.SIGKILL)
    exchange.start()
    if when == "in the call":
        time.sleep(1.5)
        first.hang_up()
        over = time.monotonic()
    second = ring(exchange, called)
    assert anna.wait_taken(2, timeout=20).answered.wait(3)
    assert time.monotonic() - over >= 9
    assert second.sound.hears(ANNA)


@pytest.mark.slow
def test_a_member_who_transfers_a_caller_is_free_for_the_next(exchange: Exchange, company: Company) -> None:
    called = line(company, Waiting(), 0)
    company.person(9, "1009")
    company.publish()
    anna, other = exchange.phone(company, 1, ANNA), exchange.phone(company, 9, BO)
    first = ring(exchange, called)
    taken = anna.wait_taken()
    assert taken.answered.wait(3)
    assert first.sound.hears(ANNA)
    taken.transfer("1009")
    assert other.wait_taken().answered.wait(3)
    assert first.sound.hears(BO)
    second = ring(exchange, called)
    assert anna.wait_taken(2, timeout=5).answered.wait(3)
    assert second.sound.hears(ANNA)
    assert not first.ended.is_set()


def mobile(company: Company, rules: Waiting, *, confirm: bool = True) -> str:
    called = line(company, rules, 0)
    person = company.objects["person/1"]
    assert isinstance(person, Person)
    company.put(msgspec.structs.replace(person, mobile=mobile_of(company), mobile_confirm=confirm))
    company.publish()
    return called


def mobile_of(company: Company) -> str:
    return f"+4670123{company.customer:04}"


def to_mobile(exchange: Exchange, company: Company) -> Call:
    """Return the call to this company's mobile; one of the test before may still be on its way."""
    return until(lambda: [call for call in exchange.outside.taken if call.dialled == mobile_of(company)])[0]


def test_a_mobile_takes_the_call_with_a_key(exchange: Exchange, company: Company) -> None:
    called = mobile(company, Waiting(music=company.prompt(81, MUSIC, 2.0)))
    desk = exchange.phone(company, 1, ANNA)
    desk.habit = "ignore"
    call = ring(exchange, called)
    lifted = to_mobile(exchange, company)
    assert lifted.answered.wait(3)
    assert call.sound.hears(MUSIC), "the caller waits until the key is pressed"
    assert not desk.taken[0].ended.is_set()
    lifted.sound.press("1")
    assert desk.taken[0].ended.wait(3)
    assert lifted.sound.hears(CALLER)
    ring(exchange, called)
    time.sleep(2)
    assert len(desk.taken) == 1, "who talks on the mobile was rung on the desk"
    lifted.hang_up()
    assert call.ended.wait(3)
    desk.wait_taken(2, timeout=5)


@pytest.mark.slow
def test_a_voice_mailbox_on_the_mobile_takes_no_call(exchange: Exchange, company: Company) -> None:
    called = mobile(company, Waiting(music=company.prompt(81, MUSIC, 2.0), max_wait_seconds=40))
    desk = exchange.phone(company, 1, ANNA)
    desk.habit = "ignore"
    call = ring(exchange, called)
    lifted = to_mobile(exchange, company)
    assert lifted.ended.wait(20), "three hearings and no key"
    assert not call.ended.is_set()
    assert not desk.taken[0].ended.is_set()
    desk.taken[0].answer()
    assert call.sound.hears(ANNA)


@pytest.mark.slow
def test_who_lifts_the_mobile_too_late_is_let_go(exchange: Exchange, company: Company) -> None:
    called = mobile(company, Waiting())
    desk = exchange.phone(company, 1, ANNA)
    desk.habit = "ignore"
    call = ring(exchange, called)
    lifted = to_mobile(exchange, company)
    assert lifted.answered.wait(3)
    desk.taken[0].answer()
    assert call.sound.hears(ANNA)
    assert lifted.ended.wait(8)
    assert not call.ended.is_set()


def test_a_mobile_rings_with_the_telephones_of_somebody_called_directly(exchange: Exchange, company: Company) -> None:
    mobile(company, Waiting())
    company.put(
        company.objects["number/1"], msgspec.structs.replace(company.objects["number-flow/1"], entry="person/1")
    )
    company.publish()
    desk = exchange.phone(company, 1, ANNA)
    desk.habit = "ignore"
    call = exchange.outside.call(number_of(company), caller="+46701234567")
    lifted = to_mobile(exchange, company)
    desk.wait_taken()
    assert lifted.answered.wait(3)
    lifted.sound.press("1")
    assert call.answered.wait(5)
    assert lifted.sound.hears(CALLER)


def number_of(company: Company) -> str:
    found: str = company.objects["number/1"].e164  # type: ignore[union-attr]
    return found


@pytest.mark.slow
def test_a_line_goes_on_while_the_node_is_dead_and_is_kept_again_after(exchange: Exchange, company: Company) -> None:
    called = line(company, Waiting(max_wait_seconds=60), 0)
    company.person(9, "1009")
    company.publish()
    anna, other = exchange.phone(company, 1, ANNA), exchange.phone(company, 9, BO)
    anna.habit = "busy"
    waits = ring(exchange, called)
    exchange.send(signal.SIGKILL)
    anna.habit = "answer"
    assert waits.sound.hears(ANNA, timeout=6), "Asterisk goes on by what it was told last"
    exchange.start()
    time.sleep(1.5)
    second = ring(exchange, called)
    time.sleep(2)
    assert sum(not call.ended.is_set() for call in anna.taken) == 1, "who talks was rung again"
    waits.hang_up()
    assert second.sound.hears(ANNA, timeout=6)
    assert not other.taken


@pytest.mark.slow
def test_after_a_crash_of_asterisk_lines_work_as_before(exchange: Exchange, company: Company) -> None:
    called = line(company, Waiting(), 0)
    company.publish()
    anna = exchange.phone(company, 1, ANNA)
    anna.habit = "busy"
    waits = ring(exchange, called)
    time.sleep(1.5)
    with exchange.asterisk_away():
        pass
    waits.hang_up()
    assert anna.register() == 200
    anna.habit = "answer"
    time.sleep(1)
    call = ring(exchange, called)
    anna.wait_taken(len(anna.taken) + 1, timeout=8)
    assert call.sound.hears(ANNA)
