"""The story of the demo company, in order: its administrator closes early on Friday, and callers hear it at once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.browsing import RECEIPT_MS, Person, toast
from tests.journeys.lines import ANNA, BO, CALLER, CARL, FROM, Lines, talks
from tests.journeys.listening import hears_recording
from tests.journeys.product import PORTAL, SERVERS, Product, until
from tests.phones import tones
from tests.phones.call import Call
from tests.phones.phone import Phone

pytestmark = [pytest.mark.asterisk, pytest.mark.listens, pytest.mark.browser]
Facts = dict[str, Any]
SPOKEN = 1.2
"""Seconds a caller speaks."""
SEEN_MS = 2000
"""How soon what is set in one place must be seen in every other: a promise of the product's."""
UNDERSTOOD = 1400
"""What is heard when a feature code was understood, in Hz."""


@pytest.fixture(scope="module")
def norrsken(product: Product) -> Facts:
    """Norrsken Bygg AB as `make run` makes it, and what its start told people to log in with."""
    facts: Facts = product.ask("base_package", slug="norrsken-bygg") | product.demo()
    until(lambda: product.ask("in_step", customer=facts["customer"]), what="the switch's receipt")
    facts["prompts"] = {name: tones.read_wav(bytes.fromhex(wav)) for name, wav in facts["prompts"].items()}
    return facts


@pytest.fixture(scope="module")
def alice(product: Product, chromium: Browser, norrsken: Facts) -> Iterator[Person]:
    """Norrsken's administrator, logged in."""
    person = Person(chromium, product.site)
    person.log_in(norrsken["admin"], norrsken["password"])
    yield person
    person.close()


@pytest.fixture
def page(alice: Person) -> Iterator[Page]:
    """The administrator's window; no console message and no broken answer passes."""
    yield alice.page
    alice.calm()


@pytest.fixture
def two(norrsken: Facts, lines: Lines) -> tuple[Phone, Phone]:
    """The telephones of Anna and Björn, who answer for sales in this order."""
    return lines.own(norrsken["phones"]["101"], ANNA), lines.own(norrsken["phones"]["102"], BO)


def call_on_friday(product: Product, lines: Lines, norrsken: Facts, time: str) -> Call:
    """Have the node ring the outside and lead it into the main number as of a Friday at this time in Sweden."""
    before = len(lines.outside.taken)
    at = datetime.fromisoformat(f"{norrsken['friday']} {time}").replace(tzinfo=ZoneInfo("Europe/Stockholm"))
    wanted = {"customer": norrsken["customer"], "number": norrsken["number"], "to": FROM, "moment": int(at.timestamp())}
    with product.node() as wire:
        answer = wire.post("/v1/calls", json=wanted)
    assert answer.status_code == 202, answer.text
    call = lines.outside.wait_taken(before + 1)
    assert call.answered.wait(5)
    return call


def welcomed(call: Call, norrsken: Facts, key: str) -> Call:
    """Hear the welcome prompt and press a key."""
    assert hears_recording(call, norrsken["prompts"]["Välkommen"]), "the welcome prompt was not heard"
    call.sound.press(key)
    return call


def leave_message(product: Product, call: Call, norrsken: Facts) -> None:
    """Hear that it is closed, and speak after the tone."""
    assert hears_recording(call, norrsken["prompts"]["Stängt"]), "the closed prompt was not heard"
    until(lambda: product.recorded(norrsken["customer"]) > SPOKEN, what="the recording")
    call.hang_up()


def messages(product: Product, norrsken: Facts) -> list[Facts]:
    """Return what callers have said, oldest first."""
    found: list[Facts] = product.ask("messages", customer=norrsken["customer"])
    return found


def receipt(page: Page, place: str) -> int:
    """Wait until the page says that the switch has it; return the milliseconds it says."""
    shown = page.locator(place)
    expect(shown).to_contain_text(re.compile(RECEIPT_MS), timeout=15_000)
    found = re.search(RECEIPT_MS, shown.inner_text())
    assert found
    return int(re.sub(r"\D", "", found[1]))


