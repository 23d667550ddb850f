"""Live state by telephone: what is dialled is in force for the next call, told, and outlives every restart."""

from __future__ import annotations

import signal
import time

import msgspec
import pytest

from tenants.routing.live import Diversion, Login, Register, Unread, membership
from tenants.routing.objects import Mailbox
from tests.integrations.asterisk.exchange import Exchange, until
from tests.integrations.asterisk.flows import ANNA, BO, GREETING, group, main_menu, number
from tests.integrations.switch.company import Company
from tests.integrations.switch.live_contract import Desk, command
from tests.phones.call import Call
from tests.phones.phone import Phone

pytestmark = [pytest.mark.asterisk, pytest.mark.listens]
YES, NO = 1400, 300
"""What is heard when a code was understood, and when not."""


def dial(phone: Phone, code: str, tone: int) -> None:
    """Dial a code and hear its answer; the switch hangs up."""
    call = phone.call(code)
    assert call.answered.wait(3), call.status
    assert call.sound.hears(tone, seconds=0.1)
    assert call.ended.wait(3)


def told(exchange: Exchange, company: Company) -> list[Register]:
    """Return the registers the portal will be told of, in order."""
    events = exchange.events("live", company.customer)
    return [msgspec.json.decode(event["data"]["register"], type=Register) for event in events]


def ringing(exchange: Exchange, called: str, phone: Phone) -> bool:
    """Call from outside and tell whether a telephone rings within a second and a half."""
    before = len(phone.taken)
    call = exchange.outside.call(called, caller="+46701234567")
    deadline = time.monotonic() + 1.5
    while time.monotonic() < deadline and len(phone.taken) == before:
        time.sleep(0.05)
    call.hang_up()
    return len(phone.taken) > before


def box_of(exchange: Exchange, called: str) -> Call:
    """Call from outside and reach the mailbox."""
    call = exchange.outside.call(called, caller="+46701234567")
    assert call.answered.wait(5)
    assert call.sound.hears(GREETING)
    return call


def test_logging_out_by_code_is_in_force_for_the_next_call(exchange: Exchange, company: Company) -> None:
    called = number(company, group(company, 1))
    company.publish()
    anna = exchange.phone(company, 1, ANNA)
    anna.habit = "ignore"
    assert ringing(exchange, called, anna)
    dial(anna, "#28#", YES)
    (register,) = told(exchange, company)
    assert register.subject == membership("group/1", "person/1")
    assert (register.value, register.by, register.via) == (Login(on=False), "Person 1", "phone")
    box_of(exchange, called).hang_up()
    dial(anna, "*28#", YES)
    assert ringing(exchange, called, anna)


def test_the_portals_word_counts_at_once_and_after_every_restart(exchange: Exchange, company: Company) -> None:
    called = number(company, group(company, 1))
    company.publish()
    anna = exchange.phone(company, 1, ANNA)
    anna.habit = "ignore"
    desk = Desk(exchange.wire, company.customer)
    desk.set(command(Login(on=False), subject=membership("group/1", "person/1")))
    box_of(exchange, called).hang_up()
    exchange.send(signal.SIGKILL)
    exchange.start()
    with exchange.asterisk_away():
        pass
    until(lambda: _registers(anna), timeout=20)
    box_of(exchange, called).hang_up()
    assert desk.height() == 1


def _registers(phone: Phone) -> bool:
    try:
        return phone.register() == 200
    except (AssertionError, TimeoutError):
        return False


def test_who_diverts_by_code_is_not_rung_and_is_again_afterwards(exchange: Exchange, company: Company) -> None:
    main_menu(company, 0, 0)
    called = number(company, "person/2")
    company.publish()
    anna, bo = exchange.phone(company, 1, ANNA), exchange.phone(company, 2, BO)
    bo.habit = "ignore"
    dial(bo, "*23*1*2359#", YES)
    (register,) = told(exchange, company)
    assert isinstance(register.value, Diversion)
    assert (register.subject, register.value.reason) == ("person/2", "lunch")
    assert not ringing(exchange, called, bo)
    inside = anna.call("1002")
    assert inside.ended.wait(5)
    assert not bo.taken
    dial(bo, "#23#", YES)
    assert ringing(exchange, called, bo)


def test_a_code_that_means_nothing_sounds_low_and_sets_nothing(exchange: Exchange, company: Company) -> None:
    main_menu(company, 0)
    company.publish()
    dial(exchange.phone(company, 1, ANNA), "*99#", NO)
    assert told(exchange, company) == []


def test_a_lamp_is_lit_while_a_message_is_unheard(exchange: Exchange, company: Company) -> None:
    company.person(1, "1001")
    company.put(Mailbox(id=7, name="Anna", owner="person/1", greeting=company.prompt(7, GREETING)))
    called = number(company, "mailbox/7")
    company.publish()
    anna = exchange.phone(company, 1, ANNA)
    assert until(lambda: lamp(anna)) == "Messages-Waiting: no"
    call = box_of(exchange, called)
    time.sleep(2.5)
    call.hang_up()
    assert until(lambda: lamp(anna, 1)) == "Messages-Waiting: yes"
    (register,) = told(exchange, company)
    Desk(exchange.wire, company.customer).set(command(register.value, kind="unread", subject="mailbox/7"))
    assert until(lambda: lamp(anna, 2), timeout=2) == "Messages-Waiting: no"


def test_a_lamp_follows_its_mailbox_away_back_and_to_somebody_else(exchange: Exchange, company: Company) -> None:
    """Before anybody leaves another message. Who has no part in a push is told nothing."""
    for person in (1, 2):
        company.person(person, f"100{person}")
    box = Mailbox(id=7, name="Växeln", owner="person/1")
    company.put(box, Mailbox(id=8, name="Bo", owner="person/2"))
    company.publish()
    anna, bo = exchange.phone(company, 1, ANNA), exchange.phone(company, 2, BO)
    unread = Unread(messages=("00000000-0000-4000-8000-000000000001",))
    Desk(exchange.wire, company.customer).seed(
        Register(kind="unread", subject="mailbox/7", version=3, at=1000.0, value=unread)
    )
    until(lambda: lamp(anna).endswith("yes") and lamp(bo).endswith("no"))
    told = len(bo.lamps)
    del company.objects["mailbox/7"]
    company.publish()
    until(lambda: lamp(anna).endswith("no"))
    company.put(box)
    company.publish(whole=True)
    until(lambda: lamp(anna).endswith("yes"))
    assert len(bo.lamps) == told
    company.put(msgspec.structs.replace(box, owner="person/2"))
    company.publish()
    until(lambda: lamp(anna).endswith("no") and lamp(bo).endswith("yes"))


def lamp(phone: Phone, after: int = 0) -> str:
    """Return the first line of a telephone's last lamp message, if it has had more than ``after``."""
    return phone.lamps[-1].splitlines()[0] if len(phone.lamps) > after else ""


def test_a_message_left_is_unread_until_it_is_heard(exchange: Exchange, company: Company) -> None:
    called = number(company, group(company, 1))
    company.publish()
    call = box_of(exchange, called)
    time.sleep(2.5)
    call.hang_up()
    (left,) = until(lambda: exchange.events("message.left", company.customer))
    (register,) = until(lambda: told(exchange, company))
    assert register.subject == "mailbox/1"
    assert register.value == Unread(messages=(left["data"]["message"],))
