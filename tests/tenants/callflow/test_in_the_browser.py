"""The flow in Chromium: a key from draft to published, by mouse and by keyboard, on every size and in both themes."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tenants.changes import actions as changes
from tenants.changes.models import Object
from tenants.customers import scope
from tenants.destinations import fields
from tenants.destinations.queries import targets
from tenants.routing.objects import Menu as MenuObject
from tests.factories import flow
from tests.factories.cast import Cast, cast
from tests.factories.crowd import lines
from tests.factories.menus import menu
from tests.portal.browser.harness import (
    DESKTOP,
    LOOKS,
    NARROW,
    PHONE,
    Theme,
    Visitor,
    axe,
    overflow,
    shoot,
    small_targets,
)

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PAGE = "/c/norrsken-bygg/call-flow/"
NARROWS = [("narrow", theme) for theme in ("light", "dark")]


@pytest.fixture
def norrsken(live_portal: str) -> tuple[Cast, flow.Story]:
    people = cast()
    with scope.customer(people.norrsken.pk):
        story = flow.story(people.norrsken)
        changes.publish(customer_id=people.norrsken.pk, by=people.alice, note="Första flödet")
    return people, story


def test_a_key_goes_from_draft_to_published(norrsken: tuple[Cast, flow.Story], visit: Visitor) -> None:
    people, story = norrsken
    seen = visit(people.alice)
    page = seen.page
    seen.go(PAGE)
    page.get_by_role("link", name="Huvudmeny", exact=True).first.click()
    page.get_by_label("Ny knapp", exact=True).select_option("3")
    page.get_by_label("Ny knapp leder till").select_option(label="Gemensam röstbrevlåda")
    page.get_by_role("button", name="Lägg till knapp").click()
    expect(page.get_by_label("Knapp 3 leder till")).to_be_visible()
    expect(page.locator(".flow-state")).to_contain_text("Utkast")
    expect(page.get_by_text("Ändrad", exact=True)).to_be_visible()
    page.get_by_role("link", name="Granska och publicera").click()
    expect(page.get_by_text("Knapp 3 ny: Gemensam röstbrevlåda")).to_be_visible()
    page.get_by_label("Anteckning").fill("Knapp 3 till brevlådan")
    page.get_by_role("button", name="Publicera 1 ändring").click()
    expect(page.get_by_role("heading", name="Knapp 3 till brevlådan")).to_be_visible()
    with scope.customer(people.norrsken.pk):
        from tenants.changes.queries import active

        published = active()[f"menu/{story.main.pk}"]
        assert isinstance(published, MenuObject)
        assert {choice.digit for choice in published.choices} == {"0", "1", "2", "3"}
        assert not Object.objects.exclude(draft=None).exclude(published=None).filter(key="menu/0").exists()


def test_the_tree_is_walked_by_keys(norrsken: tuple[Cast, flow.Story], visit: Visitor) -> None:
    seen = visit(norrsken[0].alice)
    page = seen.page
    seen.go(PAGE)
    page.get_by_role("link", name="040-622 10 00").focus()
    for name, key in (("Öppettider", "ArrowRight"), ("Huvudmeny", "ArrowRight"), ("Försäljning", "ArrowRight")):
        page.keyboard.press(key)
        expect(page.locator(":focus")).to_have_text(name)
    page.keyboard.press("ArrowDown")
    expect(page.locator(":focus")).to_have_text("Support")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Support", level=2)).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("x-flow-inspector")).to_have_count(0)


def test_a_member_is_moved_up_by_a_button(norrsken: tuple[Cast, flow.Story], visit: Visitor) -> None:
    people, story = norrsken
    seen = visit(people.alice)
    seen.go(f"/c/norrsken-bygg/groups/{story.sales.pk}/")
    seen.page.get_by_role("button", name="Flytta upp Bo Dahl").click()
    seen.page.get_by_role("button", name="Spara").last.click()
    expect(seen.page.get_by_text("Sparat i utkastet")).to_be_visible()
    with scope.customer(people.norrsken.pk):
        order = list(story.sales.members.order_by("position").values_list("person__destination__name", flat=True))
    assert order == ["Bo Dahl", "Anna Berg"]


@pytest.mark.slow
def test_a_picker_that_searches_follows_what_is_saved(
    norrsken: tuple[Cast, flow.Story], visit: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fields, "MANY", 3)
    people, story = norrsken
    seen = visit(people.alice)
    page = seen.page
    seen.go(f"{PAGE}?step=menu/{story.main.pk}")
    picker = page.get_by_label("Knapp 1 leder till")
    expect(picker).to_have_value("Försäljning (Svarsgrupp)")
    picker.click()
    expect(page.get_by_role("option", name="Support", exact=True)).to_be_visible()
    expect(page.get_by_role("option", name="Huvudmeny")).to_have_count(0)
    page.get_by_role("option", name="Gemensam röstbrevlåda").click()
    page.get_by_label("Ny knapp", exact=True).select_option("3")
    page.get_by_label("Ny knapp leder till").press_sequentially("recep")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Ny knapp leder till")).to_have_value("Receptionen (Svarsgrupp)")
    page.get_by_role("button", name="Lägg till knapp").click()
    expect(page.get_by_label("Knapp 3 leder till")).to_have_value("Receptionen (Svarsgrupp)")
    expect(page.get_by_label("Ny knapp leder till")).to_have_value("")
    expect(picker).to_have_value("Gemensam röstbrevlåda (Röstbrevlåda)")
    picker.click()
    page.keyboard.type("förs")
    expect(page.get_by_role("option", name="Försäljning")).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Escape")
    expect(picker).to_have_value("Gemensam röstbrevlåda (Röstbrevlåda)")
    expect(page.locator("x-flow-inspector")).to_be_visible()
    page.keyboard.type("förs")
    page.get_by_role("option", name="Försäljning").click()
    with page.expect_response("**/save/"):
        page.get_by_role("button", name="Klar").last.click()
    expect(picker).to_have_value("Försäljning (Svarsgrupp)")
    with scope.customer(people.norrsken.pk):
        assert targets(story.main.pk)["key:1"] == f"group/{story.sales.pk}"


@pytest.mark.slow
@pytest.mark.parametrize(("size", "theme"), [*LOOKS, *NARROWS])
def test_every_page_is_clean(norrsken: tuple[Cast, flow.Story], visit: Visitor, size: str, theme: str) -> None:
    people, story = norrsken
    with scope.customer(people.norrsken.pk):
        menu(people.norrsken.pk, "Sommarmeny", keys={"1": story.sales.pk})
        from tenants.menus import actions as menus

        wish = menus.Wish("Support", story.main.prompt_id, {"4": menus.Choice(story.box.pk)}, None, story.desk.pk)
        menus.change(menu=story.support, by=people.alice, version=None, wish=wish)
    seen = visit(people.alice, size={"desktop": DESKTOP, "phone": PHONE, "narrow": NARROW}[size], theme=theme)
    pages = {
        "flow": PAGE,
        "flow-menu": f"{PAGE}?step=menu/{story.main.pk}",
        "flow-group": f"{PAGE}?step=group/{story.sales.pk}",
        "flow-add": f"{PAGE}?add=menu/{story.main.pk}&slot=key:5",
        "flow-new": f"{PAGE}?add=menu/{story.main.pk}&slot=key:5&new=menu",
        "flow-remove": f"{PAGE}?step=group/{story.sales.pk}&remove=1",
        "flow-try": f"{PAGE}{story.number.pk}/try/?when=2026-11-27 15:30&do=digit:1",
        "review": "/c/norrsken-bygg/publishing/review/",
        "publishing": "/c/norrsken-bygg/publishing/",
        "groups": "/c/norrsken-bygg/groups/",
        "group": f"/c/norrsken-bygg/groups/{story.sales.pk}/",
        "menus": "/c/norrsken-bygg/menus/",
        "announcements": "/c/norrsken-bygg/announcements/",
    }
    faults = []
    for name, address in pages.items():
        seen.go(address)
        shoot(seen.page, f"{name}-{size}-{theme}", full=size != "desktop")
        faults += [f"{name}: {fault}" for fault in axe(seen.page)]
        faults += [f"{name}: {overflow(seen.page)} px too wide"] if overflow(seen.page) > 0 else []
        faults += [f"{name}: small {target}" for target in small_targets(seen.page)]
    assert not faults, "\n".join(faults)


@pytest.mark.slow
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_another_of_many_numbers_is_found_by_keys(
    norrsken: tuple[Cast, flow.Story], visit: Visitor, theme: Theme
) -> None:
    people, _story = norrsken
    with scope.customer(people.norrsken.pk):
        lines(people.norrsken, fields.MANY)
    for size in (DESKTOP, PHONE, NARROW):
        seen = visit(people.alice, size=size, theme=theme)
        page, keys = seen.page, seen.page.keyboard
        seen.go(PAGE)
        page.get_by_role("combobox", name="Visa flödet för").focus()
        keys.type("nummer 117")
        expect(page.get_by_role("option", name="Nummer 117")).to_have_attribute("aria-selected", "true")
        flaws = [*axe(page), *small_targets(page), *(["too wide"] if overflow(page) else [])]
        assert flaws == []
        keys.press("Enter")
        keys.press("Enter")
        expect(page.locator(".flow-canvas").get_by_text("Nummer 117")).to_be_visible()
        page.context.close()
