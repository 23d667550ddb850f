"""Webhooks in Chromium: no flaw in any size or theme, and an endpoint is added, tested and mended."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.fixtures import Settings

from integrations.webhooks import actions
from integrations.webhooks.models import Delivery, Endpoint, Reason, Status
from integrations.webhooks.types import TYPES
from tenants.customers import scope
from tests.conftest import Databases
from tests.factories.cast import Cast, cast
from tests.integrations.switch.nasty import answer, says
from tests.integrations.webhooks.conftest import OK, Hooks
from tests.portal.browser.harness import LOOKS, NARROW, SIZES, Theme, Visitor, axe, overflow, shoot, small_targets

pytestmark = pytest.mark.browser
PAGE = "/c/norrsken-bygg/settings/webhooks/"
LONG = "https://integration.norrsken-affarssystem.example/api/v2/telefoni/inkommande/handelser?kund=norrsken-bygg"


@pytest.fixture
def hooks(live_portal: str, django_db_setup: Databases, settings: Settings) -> Iterator[Hooks]:
    """The cast, with receivers on this machine."""
    settings.WEBHOOKS_PRIVATE = True
    made = Hooks(cast(), django_db_setup)
    yield made
    for receiver in made.receivers:
        receiver.close()


def lived_in(everybody: Cast) -> int:
    """Make one endpoint with all that can come of messages, and one that is gone; return the first."""
    ident = everybody.norrsken.pk
    with scope.customer(ident):
        row, _secret = actions.make(customer_id=ident, by=everybody.alice, url=LONG, types=list(TYPES))
        gone, _secret = actions.make(customer_id=ident, by=None, url="https://old.example/", types=["call.ended"])
        actions.disable(endpoint=gone, reason=Reason.GONE)
        facts = [actions.Fact(type, str(number), timezone.now(), {}) for number, type in enumerate(TYPES)]
        actions.tell(customer_id=ident, facts=facts)
        now = timezone.now()
        first, second, third, fourth = Delivery.objects.order_by("-pk")[:4]
        went(first, status=Status.DELIVERED, last_code=204, tries=1)
        went(second, status=Status.DEAD, last_code=500, last_said="<html>Internal Server Error" + " x" * 60, tries=10)
        went(third, last_said="no whole answer in time", tries=3, next_try_at=now + timedelta(hours=2))
        went(fourth, status=Status.DELIVERED, last_code=200, last_said="ok", tries=2)
        Endpoint.objects.filter(pk=row.pk).update(failures=1)
    return row.pk


def went(row: Delivery, **fields: object) -> None:
    Delivery.objects.filter(pk=row.pk).update(last_at=timezone.now(), **fields)


@pytest.mark.slow
@pytest.mark.parametrize(("size", "theme"), LOOKS)
def test_no_page_has_a_flaw(hooks: Hooks, visit: Visitor, size: str, theme: Theme) -> None:
    ident = lived_in(hooks.cast)
    with scope.customer(hooks.cast.norrsken.pk):
        gone = Endpoint.objects.exclude(pk=ident).get().pk
    tab, found = visit(hooks.cast.alice, size=SIZES[size], theme=theme), dict[str, list[str]]()
    for name, path in {"webhooks": PAGE, "webhook": f"{PAGE}{ident}/", "webhook-gone": f"{PAGE}{gone}/"}.items():
        tab.go(path)
        found[name] = [*axe(tab.page), *small_targets(tab.page), *(["too wide"] if overflow(tab.page) else [])]
        shoot(tab.page, f"{name}-{size}-{theme}")
    tab.page.get_by_role("button", name="Ändra").click()
    shoot(tab.page, f"webhook-change-{size}-{theme}", full=False)
    found["change"] = axe(tab.page)
    assert {name: flaws for name, flaws in found.items() if flaws} == {}


@pytest.mark.slow
def test_they_fit_320_pixels(hooks: Hooks, visit: Visitor) -> None:
    ident = lived_in(hooks.cast)
    tab = visit(hooks.cast.alice, size=NARROW)
    assert [path for path in (PAGE, f"{PAGE}{ident}/") if tab.go(path) and overflow(tab.page)] == []


def _send(hooks: Hooks, page: Page) -> None:
    """Send as the worker, with the page closed: here both are one process, and its asking would be the worker's."""
    here = page.url
    page.goto("about:blank")
    page.wait_for_timeout(300)
    hooks.send()
    page.goto(here)


@pytest.mark.slow
def test_an_endpoint_is_added_tested_and_what_failed_is_sent_again(hooks: Hooks, visit: Visitor) -> None:
    receiver = hooks.receiver(says(answer("410 Gone", b"moved")))
    tab = visit(hooks.cast.alice)
    page = tab.page
    tab.go(PAGE)
    shoot(page, "webhooks-empty-desktop-light")
    page.get_by_role("button", name="Lägg till mottagare").first.click()
    drawer = page.get_by_role("dialog")
    drawer.get_by_label("Adress").fill(receiver.url)
    drawer.get_by_label("Ett samtal är slut").check()
    assert axe(page) == []
    drawer.get_by_role("button", name="Lägg till").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Hemligheten")
    shoot(page, "webhook-secret-desktop-light")
    assert axe(page) == []
    page.get_by_role("link", name="Klart").click()
    page.get_by_role("button", name="Skicka test").click()
    expect(page.get_by_text("Ett test är på väg")).to_be_visible()
    _send(hooks, page)
    expect(page.get_by_text("finns inte längre")).to_be_visible()
    expect(page.get_by_role("cell", name="410")).to_be_visible()
    receiver.behaviour = OK
    page.get_by_role("button", name="Starta").click()
    page.get_by_role("button", name="Skicka igen det som inte kom fram").first.click()
    page.get_by_role("dialog").get_by_role("button", name="Skicka igen").click()
    expect(page.get_by_text("1 meddelande skickas igen")).to_be_visible()
    _send(hooks, page)
    expect(page.get_by_role("cell", name="Framme")).to_be_visible()


@pytest.mark.slow
def test_it_reads_in_english(hooks: Hooks, visit: Visitor) -> None:
    ident = lived_in(hooks.cast)
    tab = visit(hooks.cast.alice, language="en")
    tab.go(f"{PAGE}{ident}/")
    expect(tab.page.get_by_role("button", name="Send a test")).to_be_visible()
    shoot(tab.page, "webhook-english-desktop-light")
