"""A group's line in Chromium, on every size and in both themes."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tenants.customers import scope
from tenants.groups.compile import compile_group
from tenants.groups.models import Group
from tests.factories import flow
from tests.factories.cast import Cast, cast
from tests.factories.groups import group
from tests.factories.prompts import prompt
from tests.portal.browser.harness import LOOKS, SIZES, Theme, Visitor, axe, overflow, shoot, small_targets

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def norrsken(live_portal: str) -> tuple[Cast, int]:
    people = cast()
    with scope.customer(people.norrsken.pk):
        customer = people.norrsken.pk
        anna, box = flow.person(customer), flow.mailbox(customer)
        prompt(customer, "Musik")
        row = group(customer, "Support", members=(anna.pk,), no_answer_id=box.pk)
    return people, row.pk


@pytest.mark.slow
def test_a_line_is_asked_about_when_callers_wait(norrsken: tuple[Cast, int], visit: Visitor) -> None:
    people, ident = norrsken
    seen = visit(people.alice)
    page = seen.page
    seen.go(f"/c/norrsken-bygg/groups/{ident}/")
    expect(page.get_by_label("Längsta väntetid, sekunder")).to_be_hidden()
    page.get_by_label("De som ringer väntar i kö när alla är upptagna").check()
    page.get_by_label("Längsta väntetid, sekunder").fill("90")
    page.get_by_label("Musik", exact=True).select_option(label="Musik")
    page.get_by_role("button", name="Spara", exact=True).click()
    expect(page.get_by_label("Längsta väntetid, sekunder")).to_have_value("90")
    with scope.customer(people.norrsken.pk):
        rules = compile_group(Group.objects.get(pk=ident)).waiting
    assert rules is not None
    assert rules.max_wait_seconds == 90


@pytest.mark.slow
@pytest.mark.parametrize(("size", "theme"), LOOKS)
def test_the_page_of_a_line_is_whole(norrsken: tuple[Cast, int], visit: Visitor, size: str, theme: Theme) -> None:
    people, ident = norrsken
    seen = visit(people.alice, size=SIZES[size], theme=theme)
    seen.go(f"/c/norrsken-bygg/groups/{ident}/")
    seen.page.get_by_label("De som ringer väntar i kö när alla är upptagna").check()
    shoot(seen.page, f"group-line-{size}-{theme}")
    assert axe(seen.page) == []
    assert overflow(seen.page) <= 0
    assert small_targets(seen.page) == []
