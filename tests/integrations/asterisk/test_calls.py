"""Calls from outside, on a real Asterisk, by their sound."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import msgspec
import pytest

from tenants.routing.objects import Announcement, Choice, Menu
from tenants.routing.wire import Change, TestCall, TestCallPlaced
from tests.integrations.asterisk.exchange import Exchange, until
from tests.integrations.asterisk.flows import (
    ANNA,
    BO,
    CALLER,
    CLOSED,
    GREETING,
    KEY,
    SUBMENU,
    WELCOME,
    WRONG,
    mailbox,
    main_menu,
    menu,
    number,
    opening_hours,
)
from tests.integrations.switch.company import Company, change
from tests.phones import tones
from tests.phones.call import Call

pytestmark = [pytest.mark.asterisk, pytest.mark.listens]


def ring(exchange: Exchange, called: str) -> Call:
    """Call a number from outside and be answered."""
    call = exchange.outside.call(called, caller="+46701234567")
    assert call.answered.wait(5), call.status
    return call


def test_key_one_rings_a_group_in_order_and_tones_pass_both_ways(exchange: Exchange, company: Company) -> None:
    called = main_menu(company, 0, 1)
    company.publish()
    anna, bo = exchange.phone(company, 1, ANNA), exchange.phone(company, 2, BO)
    anna.habit = "ignore"
    call = ring(exchange, called)
    assert call.sound.hears(WELCOME)
    call.sound.press("1")
    first = anna.wait_taken()
    assert first.caller == "+46701234567"
    assert not bo.taken
    second = bo.wait_taken()
    assert first.ended.wait(3)
    assert first.cancelled
    assert second.answered.wait(3)
    assert call.sound.hears(BO)
    assert second.sound.hears(CALLER)
    call.hang_up()
    assert second.ended.wait(3)
    ended = until(lambda: exchange.events("call.ended", company.customer))
    assert ended[0]["data"]["answers"] == 1
    answered = exchange.events("call.answered", company.customer)
    assert [event["data"]["device"] for event in answered] == [company.username(2)]
    steps = exchange.events("call.step", company.customer)
    assert [step["data"]["rule"] for step in steps] == ["listen", "rank:0", "rank:1"]
    assert {step["call"] for step in steps} == {ended[0]["call"]}
    assert {step["data"]["generation"] for step in steps} == {1}


def test_a_parallel_group_rings_all_and_the_first_answer_wins(exchange: Exchange, company: Company) -> None:
    called = main_menu(company, 0, 0)
    company.publish()
    anna, bo = exchange.phone(company, 1, ANNA), exchange.phone(company, 2, BO)
    anna.rings, bo.rings = 5.0, 0.8
    call = ring(exchange, called)
    call.sound.press("1")
    slow, fast = anna.wait_taken(), bo.wait_taken()
    assert fast.answered.wait(3)
    assert slow.ended.wait(3)
    assert slow.cancelled
    assert call.sound.hears(BO)
    assert fast.sound.hears(CALLER)
    fast.hang_up()
    assert call.ended.wait(3)


def test_busy_and_unregistered_telephones_are_passed_over(exchange: Exchange, company: Company) -> None:
    called = main_menu(company, 0, 1, 2)
    company.publish()
    anna, last = exchange.phone(company, 1, ANNA), exchange.phone(company, 3, BO)
    anna.habit = "busy"
    call = ring(exchange, called)
    call.sound.press("1")
    assert last.wait_taken().answered.wait(3)
    assert call.sound.hears(BO)


def test_the_caller_hears_ringing_while_nobody_answers(exchange: Exchange, company: Company) -> None:
    called = main_menu(company, 0)
    company.publish()
    exchange.phone(company, 1, ANNA).habit = "ignore"
    call = ring(exchange, called)
    call.sound.press("1")
    assert call.sound.hears(425, timeout=3)
    assert call.sound.hears(GREETING, timeout=5)


def test_nested_menus_by_every_path(exchange: Exchange, company: Company) -> None:
    company.put(Announcement(id=21, name="Ett", prompt=company.prompt(21, KEY)))
    company.put(Announcement(id=22, name="Två", prompt=company.prompt(22, CLOSED)))
    inner = menu(
        company, 2, company.prompt(4, SUBMENU), Choice(digit="#", target="announcement/21"),
        Choice(digit="9", target="announcement/22"), Choice(digit="*", target="menu/1"),
    )  # fmt: skip
    outer = menu(company, 1, company.prompt(1, WELCOME), Choice(digit="2", target=inner))
    called = number(company, outer)
    company.publish()
    for keys, heard in (("2#", KEY), ("29", CLOSED), ("2*2#", KEY)):
        call = ring(exchange, called)
        for at, key in enumerate(keys):
            assert call.sound.hears(SUBMENU if at % 2 else WELCOME, timeout=4), keys
            call.sound.press(key)
        assert call.sound.hears(heard), keys
        assert call.ended.wait(4), keys


def test_a_wrong_key_is_not_the_same_as_no_key(exchange: Exchange, company: Company) -> None:
    called = main_menu(company, 0)
    company.publish()
    silent, wrong = ring(exchange, called), ring(exchange, called)
    assert wrong.sound.hears(WELCOME)
    wrong.sound.press("7")
    assert wrong.sound.hears(WRONG)
    assert silent.sound.hears(GREETING)
    assert not tones.has(silent.sound.heard(), WRONG)
    assert not tones.has(wrong.sound.heard(), GREETING)


def test_a_new_key_is_in_force_at_the_next_call(exchange: Exchange, company: Company) -> None:
    called = main_menu(company, 0)
    company.publish()
    company.put(Announcement(id=21, name="Ny", prompt=company.prompt(21, KEY)))
    old = company.objects["menu/1"]
    company.put(msgspec.structs.replace(old, choices=(*old.choices, Choice(digit="5", target="announcement/21"))))  # type: ignore[union-attr]
    company.publish()
    call = ring(exchange, called)
    call.sound.press("5")
    assert call.sound.hears(KEY)


def test_closed_leads_to_a_message_in_the_mailbox(exchange: Exchange, company: Company) -> None:
    """The node's own test call, as of a Friday at 17:30: the telephone that is rung plays the caller."""
    called = number(company, opening_hours(company))
    company.person(1, "1001")
    company.publish()
    anna = exchange.phone(company, 1, CALLER)
    friday = int(datetime(2026, 11, 27, 16, 30, tzinfo=UTC).timestamp())
    placed = place(exchange, company, called, friday)
    taken = anna.wait_taken()
    assert taken.sound.hears(CLOSED)
    assert taken.sound.hears(GREETING)
    time.sleep(2.5)
    taken.hang_up()
    left = until(lambda: exchange.events("message.left", company.customer))[0]
    assert left["call"] == placed
    assert left["data"]["mailbox"] == 1
    files = until(lambda: list(exchange.settings.outbox.glob(f"{company.customer}_1_*.wav")))
    said = tones.read_wav(files[0])
    assert tones.has(said, CALLER, 1.0)
    assert 1.5 < len(said) / tones.RATE < 6
    assert abs(left["data"]["seconds"] - len(said) / tones.RATE) < 0.2


