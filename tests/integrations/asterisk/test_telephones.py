"""The customers' own telephones: who may register, whom they reach, what they may dial, and transfers."""

from __future__ import annotations

import time

import msgspec
import pytest

from integrations.asterisk import instance
from tenants.routing.objects import External, Person
from tests.integrations.asterisk.exchange import Exchange, until
from tests.integrations.asterisk.flows import ANNA, BO, CALLER, GREETING, WELCOME, e164, mailbox, main_menu, number
from tests.integrations.switch.company import Company
from tests.phones.phone import Phone

pytestmark = [pytest.mark.asterisk, pytest.mark.listens]
CARL = 1300


def two(exchange: Exchange, company: Company) -> tuple[Phone, Phone]:
    """Give a customer Anna (1001) and Bo (1002) with a telephone each."""
    number(company, mailbox(company))
    company.person(1, "1001")
    company.person(2, "1002")
    company.publish()
    return exchange.phone(company, 1, ANNA), exchange.phone(company, 2, BO)


def test_a_telephone_registers_with_the_pushed_password_only(exchange: Exchange, company: Company) -> None:
    anna, _ = two(exchange, company)
    stranger = Phone(exchange.sip, anna.username, "guess", bind=("127.0.0.1", 0))
    assert stranger.register() == 401
    stranger.username = "t999-1-0"
    assert stranger.register() == 401
    stranger.close()
    until(lambda: exchange.events("registration", company.customer))


def test_a_new_password_ends_the_old_one_at_once(exchange: Exchange, company: Company) -> None:
    anna, bo = two(exchange, company)
    company.person(1, "1001", password="another", version=2)
    company.publish()
    assert anna.register() == 401
    call = bo.call("1001")
    assert call.ended.wait(5)
    assert not anna.taken, "the registration made with the old password still rings"
    anna.password = "another"
    assert anna.register() == 200
    assert bo.call("1001").answered.wait(5)


def test_a_removed_telephone_is_gone_at_once(exchange: Exchange, company: Company) -> None:
    anna, bo = two(exchange, company)
    del company.objects["person/1"]
    company.publish()
    assert anna.register() == 401
    call = bo.call("1001")
    assert call.ended.wait(5)
    assert call.status >= 400
    assert not anna.taken


def test_people_call_each_other_by_extension(exchange: Exchange, company: Company) -> None:
    anna, bo = two(exchange, company)
    call = anna.call("1002")
    assert call.answered.wait(5)
    taken = bo.wait_taken()
    assert taken.caller == "1001"
    assert call.sound.hears(BO)
    assert taken.sound.hears(ANNA)


def test_all_telephones_of_a_person_ring_together(exchange: Exchange, company: Company) -> None:
    anna, _ = two(exchange, company)
    company.person(2, "1002", devices=2)
    company.publish()
    second = exchange.phone(company, 2, CARL, number=1)
    exchange._phones[1].habit = "ignore"
    second.rings = 0.6
    call = anna.call("1002")
    assert second.wait_taken().answered.wait(5)
    assert exchange._phones[1].wait_taken().ended.wait(3)
    assert call.sound.hears(CARL)


def test_the_same_extension_of_two_customers_never_meets(exchange: Exchange, company: Company) -> None:
    anna, bo = two(exchange, company)
    other = exchange.company()
    stranger_anna, stranger_bo = two(exchange, other)
    call = stranger_anna.call("1002")
    assert call.answered.wait(5)
    stranger_bo.wait_taken()
    assert not bo.taken
    call = anna.call(stranger_bo.username)
    assert call.ended.wait(5)
    assert len(stranger_bo.taken) == 1


def test_a_persons_own_number_leads_into_the_flow(exchange: Exchange, company: Company) -> None:
    anna, _ = two(exchange, company)
    call = anna.call(e164(company))
    assert call.answered.wait(5)
    assert call.sound.hears(GREETING)


@pytest.mark.parametrize(
    "dialled",
    [
        "0900123456",
        "+46900123456",
        "00442079460000",
        "+8821612345678",
        "0939123456",
        "12345678901234567890",
        "070*45",
        "118118",
    ],
)
def test_the_gate_refuses_at_call_time(exchange: Exchange, company: Company, dialled: str) -> None:
    anna, _ = two(exchange, company)
    call = anna.call(dialled)
    assert call.ended.wait(5)
    assert call.status >= 400
    assert not exchange.outside.taken
    rules = [event["data"]["rule"] for event in exchange.events("call.step", company.customer)]
    assert rules[0].startswith("gate:")


def test_an_external_number_that_became_forbidden_is_refused_when_dialled(exchange: Exchange, company: Company) -> None:
    company.put(External(id=1, name="Betalnummer", e164="+46900123456"))
    called = number(company, "external/1")
    company.publish()
    call = exchange.outside.call(called)
    assert call.ended.wait(5)
    assert not exchange.outside.taken


def test_a_person_calls_out_and_shows_the_main_number(exchange: Exchange, company: Company) -> None:
    anna, _ = two(exchange, company)
    call = anna.call("0701234567")
    assert call.answered.wait(5)
    taken = exchange.outside.wait_taken()
    assert (taken.dialled, taken.caller) == ("+46701234567", e164(company))
    assert call.sound.hears(CALLER)


def test_a_number_without_area_code_is_completed_by_the_persons_office(exchange: Exchange, company: Company) -> None:
    anna, _ = two(exchange, company)
    company.person(1, "1001", area="040")
    company.publish()
    call = anna.call("6222000")
    assert call.answered.wait(5)
    assert exchange.outside.wait_taken().dialled == "+46406222000"
    assert call.sound.hears(CALLER)


