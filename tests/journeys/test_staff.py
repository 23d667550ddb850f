"""Staff makes a customer, who is called within the minute, and whose administrator gets in by the link."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.journeys.browsing import Person
from tests.journeys.lines import Lines
from tests.journeys.listening import envelope, likeness
from tests.journeys.product import Product, until
from tests.phones import tones

pytestmark = [pytest.mark.asterisk, pytest.mark.listens, pytest.mark.browser, pytest.mark.slow]
PASSWORD = "svalor över granitkajen"


@pytest.fixture
def people(product: Product, chromium: Browser) -> Iterator[tuple[Person, Person]]:
    """Staff, and who is going to be the new customer's administrator."""
    both = Person(chromium, product.site), Person(chromium, product.site)
    yield both
    for person in both:
        person.calm()
        person.close()


def test_a_new_customer_is_called_within_the_minute(
    product: Product, people: tuple[Person, Person], lines: Lines
) -> None:
    sam, doris = people
    demo = product.demo()
    page = sam.log_in(demo["staff"], demo["password"])
    sam.go("/staff/customers/new/")
    wanted = {
        "Företagsnamn": "Dalbys Plåt AB", "Organisationsnummer": "556703-7485", "Adress": "dalbys-plat",
        "Huvudnummer": "040-622 12 50", "Administratörens namn": "Doris Dal",
        "Administratörens e-post": "doris@dalby.test",
    }  # fmt: skip
    for label, value in wanted.items():
        page.get_by_label(label, exact=True).fill(value)
    page.get_by_role("button", name="Skapa kunden").click()
    expect(page.get_by_role("heading", name="Dalbys Plåt AB är klar")).to_be_visible()
    link = page.locator(".link-box code").inner_text()
    made: dict[str, Any] = product.ask("base_package", slug="dalbys-plat")
    until(lambda: product.ask("in_step", customer=made["customer"]), what="the switch's receipt")
    call = lines.ring(made["number"])
    prompts = [envelope(tones.read_wav(bytes.fromhex(wav))) for wav in made["prompts"].values()]
    until(
        lambda: any(likeness(envelope(call.sound.heard()), prompt) > 0.9 for prompt in prompts),
        what="the welcome, or the closed prompt if it is night,",
    )
    window = doris.page
    window.goto(link)
    for field in window.locator("input[type=password]").all():
        field.fill(PASSWORD)
    window.locator("main").get_by_role("button").last.click()
    window.wait_for_url(lambda url: "/invite/" not in url)
    if "/login/" in window.url:
        doris.log_in("doris@dalby.test", PASSWORD)
    expect(window.get_by_role("heading", name="Översikt")).to_be_visible()
