"""Calls through companies that were furnished in the portal: groups, menus, transfers, tenants apart."""

from __future__ import annotations

from typing import Any

import pytest

from tests.journeys.furniture import CLOSED, GREETING, SUBMENU, WELCOME
from tests.journeys.lines import ANNA, BO, CALLER, CARL, FROM, Lines, talks
from tests.journeys.product import Product, until
from tests.phones import tones

pytestmark = [pytest.mark.asterisk, pytest.mark.listens, pytest.mark.browser, pytest.mark.slow]


def office(product: Product, slug: str, digits: str, **more: Any) -> dict[str, Any]:
    """Have a company made, and wait until the switch has it."""
    made: dict[str, Any] = product.ask("office", slug=slug, digits=digits, **more)
    until(lambda: product.ask("in_step", customer=made["customer"]), what="the switch's receipt")
    return made


@pytest.fixture(scope="module")
def parallel(product: Product) -> dict[str, Any]:
    """A company whose group rings everybody, with a menu under its menu."""
    return office(product, "parallell", "1101", strategy="parallel", people=3, nested=True)


def test_a_parallel_group_rings_all_and_the_first_answer_wins(
    product: Product, parallel: dict[str, Any], lines: Lines
) -> None:
    anna, bo, carl = lines.all_of(parallel)
    anna.habit, bo.rings, carl.habit = "ignore", 0.8, "busy"
    call = lines.ring(parallel["number"])
    assert call.sound.hears(WELCOME)
    call.sound.press("1")
    slow, fast = anna.wait_taken(), bo.wait_taken()
    carl.wait_taken()
    talks(call, fast, BO)
    assert slow.ended.wait(3)
    assert slow.cancelled
    call.hang_up()
    assert fast.ended.wait(3)
    ended = until(lambda: product.ask("events", customer=parallel["customer"], kind="call.ended"), what="call.ended")
    assert ended[0]["data"]["answers"] == 1


def _first(parallel: dict[str, Any], lines: Lines, keys: str) -> Any:
    call = lines.ring(parallel["number"])
    heard = [WELCOME, SUBMENU]
    for key, prompt in zip(keys, heard, strict=False):
        assert call.sound.hears(prompt), f"{prompt} Hz was not heard before key {key}"
        call.sound.press(key)
    return call


def test_every_path_of_a_menu_in_a_menu(product: Product, parallel: dict[str, Any], lines: Lines) -> None:
    """All paths at once: each is a call of its own."""
    anna, *_ = lines.all_of(parallel)
    to_person, to_box, to_words = (_first(parallel, lines, keys) for keys in ("21", "22", "3"))
    talks(to_person, anna.wait_taken(), ANNA)
    assert to_box.sound.hears(GREETING)
    assert to_words.sound.hears(CLOSED)
    assert to_words.ended.wait(5), "an announcement ends the call"
    silent, wrong = (lines.ring(parallel["number"]) for _ in range(2))
    assert wrong.sound.hears(WELCOME)
    wrong.sound.press("8")
    assert wrong.sound.hears(GREETING)
    assert silent.sound.hears(GREETING), "no key leads on too"


def test_a_caller_is_transferred_blindly(parallel: dict[str, Any], lines: Lines) -> None:
    anna, bo, carl = lines.all_of(parallel)
    bo.habit = carl.habit = "ignore"
    call = lines.ring(parallel["number"])
    assert call.sound.hears(WELCOME)
    call.sound.press("1")
    taken = anna.wait_taken()
    talks(call, taken, ANNA)
    bo.habit = "answer"
    taken.transfer("102")
    second = bo.wait_taken(2)
    assert second.caller == FROM
    talks(call, second, BO)


def test_two_companies_with_the_same_extensions_never_meet(
    product: Product, parallel: dict[str, Any], lines: Lines
) -> None:
    other = office(product, "granne", "1102")
    ours, theirs = lines.all_of(parallel), lines.all_of(other)
    call = theirs[0].call("102")
    assert call.answered.wait(5)
    assert theirs[1].wait_taken().caller == "101"
    assert call.sound.hears(BO)
    assert not any(phone.taken for phone in ours)
    call = ours[0].call("103")
    assert ours[2].wait_taken().answered.wait(5)
    assert call.sound.hears(CARL)
    assert len(theirs[1].taken) == 1
    stranger = theirs[0].call("103")
    assert stranger.ended.wait(5)
    assert stranger.status >= 400, "the neighbour has no 103"


def test_a_closed_company_takes_a_message(product: Product, lines: Lines) -> None:
    shut = office(product, "stangt", "1103", week="never")
    call = lines.ring(shut["number"])
    assert call.sound.hears(CLOSED)
    assert call.sound.hears(GREETING)
    until(lambda: product.recorded(shut["customer"]) > 1.2, what="the recording")
    call.hang_up()
    found = until(lambda: product.ask("messages", customer=shut["customer"]), what="the message")
    assert found[0]["caller"] == FROM
    assert tones.has(tones.read_wav(bytes.fromhex(found[0]["wav"])), CALLER, 0.6)