def test_a_short_number_is_dialled_as_it_is_and_one_that_costs_is_not(exchange: Exchange, company: Company) -> None:
    anna, _ = two(exchange, company)
    call = anna.call("11414")
    assert call.answered.wait(5)
    taken = exchange.outside.wait_taken()
    assert (taken.dialled, taken.caller) == ("11414", e164(company))
    exchange.outside.taken.clear()
    costly = anna.call("118118")
    assert costly.ended.wait(5)
    assert not exchange.outside.taken


def test_a_call_goes_on_to_an_external_number(exchange: Exchange, company: Company) -> None:
    company.put(External(id=1, name="Jour", e164="+46701112233", ring_seconds=10))
    called = number(company, "external/1")
    company.publish()
    call = exchange.outside.call(called, caller="+46709999999")
    assert call.answered.wait(5)
    taken = exchange.outside.wait_taken()
    assert (taken.dialled, taken.caller) == ("+46701112233", called)


@pytest.mark.parametrize(
    ("dialled", "state"),
    [("112", "node alive"), ("112", "node dead"), ("90000", "node alive"), ("+46112", "node alive")],
)
def test_a_call_for_help_goes_straight_out(exchange: Exchange, company: Company, dialled: str, state: str) -> None:
    anna, _ = two(exchange, company)
    if state == "node dead":
        exchange.stop()
    try:
        call = anna.call(dialled)
        assert call.answered.wait(3)
        taken = exchange.outside.wait_taken()
        assert (taken.dialled, taken.caller) == ("112", e164(company))
    finally:
        if state == "node dead":
            exchange.start()
    assert not exchange.events("call.step", company.customer), "nobody was asked"


# --- transfers ------------------------------------------------------------------------------------------------------


def test_a_caller_is_transferred_blindly(exchange: Exchange, company: Company) -> None:
    called = main_menu(company, 0)
    company.person(2, "1002")
    company.publish()
    anna, bo = exchange.phone(company, 1, ANNA), exchange.phone(company, 2, BO)
    call = exchange.outside.call(called, caller="+46701234567")
    assert call.sound.hears(WELCOME)
    call.sound.press("1")
    taken = anna.wait_taken()
    assert taken.answered.wait(3)
    assert call.sound.hears(ANNA)
    taken.transfer("1002")
    second = bo.wait_taken()
    assert second.caller == "+46701234567"
    assert second.answered.wait(3)
    assert call.sound.hears(BO)
    assert second.sound.hears(CALLER)
    assert until(lambda: any("200" in said for said in taken.notified))
    reasons = [event["data"]["reasons"] for event in exchange.events("call.step", company.customer)]
    assert "person/2=ring" in reasons


def test_a_transfer_passes_the_gate_as_the_person_who_transfers(exchange: Exchange, company: Company) -> None:
    called = main_menu(company, 0)
    company.publish()
    anna = exchange.phone(company, 1, ANNA)
    call = exchange.outside.call(called, caller="+46701234567")
    assert call.answered.wait(5)
    call.sound.press("1")
    taken = anna.wait_taken()
    assert taken.sound.hears(CALLER)
    taken.transfer("0900123456")
    assert call.ended.wait(5)
    assert not exchange.outside.taken
    reasons = [event["data"]["reasons"] for event in exchange.events("call.step", company.customer)]
    assert "person/1=gate:premium" in reasons


def test_the_one_who_was_called_can_be_transferred(exchange: Exchange, company: Company) -> None:
    anna, bo = two(exchange, company)
    company.person(3, "1003")
    company.publish()
    carl = exchange.phone(company, 3, CARL)
    call = anna.call("1002")
    assert call.answered.wait(5)
    taken = bo.wait_taken()
    assert taken.sound.hears(ANNA)
    call.transfer("1003")
    third = carl.wait_taken()
    assert third.answered.wait(3)
    assert taken.sound.hears(CARL)
    assert third.sound.hears(BO)


def test_nobody_outside_can_transfer(exchange: Exchange, company: Company) -> None:
    called = main_menu(company, 0)
    company.publish()
    anna = exchange.phone(company, 1, ANNA)
    call = exchange.outside.call(called)
    assert call.answered.wait(5)
    call.sound.press("1")
    assert anna.wait_taken().sound.hears(CALLER)
    call.transfer("0701234567")
    assert call.sound.hears(ANNA, timeout=3)
    assert not exchange.outside.taken


def test_a_person_without_extension_and_without_telephones_does_no_harm(exchange: Exchange, company: Company) -> None:
    anna, _ = two(exchange, company)
    company.put(Person(id=7, name="Ny", extension="1007"))
    silent = company.objects["person/2"]
    assert isinstance(silent, Person)
    company.put(msgspec.structs.replace(silent, extension=""))
    company.publish()
    for dialled in ("1007", "1002"):
        call = anna.call(dialled)
        assert call.ended.wait(5)
        assert call.status >= 400
    assert exchange._phones[1].register() == 200


def test_a_telephone_removed_while_asterisk_is_away_is_forgotten_when_it_is_back(
    exchange: Exchange, company: Company
) -> None:
    anna, bo = two(exchange, company)
    time.sleep(1.5)  # Asterisk writes its own database once a second
    with exchange.asterisk_away():
        company.person(1, "1001", password="another", version=2)
        company.publish()
    until(lambda: exchange.wire.http.get("/v1/health").json()["switch"].startswith("asterisk 22."))
    until(lambda: anna.username not in instance.ask(exchange.settings, "database show registrar"))
    assert bo.username in instance.ask(exchange.settings, "database show registrar")