def test_friday_closes_at_three_and_the_switch_says_so(product: Product, norrsken: Facts, page: Page) -> None:
    page.goto(f"{product.site}/c/{norrsken['slug']}/opening-hours/")
    until_field = page.get_by_label("Fredag, till")
    until_field.fill("15")
    until_field.press("Enter")
    toast(page, "Sparat")
    said = receipt(page, "#hours .receipt")
    newest = product.ask("newest_receipt", customer=norrsken["customer"])
    assert said == newest["milliseconds"], "the page says what the switch signed, to the millisecond"
    with product.node() as wire:
        held = {root["customer"]: root for root in wire.get("/v1/roots").json()["roots"]}[norrsken["customer"]]
    assert (held["generation"], held["root"]) == (newest["generation"], newest["root"])
    assert said < 5000


def test_open_all_day_today_is_true_for_the_next_caller(
    product: Product, norrsken: Facts, page: Page, lines: Lines, two: tuple[Phone, Phone]
) -> None:
    """Whatever day and hour it is now. The caller is welcomed, sales rings in order, the second answers."""
    page.goto(f"{product.site}/c/{norrsken['slug']}/opening-hours/")
    page.get_by_role("link", name="Ändra i dag").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("radio", name="Andra tider i dag").check()
    for end, typed in (("från", "0"), ("till", "24")):
        dialog.get_by_label(re.compile(f", {end}$")).first.fill(typed)
    dialog.get_by_role("button", name="Spara").click()
    expect(dialog).to_have_count(0)
    expect(page.get_by_role("heading", name="Öppet just nu")).to_be_visible()
    until(lambda: product.ask("in_step", customer=norrsken["customer"]), what="the switch's receipt")
    anna, bjorn = two
    anna.habit = "ignore"
    call = welcomed(lines.ring(norrsken["number"]), norrsken, "1")
    first = anna.wait_taken()
    assert first.caller == FROM
    assert not first.ended.wait(1.5)
    assert not bjorn.taken, "in order of priority: the second does not ring yet"
    first.refuse(486)
    talks(call, bjorn.wait_taken(), BO)


def place_test_call(page: Page, product: Product, norrsken: Facts, flow: str, day: str = "", time: str = "") -> None:
    """Press Provring on the flow's page, for one's own extension."""
    page.goto(f"{product.site}/c/{norrsken['slug']}/call-flow/")
    page.get_by_role("link", name="Provring").click()
    expect(page.get_by_label("Din telefon")).to_have_value("100")
    page.get_by_label("Vilket flöde").select_option(label=flow)
    page.locator("[name=day]").fill(day)
    page.locator("[name=clock]").fill(time)
    page.get_by_role("button", name="Ring upp mig").click()
    expect(page.locator("#test-call")).to_contain_text("Det ringer hos dig")


def test_a_test_call_into_the_draft_on_a_friday_afternoon_is_followed_as_it_goes(
    product: Product, norrsken: Facts, page: Page, lines: Lines
) -> None:
    """The telephone rings, the caller hears that it is closed, and each step is on the page within two seconds."""
    own = lines.own(norrsken["phones"]["100"], CARL)
    place_test_call(page, product, norrsken, "Utkastet", norrsken["friday"], "15:30")
    call = own.wait_taken()
    assert call.answered.wait(5)
    steps = page.get_by_role("list", name="Samtalet steg för steg")
    expect(steps).to_contain_text("Vi har stängt spelas upp", timeout=SEEN_MS)
    assert hears_recording(call, norrsken["prompts"]["Stängt"]), "the closed prompt was not heard"
    call.hang_up()
    expect(page.locator("#test-call")).to_contain_text("Samtalet är slut.", timeout=SEEN_MS)