@pytest.mark.parametrize(
    ("moment", "tone"),
    [
        (datetime(2026, 11, 27, 15, 59, 30, tzinfo=UTC), WELCOME),
        (datetime(2026, 11, 27, 16, 0, 0, tzinfo=UTC), CLOSED),
        (datetime(2026, 12, 23, 9, 0, tzinfo=UTC), CLOSED),
        (datetime(2027, 6, 30, 6, 0, tzinfo=UTC), WELCOME),
        (datetime(2027, 6, 30, 5, 59, tzinfo=UTC), CLOSED),
    ],
)
def test_a_test_call_is_decided_as_of_its_moment(
    exchange: Exchange, company: Company, moment: datetime, tone: int
) -> None:
    called = number(company, opening_hours(company))
    company.person(1, "1001")
    company.publish()
    anna = exchange.phone(company, 1, CALLER)
    place(exchange, company, called, int(moment.timestamp()))
    assert anna.wait_taken().sound.hears(tone, timeout=4)


def test_a_test_call_may_follow_a_draft_while_others_follow_what_is_published(
    exchange: Exchange, company: Company
) -> None:
    company.put(Announcement(id=1, name="Öppet", prompt=company.prompt(1, WELCOME)))
    called = number(company, "announcement/1")
    company.person(1, "1001")
    company.prompt(2, CLOSED)
    company.publish()
    anna = exchange.phone(company, 1, CALLER)
    drafted = change(Announcement(id=1, name="Öppet", prompt="prompt/2"))
    place(exchange, company, called, None, drafted)
    assert anna.wait_taken().sound.hears(CLOSED, timeout=4)
    assert ring(exchange, called).sound.hears(WELCOME, timeout=4)


