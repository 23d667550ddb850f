"""The live rooms' pages in Chromium: no flaw in any size or theme, and the tasks people come for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from tenants.customers import scope
from tenants.customers.models import Customer, User
from tenants.mailboxes.models import Mailbox
from tenants.numbers.models import Number
from tenants.onboarding import demo
from tenants.people.models import Person
from tenants.prompts.models import Prompt
from tests.factories.cast import node
from tests.factories.mailboxes import message
from tests.factories.sounds import wav
from tests.portal.browser.harness import LOOKS, NARROW, SIZES, Theme, Visitor, axe, overflow, shoot, small_targets

pytestmark = pytest.mark.browser


@dataclass(frozen=True)
class Demo:
    """The demo company and who looks at it."""

    customer: Customer
    alice: User
    bob: User
    sam: User
    paths: dict[str, str]


@pytest.fixture
def norrsken(live_portal: str, plant: Callable[[str, Callable[[], Demo]], Demo]) -> Demo:
    """The demo company, with a message in its mailbox."""
    return plant("demo", _norrsken)


def _norrsken() -> Demo:
    demo.make(node(), "brofäste lingon granit")
    customer = Customer.objects.get(slug=demo.SLUG)
    logins = ("alice@norrsken.test", "bjorn@norrsken.test", "sam@vaxel.test")
    alice, bob, sam = (User.objects.get(email=email) for email in logins)
    with scope.customer(customer.pk):
        box = Mailbox.objects.get(destination__name="Gemensam röstbrevlåda")
        message(box, seconds=12)
        message(box, caller="", seconds=4)
        rows = {
            "prompt": ("prompts:show", Prompt.objects.get(name="Välkommen").pk),
            "person": ("people:show", Person.objects.get(extension="101").pk),
            "mailbox": ("mailboxes:show", box.pk),
            "mailbox-settings": ("mailboxes:settings", box.pk),
            "number": ("numbers:show", Number.objects.get(is_main=True).pk),
        }
    paths = {name: reverse(route, args=(customer.slug, ident)) for name, (route, ident) in rows.items()}
    lists = ("prompts", "people", "mailboxes", "externals", "numbers")
    paths |= {room: reverse(f"{room}:index", args=(customer.slug,)) for room in lists}
    paths |= {"logins": reverse("customers:admins", args=(customer.slug,)), "overview": f"/c/{customer.slug}/"}
    return Demo(customer, alice, bob, sam, paths)


@pytest.mark.slow
@pytest.mark.parametrize(("size", "theme"), LOOKS)
def test_no_page_has_a_flaw(norrsken: Demo, visit: Visitor, size: str, theme: Theme) -> None:
    tab, found = visit(norrsken.alice, size=SIZES[size], theme=theme), dict[str, list[str]]()
    staff = visit(norrsken.sam, size=SIZES[size], theme=theme)
    for name, path in norrsken.paths.items():
        tab.go(path)
        found[name] = [*axe(tab.page), *small_targets(tab.page), *(["too wide"] if overflow(tab.page) else [])]
        shoot(tab.page, f"{name}-{size}-{theme}")
    for name, path in {"customers": "/staff/", "new-customer": "/staff/customers/new/"}.items():
        staff.go(path)
        found[name] = [*axe(staff.page), *small_targets(staff.page), *(["too wide"] if overflow(staff.page) else [])]
        shoot(staff.page, f"{name}-{size}-{theme}")
    assert {name: flaws for name, flaws in found.items() if flaws} == {}


@pytest.mark.slow
def test_every_page_fits_320_pixels(norrsken: Demo, visit: Visitor) -> None:
    tab = visit(norrsken.alice, size=NARROW)
    wide = [name for name, path in norrsken.paths.items() if tab.go(path) and overflow(tab.page)]
    assert wide == []


def test_a_prompt_is_uploaded_and_heard(norrsken: Demo, visit: Visitor, tmp_path: Path) -> None:
    (tmp_path / "lunch.wav").write_bytes(wav(2.0))
    page = (tab := visit(norrsken.alice)).page
    tab.go(norrsken.paths["prompts"])
    page.get_by_role("button", name="Ny röstprompt").first.click()
    drawer = page.get_by_role("dialog")
    drawer.get_by_label("Namn").fill("Lunchstängt")
    drawer.locator("input[type=file]").set_input_files(tmp_path / "lunch.wav")
    expect(drawer.locator(".file-drop-title")).to_have_text("lunch.wav")
    shoot(page, "new-prompt-desktop-light", full=False)
    assert axe(page) == []
    drawer.get_by_role("button", name="Spara röstprompten").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Lunchstängt")
    with page.expect_response(lambda answer: "/audio/" in answer.url) as heard:
        page.get_by_role("button", name="Spela Lunchstängt").click()
    assert heard.value.headers["content-type"] == "audio/wav"
    expect(page.locator("x-audio[data-playing]").first).to_be_visible()


@pytest.mark.slow
def test_a_refused_file_keeps_the_form(norrsken: Demo, visit: Visitor, tmp_path: Path) -> None:
    (tmp_path / "lista.m3u8").write_bytes(b"#EXTM3U\n")
    tab = visit(norrsken.alice)
    tab.allow(422)
    page = tab.page
    tab.go(norrsken.paths["prompts"])
    page.get_by_role("button", name="Ny röstprompt").first.click()
    drawer = page.get_by_role("dialog")
    drawer.get_by_label("Namn").fill("Lunchstängt")
    drawer.locator("input[type=file]").set_input_files(tmp_path / "lista.m3u8")
    drawer.get_by_role("button", name="Spara röstprompten").click()
    drawer = page.get_by_role("dialog")
    expect(drawer).to_contain_text("spellista")
    expect(drawer.get_by_label("Namn")).to_have_value("Lunchstängt")
    shoot(page, "refused-prompt-desktop-light", full=False)
    assert axe(page) == []


@pytest.mark.slow
def test_a_prompt_is_recorded_in_the_page(norrsken: Demo, visit: Visitor) -> None:
    page = (tab := visit(norrsken.alice)).page
    tab.go(norrsken.paths["prompt"])
    page.get_by_role("button", name="Spela in").click()
    page.get_by_role("button", name="Stoppa").click(timeout=10_000, trial=True)
    page.wait_for_timeout(1500)
    page.get_by_role("button", name="Stoppa").click()
    expect(page.get_by_role("button", name="Lyssna")).to_be_visible()
    expect(page.locator(".file-drop-title")).to_contain_text("inspelning.")
    page.get_by_role("button", name="Lyssna").click()
    page.get_by_role("button", name="Spara inspelningen").click()
    expect(page.get_by_text("Den nya inspelningen hörs från nästa samtal")).to_be_visible()
    expect(page.get_by_text("Hörs nu")).to_have_count(1)


def test_a_telephone_is_added_and_its_secret_shown_once(norrsken: Demo, visit: Visitor) -> None:
    page = (tab := visit(norrsken.alice)).page
    tab.go(norrsken.paths["person"])
    page.get_by_label("Telefonens namn").fill("Trådlös")
    page.get_by_role("button", name="Lägg till telefon").click()
    secret = page.locator("dd code").last.inner_text()
    assert len(secret) == 32
    shoot(page, "secret-desktop-light")
    assert axe(page) == []
    page.get_by_role("link", name="Klart").click()
    expect(page.get_by_text("Trådlös", exact=True)).to_be_visible()
    assert secret not in page.content()


@pytest.mark.slow
def test_a_message_is_heard_and_handled_on_a_phone(norrsken: Demo, visit: Visitor) -> None:
    page = (tab := visit(norrsken.bob, size=SIZES["phone"])).page
    tab.go(norrsken.paths["mailbox"])
    expect(page.get_by_text("Dolt nummer")).to_be_visible()
    with page.expect_response(lambda answer: "/audio/" in answer.url):
        page.get_by_role("button", name="Spela meddelandet").first.click()
    page.get_by_role("button", name="Hanterat").first.click()
    expect(page.get_by_text("Hanterat av Björn Ek")).to_be_visible()
