"""Live state in Chromium: what is set in one place is seen in another within two seconds, and looks as it should."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from tenants.changes.actions import publish
from tenants.customers import scope
from tenants.live.models import LiveRegister
from tenants.people.models import Person
from tenants.routing.live import Diversion, Login, Override, Pause, membership
from tests.factories.cast import cast
from tests.factories.flow import person, story
from tests.factories.live import told
from tests.portal.browser.harness import DESKTOP, PHONE, Visit, Visitor, axe, overflow, shoot, small_targets
from tests.tenants.live.test_actions import Desk

pytestmark = pytest.mark.browser

SEEN_MS = 2000
"""How soon what is set in one place must be seen in every other: a promise of the product's."""


@pytest.fixture
def desk(live_portal: str) -> Desk:
    """A published flow, and Bob is Bo's login."""
    everybody = cast()
    with scope.customer(everybody.norrsken.pk):
        made = story(everybody.norrsken)
        publish(customer_id=everybody.norrsken.pk, by=everybody.alice)
        Person.objects.filter(pk=made.people[1].pk).update(user=everybody.bob)
    return Desk(everybody, made)


def say(desk: Desk, kind: str, subject: str, value: Any, version: int, **more: object) -> None:
    """Let the node tell of a change made just now."""
    with scope.customer(desk.id):
        told(desk.id, kind, subject, value, version=version, at=timezone.now().timestamp(), **more)


def flawless(tab: Visit, name: str) -> None:
    """Ask the questions asked of every page, and take its picture."""
    assert axe(tab.page) == []
    assert overflow(tab.page) == 0
    assert small_targets(tab.page) == []
    shoot(tab.page, name)


LOOKS = pytest.mark.parametrize(
    ("name", "look"),
    [
        pytest.param("desk", {"size": DESKTOP}, id="desk"),
        pytest.param("desk-dark", {"size": DESKTOP, "theme": "dark"}, id="desk-dark"),
        pytest.param("phone", {"size": PHONE}, id="phone"),
        pytest.param("phone-dark-en", {"size": PHONE, "theme": "dark", "language": "en"}, id="phone-dark-en"),
    ],
)


def test_a_code_dialled_on_a_telephone_is_on_the_groups_page_within_two_seconds(visit: Visitor, desk: Desk) -> None:
    group = f"group/{desk.story.sales.pk}"
    tab = visit(desk.cast.alice)
    tab.go(f"/c/norrsken-bygg/groups/{desk.story.sales.pk}/")
    switch = tab.page.get_by_role("switch", name="Anna Berg inloggad")
    expect(switch).to_have_attribute("aria-checked", "true")
    say(desk, "login", membership(group, desk.anna), Login(on=False), 1, by="Anna Berg", via="phone")
    expect(switch).to_have_attribute("aria-checked", "false", timeout=SEEN_MS)
    expect(tab.page.get_by_text("Utloggad av Anna Berg")).to_contain_text("från telefon")


def test_a_switch_pressed_here_waits_for_the_switch_and_is_seen_in_another_browser(visit: Visitor, desk: Desk) -> None:
    here, there = visit(desk.cast.alice), visit(desk.cast.bob)
    here.go(f"/c/norrsken-bygg/groups/{desk.story.sales.pk}/")
    there.go("/c/norrsken-bygg/me/")
    here.page.get_by_role("switch", name="Bo Dahl inloggad").click()
    expect(here.page.get_by_text("Inte i växeln än")).to_be_visible()
    expect(there.page.get_by_role("switch", name="Inloggad i Försäljning")).to_have_attribute("aria-checked", "false")
    subject = membership(f"group/{desk.story.sales.pk}", desk.bo)
    say(desk, "login", subject, Login(on=False), 1, by="Alice Ek", via="web")
    with scope.customer(desk.id):
        command = str(LiveRegister.objects.get(subject=subject).wanted_command)
    say(desk, "login", subject, Login(on=False), 2, by="Alice Ek", via="web", command=command)
    expect(here.page.get_by_text("Inte i växeln än")).to_have_count(0)
    expect(there.page.get_by_text("Utloggad av Alice Ek")).to_contain_text("på webben")