def test_nobody_outside_can_set_the_moment(exchange: Exchange, company: Company) -> None:
    """Headers that try to set the variables of a test call reach nothing: both callers hear the same."""
    called = number(company, opening_hours(company))
    company.publish()
    tricks = [("X-CALL", "abc"), ("X-Moment", "1"), ("X-Offset", "86400000"), ("Variable", "CALL=x")]
    plain = exchange.outside.call(called, caller="+46701234567")
    sly = exchange.outside.call(called, caller="+46701234567", extra=tricks)
    worded = exchange.outside.call(f"{called}&from=test&call=x", caller="x&offset=86400000&call=y")
    heard = []
    for call in (plain, sly, worded):
        assert call.answered.wait(5)
        time.sleep(0.8)
        heard.append([tone for tone in (WELCOME, CLOSED) if tones.has(call.sound.heard(), tone)])
    assert heard[0] == heard[1] == heard[2] != []
    other = exchange.outside.call(f"{called};offset=86400000")
    assert other.ended.wait(5)
    assert other.status == 404


def test_a_number_nobody_has_is_refused(exchange: Exchange, company: Company) -> None:
    company.publish(whole=True)
    call = exchange.outside.call("+46406229876")
    assert call.ended.wait(3)
    assert call.status == 404


def test_a_number_out_of_use_is_refused(exchange: Exchange, company: Company) -> None:
    called = number(company, None)
    company.publish()
    call = exchange.outside.call(called)
    assert call.ended.wait(3)
    assert call.status == 404


@pytest.mark.parametrize("written", ["{0}", "{1}", "00{1}", "0{2}"])
def test_a_number_is_known_however_the_trunk_writes_it(exchange: Exchange, company: Company, written: str) -> None:
    company.put(Announcement(id=1, name="Hej", prompt=company.prompt(1, WELCOME)))
    called = number(company, "announcement/1")
    company.publish()
    call = ring(exchange, written.format(called, called[1:], called[3:]))
    assert call.sound.hears(WELCOME)


def test_a_test_call_may_ring_a_number_outside(exchange: Exchange, company: Company) -> None:
    called = number(company, opening_hours(company))
    company.publish()
    moment = int(datetime(2026, 11, 27, 16, 30, tzinfo=UTC).timestamp())
    placed = place(exchange, company, called, moment, to="+46701112233")
    taken = exchange.outside.wait_taken()
    assert (taken.dialled, taken.caller) == ("+46701112233", called)
    assert taken.sound.hears(CLOSED)
    taken.hang_up()
    ended = until(lambda: exchange.events("call.ended", company.customer))
    assert ended[0]["call"] == placed


def test_a_menu_without_a_prompt_listens(exchange: Exchange, company: Company) -> None:
    company.put(Announcement(id=21, name="Ett", prompt=company.prompt(21, KEY)))
    company.put(Menu(id=1, name="Tyst", choices=(Choice(digit="*", target="announcement/21"),), wait_seconds=5))
    called = number(company, "menu/1")
    company.publish()
    call = ring(exchange, called)
    time.sleep(0.5)
    call.sound.press("*")
    assert call.sound.hears(KEY)


def test_a_caller_who_withholds_the_number_can_leave_a_message(exchange: Exchange, company: Company) -> None:
    called = number(company, mailbox(company))
    company.publish()
    call = exchange.outside.call(called, caller="anonymous", extra=[("Privacy", "id")])
    assert call.sound.hears(GREETING)
    time.sleep(2)
    call.hang_up()
    left = until(lambda: exchange.events("message.left", company.customer))[0]
    assert left["data"]["caller"] == ""


def test_who_hangs_up_at_the_tone_leaves_nothing(exchange: Exchange, company: Company) -> None:
    called = number(company, mailbox(company))
    company.publish()
    call = ring(exchange, called)
    assert call.sound.hears(GREETING)
    call.hang_up()
    until(lambda: exchange.events("call.ended", company.customer))
    until(lambda: not list(exchange.settings.recordings.glob(f"{company.customer}_*")))
    assert not exchange.events("message.left", company.customer)


def place(exchange: Exchange, company: Company, called: str, moment: int | None, *draft: Change, to: str = "") -> str:
    """Have the node make a test call to person 1, or to a number; return its id."""
    wanted = TestCall(
        customer=company.customer, number=called, to=to or company.username(1), moment=moment, changes=draft
    )
    answer = exchange.wire.http.post("/v1/calls", content=msgspec.json.encode(wanted))
    assert answer.status_code == 202, answer.text
    return msgspec.json.decode(answer.content, type=TestCallPlaced).call
