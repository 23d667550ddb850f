"""A customer's first page, in every size and theme."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tenants.customers import scope
from tests.factories.cast import Cast, cast
from tests.factories.flow import story
from tests.portal.browser.harness import LOOKS, NARROW, SIZES, Theme, Visitor, axe, overflow, shoot, small_targets

pytestmark = pytest.mark.browser
ADDRESS = "/c/norrsken-bygg/"


@pytest.fixture
def people(live_portal: str) -> Cast:
    """The cast; Norrsken has hours, a menu, a group and people, the bakery nothing yet."""
    everybody = cast()
    with scope.customer(everybody.norrsken.pk):
        story(everybody.norrsken)
    return everybody


@pytest.mark.parametrize(("size", "theme"), LOOKS)
def test_overview_has_no_flaw(visit: Visitor, people: Cast, size: str, theme: Theme) -> None:
    tab = visit(people.alice, size=SIZES[size], theme=theme)
    tab.go(ADDRESS)
    expect(tab.page.get_by_role("heading", name="Översikt")).to_be_visible()
    shoot(tab.page, f"overview-{size}-{theme}")
    assert axe(tab.page) == []
    assert overflow(tab.page) == 0
    assert small_targets(tab.page) == []


def test_overview_of_an_empty_company_says_what_to_do(visit: Visitor, people: Cast) -> None:
    tab = visit(people.charlie)
    tab.go("/c/lilla-bageriet/")
    expect(tab.page.get_by_role("heading", name="Inga öppettider än")).to_be_visible()
    shoot(tab.page, "overview-empty")
    assert axe(tab.page) == []


def test_overview_fits_320_pixels(visit: Visitor, people: Cast) -> None:
    tab = visit(people.bob, size=NARROW)
    tab.go(ADDRESS)
    assert overflow(tab.page) == 0