def test_a_test_call_into_what_holds_now_reaches_a_colleague(
    product: Product, norrsken: Facts, page: Page, lines: Lines, two: tuple[Phone, Phone]
) -> None:
    own, anna = lines.own(norrsken["phones"]["100"], CALLER), two[0]
    place_test_call(page, product, norrsken, "Det som gäller i växeln")
    call = own.wait_taken()
    assert call.answered.wait(5)
    steps = page.get_by_role("list", name="Samtalet steg för steg")
    expect(steps).to_contain_text("Huvudmeny", timeout=SEEN_MS)
    welcomed(call, norrsken, "1")
    taken = anna.wait_taken()
    expect(steps).to_contain_text("Försäljning", timeout=SEEN_MS)
    talks(call, taken, ANNA)
    expect(steps).to_contain_text("Någon svarar.", timeout=SEEN_MS)
    call.hang_up()
    expect(page.locator("#test-call")).to_contain_text("Samtalet är slut.", timeout=SEEN_MS)


def test_a_new_key_is_callable_when_it_is_published_and_not_before(
    product: Product, norrsken: Facts, page: Page, lines: Lines
) -> None:
    page.goto(f"{product.site}/c/{norrsken['slug']}/call-flow/")
    page.get_by_role("link", name="Huvudmeny", exact=True).first.click()
    panel = page.get_by_role("complementary", name="Huvudmeny")
    panel.get_by_label("Ny knapp", exact=True).select_option("5")
    panel.get_by_label("Ny knapp leder till", exact=True).select_option(label="Vi har stängt")
    panel.get_by_role("button", name="Klar").last.click()
    toast(page, "Sparat i utkastet")
    expect(page.locator(".flow-state")).to_contain_text("Utkast")
    closed = norrsken["prompts"]["Stängt"]
    before = welcomed(call_on_friday(product, lines, norrsken, "11:00"), norrsken, "5")
    assert not hears_recording(before, closed, 4), "only the draft has the key"
    before.hang_up()
    page.get_by_role("link", name="Granska och publicera").click()
    expect(page.locator("#review")).to_contain_text("Huvudmeny")
    expect(page.locator("#review")).to_contain_text("Alice Ek")
    page.get_by_role("button", name=re.compile(r"^Publicera \d+ ändring")).click()
    receipt(page, "main .receipt")
    after = welcomed(call_on_friday(product, lines, norrsken, "11:00"), norrsken, "5")
    assert hears_recording(after, closed), "the key leads where it was led"


def test_on_friday_at_half_past_three_a_message_is_left_and_is_on_the_page(
    product: Product, norrsken: Facts, page: Page, lines: Lines
) -> None:
    began, kept = datetime.now().timestamp(), messages(product, norrsken)
    leave_message(product, call_on_friday(product, lines, norrsken, "15:30"), norrsken)
    message = until(lambda: messages(product, norrsken)[len(kept) :], what="the message")[0]
    assert message["caller"] == FROM
    assert began - 2 < message["left_at"] < began + 60
    page.goto(f"{product.site}/c/{norrsken['slug']}/mailboxes/{norrsken['mailbox']}/")
    expect(page.locator(".messages li").first).to_contain_text("070-123 45 67")
    address = page.locator(".messages audio").first.get_attribute("src")
    answer = page.request.get(f"{product.site}{address}")
    assert answer.headers["content-type"].startswith("audio/")
    assert tones.has(tones.read_wav(answer.body()), CALLER, 0.6), "the WAV holds what the caller sounded"


