"""Open pages in Chromium: they hear instead of asking, hold no stream while hidden, and say so when there is none."""

from __future__ import annotations

import time

import pytest
from playwright.sync_api import Page, expect

from tenants.changes.actions import publish
from tenants.customers import scope
from tenants.routing.live import Login, membership
from tests.factories.cast import Cast, cast
from tests.factories.flow import Story, story
from tests.factories.live import told
from tests.portal.browser.front import Front
from tests.portal.browser.harness import DESKTOP, PHONE, Visit, Visitor, axe, overflow, shoot

pytestmark = pytest.mark.browser
STREAM = "/streams/"


@pytest.fixture
def people(live_portal: str) -> Cast:
    return cast()


@pytest.fixture
def made(people: Cast) -> Story:
    """A published flow."""
    with scope.customer(people.norrsken.pk):
        flow = story(people.norrsken)
        publish(customer_id=people.norrsken.pk, by=people.alice)
    return flow


def opened(visit: Visitor, people: Cast, made: Story, **look: object) -> tuple[Visit, list[str]]:
    """Open a group's page, let it settle, and note what it asks for from then on."""
    tab, asked = visit(people.alice, **look), []
    tab.go(f"/c/norrsken-bygg/groups/{made.sales.pk}/")
    tab.page.wait_for_timeout(1500)
    tab.page.on("request", lambda request: asked.append(request.url))
    return tab, asked


def log_out(people: Cast, made: Story, version: int = 1) -> None:
    """Log Anna out, by telephone."""
    subject = membership(f"group/{made.sales.pk}", f"person/{made.people[0].pk}")
    with scope.customer(people.norrsken.pk):
        told(people.norrsken.pk, "login", subject, Login(on=False), version=version, at=time.time(), via="phone")


def anna(tab: Visit, here: str) -> None:
    """Wait until the page shows whether Anna is logged in."""
    switch = tab.page.get_by_role("switch", name="Anna Berg")
    expect(switch).to_have_attribute("aria-checked", here, timeout=2000)


def streams(front: Front, count: int) -> None:
    """Wait until so many are open."""
    until = time.monotonic() + 5
    while front.streams._open.total() != count:
        assert time.monotonic() < until, f"{front.streams._open.total()} streams, not {count}"
        time.sleep(0.02)


@pytest.mark.slow
def test_a_page_asks_for_nothing_until_a_colleague_changes_something(
    visit: Visitor, people: Cast, made: Story, front: Front
) -> None:
    tab, asked = opened(visit, people, made)
    streams(front, 1)
    tab.page.wait_for_timeout(4000)
    assert [url for url in asked if "/duty/" not in url] == []
    assert len(asked) <= 1  # at a new minute, what the clock ends
    asked.clear()
    log_out(people, made)
    anna(tab, "false")
    tab.page.wait_for_timeout(1500)
    assert 1 <= len([url for url in asked if "/duty/" in url]) <= 3
    assert len(asked) <= 4


def hide(page: Page, *, hidden: bool) -> None:
    """Let the page believe that its tab is hidden, or seen again."""
    page.evaluate(
        "hidden => { Object.defineProperty(document, 'hidden', {value: hidden, configurable: true});"
        " document.dispatchEvent(new Event('visibilitychange')); }",
        hidden,
    )


@pytest.mark.slow
def test_a_hidden_tab_has_no_stream_and_misses_nothing(visit: Visitor, people: Cast, made: Story, front: Front) -> None:
    tab, asked = opened(visit, people, made)
    streams(front, 1)
    hide(tab.page, hidden=True)
    streams(front, 0)
    log_out(people, made)
    tab.page.wait_for_timeout(1000)
    assert asked == []
    hide(tab.page, hidden=False)
    streams(front, 1)
    anna(tab, "false")


@pytest.mark.slow
@pytest.mark.parametrize(("name", "size", "theme"), [("desk-light", DESKTOP, "light"), ("phone-dark", PHONE, "dark")])
def test_without_streams_a_page_is_late_and_says_so_until_they_are_back(
    visit: Visitor, people: Cast, made: Story, front: Front, name: str, size: dict[str, object], theme: str
) -> None:
    tab, asked = opened(visit, people, made, size=size, theme=theme)
    tab.allow(502)
    late = tab.page.get_by_role("status").filter(has_text="Ändringar syns några sekunder sent")
    expect(late).to_have_count(0)
    front.run(front.stop_streams)
    expect(late).to_be_visible()
    assert axe(tab.page) == []
    assert overflow(tab.page) == 0
    shoot(tab.page, f"streams-late-{name}", full=False)
    log_out(people, made)
    expect(tab.page.get_by_role("switch", name="Anna Berg")).to_have_attribute("aria-checked", "false", timeout=12_000)
    front.run(front.serve_streams)
    expect(late).to_have_count(0, timeout=30_000)
    assert any(STREAM in url for url in asked)
