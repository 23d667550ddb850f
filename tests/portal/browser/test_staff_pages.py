"""Publishing, lists, offices and staff's pages of nodes and events, looked at on a desk and on a phone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from django.utils import timezone
from playwright.sync_api import expect

from integrations.switch import events
from integrations.switch.models import Event
from tenants.changes import actions, queries
from tenants.customers import scope
from tenants.customers.models import Site
from tenants.nodes import actions as nodes
from tenants.nodes.models import Node, Placement
from tenants.routing import wire
from tests.factories import flow
from tests.factories.cast import Cast, cast
from tests.factories.crowd import crowd
from tests.factories.groups import group
from tests.portal.browser.harness import SIZES, Theme, Visitor, axe, overflow, shoot, small_targets

pytestmark = pytest.mark.browser
LOOKS = [("phone", "dark", "en"), ("desktop", "light", "sv"), ("desktop", "dark", "en"), ("phone", "light", "sv")]
ALL = pytest.mark.parametrize(("size", "theme", "language"), LOOKS)


@dataclass(frozen=True)
class World:
    """Norrsken with a refused release, a draft, many people and an office; a node in trouble with all events."""

    cast: Cast
    pages: dict[str, str]


@pytest.fixture
def world(transactional_db: None) -> World:
    people = cast()
    customer = people.norrsken
    with scope.customer(customer.pk):
        story = flow.story(customer)
        actions.publish(customer_id=customer.pk, by=people.alice, note="Första flödet")
        flow.mailbox(customer.pk, "Lager")
        group(customer.pk, "Jour", members=(story.people[0].pk,), no_answer_id=story.box.pk)
        crowd(customer, 60)
        last = queries.publication().generation
        said = {"code": "bad_number", "key": f"mailbox/{story.box.pk}", "detail": "no such number", "generation": last}
        Placement.objects.update(quarantined=last, refusal=said, error="refused", generation=1)
        Site.objects.create(customer=customer, name="Malmö", area_code="040", municipality_code="1280")
    _trouble(people)
    with scope.wide("portal_staff"):
        failing = Event.objects.filter(tries__gt=0).latest("pk").pk
    home, node = "/c/norrsken-bygg/", people.node.pk
    pages = {
        "publishing": f"{home}publishing/", "release": f"{home}publishing/releases/{last}/",
        "restore": f"{home}publishing/releases/{last - 2}/restore/", "people-paged": f"{home}people/",
        "numbers-paged": f"{home}numbers/", "prompts-paged": f"{home}prompts/", "sites": f"{home}settings/sites/",
        "node": f"/staff/nodes/{node}/", "events": "/staff/events/", "letters": "/staff/events/?state=letters",
        "event": f"/staff/events/{failing}/", "nodes-list": "/staff/nodes/",
    }  # fmt: skip
    return World(people, pages)


def _trouble(people: Cast) -> None:
    """Give the node a past: enrolled, failing, with events that are sound, poisoned, failing and given up."""
    with scope.wide("portal_staff"):
        Node.objects.filter(pk=people.node.pk).update(
            enrolled_at=timezone.now(), url="https://vaxel-1.example:8443", failures=4, spooled=12, boot="b-7f31",
            switch="asterisk unreachable", last_error="Connection refused",
            last_seen_at=timezone.now() - timedelta(minutes=9), closed_until=timezone.now() + timedelta(minutes=1),
        )  # fmt: skip
        nodes.issue_code(name="vaxel-2")
    told: list[object] = [
        {"boot": "b1", "seq": n, "at": 1_800_000_000.5, "kind": kind, "customer": people.norrsken.pk, "call": f"c{n}",
         "data": data}
        for n, (kind, data) in enumerate(
            [("call.started", {}), ("call.ended", {"seconds": 31}), ("message.left", {"message": "x"}),
             ("drift", {"objects": 2, "healed": 0}), ("drift", {"rows": 3}), ("registration", {})]
        )
    ]  # fmt: skip
    batch = wire.Batch(events=tuple(msgspec.Raw(msgspec.json.encode(one)) for one in [*told, {"gift": 1}]))
    with scope.wide("portal_staff"):
        node = Node.objects.get(pk=people.node.pk)
    events.store(node, batch)
    with scope.wide("portal_staff"):
        Event.objects.filter(kind="call.started").update(folded_at=timezone.now())
        Event.objects.filter(kind="message.left").update(tries=2, error="ValidationError: Object missing field `boot`")
        Event.objects.filter(kind="registration").update(tries=6, error="KeyError: 'device'")


@pytest.mark.slow
@ALL
def test_every_page_is_without_flaw(size: str, theme: Theme, language: str, world: World, visit: Visitor) -> None:
    tabs: dict[str, Any] = {
        who: visit(getattr(world.cast, who), size=SIZES[size], theme=theme, language=language)
        for who in ("alice", "sam")
    }
    for name, address in world.pages.items():
        tab = tabs["sam" if address.startswith("/staff") else "alice"]
        tab.go(address)
        shoot(tab.page, f"{name}-{size}-{theme}-{language}")
        assert axe(tab.page) == [], name
        assert not overflow(tab.page), name
        assert small_targets(tab.page) == [], name


def test_the_list_is_searched_while_typing_and_turned_by_its_links(world: World, visit: Visitor) -> None:
    tab = visit(world.cast.alice)
    tab.go(world.pages["people-paged"])
    tab.page.get_by_role("link", name="Nästa").click()
    expect(tab.page.get_by_role("link", name="Föregående")).to_be_visible()
    tab.page.get_by_role("searchbox").fill("nummer 57")
    expect(tab.page.locator("#people tbody tr")).to_have_count(1)
    expect(tab.page.get_by_role("searchbox")).to_be_focused()
    assert "q=nummer" in tab.page.url


@pytest.mark.slow
def test_going_back_asks_for_a_tick_when_a_draft_would_go(world: World, visit: Visitor) -> None:
    tab = visit(world.cast.alice)
    tab.allow(422)
    tab.go(world.pages["restore"])
    tab.page.get_by_role("button", name="Återställ").click()
    expect(tab.page.get_by_role("alert")).to_contain_text("kryssa i")
    tab.page.get_by_role("checkbox").check()
    tab.page.get_by_role("button", name="Återställ").click()
    expect(tab.page.locator("#nodes")).to_be_visible()


def test_ticked_events_are_dismissed(world: World, visit: Visitor) -> None:
    tab = visit(world.cast.sam)
    tab.go(world.pages["letters"])
    for box in tab.page.get_by_role("checkbox").all():
        box.check()
    tab.page.get_by_role("button", name="Avfärda valda").click()
    expect(tab.page.get_by_role("status").filter(has_text="avfärdade")).to_be_visible()
    expect(tab.page.get_by_text("Ingen händelse passar.")).to_be_visible()