def test_a_login_by_code_web_or_api_is_seen_everywhere_at_once_also_after_a_restart_of_asterisk(
    product: Product, norrsken: Facts, page: Page, two: tuple[Phone, Phone]
) -> None:
    anna, site = two[0], f"{product.site}/c/{norrsken['slug']}"
    page.goto(f"{site}/groups/")
    page.locator(".step-card", has_text="Anna").get_by_role("link").first.click()
    switch = page.get_by_role("switch", name=re.compile("^Anna"))
    expect(switch).to_have_attribute("aria-checked", "true")
    group, person = re.findall(r"/groups/(\d+)/members/(\d+)/", switch.evaluate("button => button.form.action"))[0]
    subject = f"group/{group}+person/{person}"
    _dialled(anna, "#28#")
    expect(switch).to_have_attribute("aria-checked", "false", timeout=SEEN_MS)
    expect(page.locator("#duty")).to_contain_text("från telefon")
    switch.click()
    expect(page.locator("#duty")).to_contain_text("på webben")
    expect(page.locator("#duty [data-state=waiting]")).to_have_count(0, timeout=SEEN_MS)
    assert _logged_in(product, norrsken, subject)
    with product.down("asterisk"):
        pass
    until(lambda: _registers(anna), 60, what="the telephone, registered again")
    assert _logged_in(product, norrsken, subject)
    _dialled(anna, "#28#")
    expect(switch).to_have_attribute("aria-checked", "false", timeout=SEEN_MS)
    api = f"{product.site}/api/v1/customers/{norrsken['slug']}/live/groups/{group}/members/{person}/login/"
    token = page.locator("input[name=csrfmiddlewaretoken]").first.get_attribute("value") or ""
    headers = {"If-Match": "*", "X-CSRFToken": token, "Origin": product.site, "Referer": f"{site}/"}
    answer = page.request.put(api, data={"on": True}, headers=headers)
    assert answer.status == 202, answer.text()
    expect(switch).to_have_attribute("aria-checked", "true", timeout=SEEN_MS)
    expect(page.locator("#duty")).to_contain_text("via API:et")
    expect(page.locator("#duty [data-state=waiting]")).to_have_count(0, timeout=SEEN_MS)
    assert _logged_in(product, norrsken, subject)


def _dialled(phone: Phone, code: str) -> None:
    """Dial a code and hear that it was understood."""
    call = phone.call(code)
    assert call.answered.wait(3), call.status
    assert call.sound.hears(UNDERSTOOD, seconds=0.1)
    assert call.ended.wait(3)


def _registers(phone: Phone) -> bool:
    try:
        return phone.register() == 200
    except (AssertionError, TimeoutError):
        return False


def _logged_in(product: Product, norrsken: Facts, subject: str) -> bool:
    """Tell whether the node has a member logged in."""
    with product.node() as wire:
        registers = wire.get(f"/v1/customers/{norrsken['customer']}/live?since=-1").json()["registers"]
    return any(one["subject"] == subject and one["value"]["on"] for one in registers)


def test_calls_go_on_when_portal_database_and_broker_are_gone(
    product: Product, norrsken: Facts, page: Page, lines: Lines, two: tuple[Phone, Phone]
) -> None:
    anna, bjorn = two
    kept = len(messages(product, norrsken))
    ended = len(product.ask("events", customer=norrsken["customer"], kind="call.ended"))
    page.goto("about:blank")  # an open page asks on, and is told that nobody is there
    with product.down(*PORTAL, *SERVERS):
        assert not product.portal_answers()
        late = call_on_friday(product, lines, norrsken, "15:30")
        call = welcomed(lines.ring(norrsken["number"]), norrsken, "1")
        talks(call, anna.wait_taken(), ANNA)
        assert not bjorn.taken
        call.hang_up()
        leave_message(product, late, norrsken)
    until(product.portal_answers, 60, what="the portal, started again")
    until(lambda: len(messages(product, norrsken)) == kept + 1, 60, what="the kept message")
    customer = norrsken["customer"]
    until(lambda: len(product.ask("events", customer=customer, kind="call.ended")) >= ended + 2, what="the kept events")
    page.goto(f"{product.site}/c/{norrsken['slug']}/mailboxes/{norrsken['mailbox']}/")
    expect(page.locator(".messages li")).to_have_count(kept + 1)
