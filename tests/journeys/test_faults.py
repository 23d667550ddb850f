"""When the node is killed, hung or away, with the whole product around it: callers are led on, and saves arrive."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.journeys.browsing import RECEIPT_MS, Person, toast
from tests.journeys.furniture import GREETING, WELCOME
from tests.journeys.lines import ANNA, CALLER, Lines, talks
from tests.journeys.product import Product, until
from tests.journeys.test_calls import office

pytestmark = [pytest.mark.asterisk, pytest.mark.listens, pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def patient(product: Product) -> dict[str, Any]:
    """A company whose menu waits long enough for a node to come back."""
    return office(product, "talmodig", "1201", wait=20)


def test_a_caller_in_a_menu_outlives_the_node(product: Product, patient: dict[str, Any], lines: Lines) -> None:
    """Killed while the caller listens; the supervisor starts it again, and the next key is answered by the new one."""
    anna, bo = lines.all_of(patient)
    call = lines.ring(patient["number"])
    assert call.sound.hears(WELCOME)
    with product.down("node"):
        assert not product.node_answers()
    until(product.node_answers, 15, "the node")
    call.sound.press("1")
    talks(call, anna.wait_taken(), ANNA)
    assert not bo.taken


def test_a_killed_node_leaves_conversations_alone_and_leads_new_calls_to_the_mailbox(
    product: Product, patient: dict[str, Any], lines: Lines, chromium: Browser
) -> None:
    """And what is saved meanwhile is said to be on its way, until it has arrived."""
    anna, _ = lines.all_of(patient)
    person = Person(chromium, product.site)
    page = person.log_in(patient["admin"], patient["password"])
    page.goto(f"{product.site}/c/{patient['slug']}/opening-hours/")
    talking = lines.ring(patient["number"])
    assert talking.sound.hears(WELCOME)
    talking.sound.press("1")
    taken = anna.wait_taken()
    talks(talking, taken, ANNA)
    with product.down("node"):
        page.get_by_label("Fredag, till").fill("15")
        page.get_by_label("Fredag, till").press("Enter")
        toast(page, "Sparat")
        assert lines.ring(patient["number"]).sound.hears(GREETING), "the last resort is the mailbox"
        expect(page.locator("#hours .receipt")).to_contain_text("På väg till växeln")
        assert talking.sound.hears(ANNA, seconds=0.5), "who talks goes on talking"
    expect(page.locator("#hours .receipt")).to_contain_text(re.compile(RECEIPT_MS + "|Gäller i växeln"), timeout=40_000)
    assert taken.sound.hears(CALLER)
    person.calm()
    person.close()


def test_a_hung_node_costs_a_caller_a_second_and_no_more(
    product: Product, patient: dict[str, Any], lines: Lines
) -> None:
    waiting = lines.ring(patient["number"])
    assert waiting.sound.hears(WELCOME)
    with product.hung("node"):
        call = lines.ring(patient["number"])
        assert call.sound.hears(GREETING, timeout=4)
        waiting.sound.press("1")
        assert waiting.sound.hears(GREETING, timeout=4), "who was in the menu is led on too"
    until(product.node_answers, 15, "the node")
    assert lines.ring(patient["number"]).sound.hears(WELCOME)