@pytest.mark.slow
@LOOKS
def test_a_group_with_everything_set_looks_as_it_should(
    visit: Visitor, desk: Desk, name: str, look: dict[str, Any]
) -> None:
    with scope.customer(desk.id):
        third, fourth = person(desk.id, "Cecilia Ängström-Lindqvist", "103"), person(desk.id, "Dan Ek", "104")
        for who in (third, fourth):
            desk.story.sales.members.create(customer_id=desk.id, person=who, position=100 + who.pk)
    group = f"group/{desk.story.sales.pk}"
    say(desk, "login", membership(group, desk.anna), Login(on=False), 1, by="Karin Ek", via="phone")
    say(desk, "pause", desk.bo, Pause(), 2, by="Bo Dahl", via="web")
    away = Diversion(reason="lunch", until=timezone.now() + timedelta(hours=1))
    say(desk, "diversion", f"person/{third.pk}", away, 3, by="Cecilia Ängström-Lindqvist", via="phone")
    tab = visit(desk.cast.alice, **look)
    tab.go(f"/c/norrsken-bygg/groups/{desk.story.sales.pk}/")
    flawless(tab, f"live-group-{name}")
    tab.go("/c/norrsken-bygg/groups/")
    shoot(tab.page, f"live-groups-{name}")


@pytest.mark.slow
@LOOKS
def test_ones_own_page_and_its_form_look_as_they_should(
    visit: Visitor, desk: Desk, name: str, look: dict[str, Any]
) -> None:
    tab = visit(desk.cast.bob, **look)
    tab.allow(422)
    tab.go("/c/norrsken-bygg/me/")
    flawless(tab, f"live-me-{name}")
    tab.page.locator("[data-opens=divert]").click()
    expect(tab.page.get_by_role("dialog")).to_be_visible()
    assert axe(tab.page) == []
    shoot(tab.page, f"live-divert-{name}", full=False)
    tab.page.locator("#divert-clock").fill("kvart")
    tab.page.locator("#divert-form button[type=submit]").click()
    expect(tab.page.locator("#divert-clock")).to_have_attribute("aria-invalid", "true")
    assert axe(tab.page) == []
    tab.page.locator("#divert-clock").fill("1300")
    tab.page.locator("#divert-form button[type=submit]").click()
    expect(tab.page.get_by_role("dialog")).to_have_count(0)
    expect(tab.page.locator("#presence .live-note[data-state=waiting]")).to_be_visible()
    say(desk, "diversion", desk.bo, Diversion(reason="lunch"), 1, by="Bo Dahl", via="phone")
    flawless(tab, f"live-me-away-{name}")


@pytest.mark.slow
@LOOKS
def test_a_person_and_the_hours_closed_by_hand_look_as_they_should(
    visit: Visitor, desk: Desk, name: str, look: dict[str, Any]
) -> None:
    tab = visit(desk.cast.alice, **look)
    say(desk, "diversion", desk.bo, Diversion(reason="meeting"), 1, by="Bo Dahl", via="phone")
    tab.go(f"/c/norrsken-bygg/people/{desk.story.people[1].pk}/")
    flawless(tab, f"live-person-{name}")
    tab.go("/c/norrsken-bygg/opening-hours/")
    tab.page.locator("#hours-status").get_by_role("link").first.click()
    expect(tab.page.get_by_role("dialog")).to_be_visible()
    assert axe(tab.page) == []
    shoot(tab.page, f"live-close-{name}", full=False)
    until = timezone.now() + timedelta(hours=2)
    tab.go("/c/norrsken-bygg/opening-hours/")
    schedule = f"schedule/{desk.story.switch.schedule_id}"
    say(desk, "override", schedule, Override(state="closed", until=until), 2, by="Alice Ek", via="web")
    expect(tab.page.locator("#hours-status form").first).to_be_visible()
    flawless(tab, f"live-hours-{name}")
