"""The picker of one among many in Chromium: by keys and by pointer, on a desk and a phone, in both themes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Locator, Route, expect

from tenants.changes import actions as changes
from tenants.customers import scope
from tenants.destinations.queries import targets
from tests.factories import flow
from tests.factories.cast import Cast, cast
from tests.factories.crowd import crowd
from tests.portal.browser.harness import LOOKS, PHONE, SIZES, Visit, Visitor, axe, overflow, shoot, small_targets

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


SEARCHES = (("", "nummer 0", "Inget"), ("nummer 1", "nummer 101", "nummer 0"), ("xyz", "Inget", "nummer"))
"""What is typed, what is found and what is not."""


@pytest.fixture
def norrsken(live_portal: str) -> tuple[Cast, flow.Story]:
    people = cast()
    with scope.customer(people.norrsken.pk):
        story = flow.story(people.norrsken)
        crowd(people.norrsken, 200)
        changes.publish(customer_id=people.norrsken.pk, by=people.alice, note="Första flödet")
    return people, story


def option(seen: Visit, name: str) -> Locator:
    return seen.page.get_by_role("option", name=name)


def test_somebody_is_found_by_keys_and_stays(norrsken: tuple[Cast, flow.Story], visit: Visitor) -> None:
    people, story = norrsken
    seen, address = visit(people.alice), f"/c/norrsken-bygg/people/{story.people[0].pk}/"
    seen.go(address)
    box, keys = seen.page.get_by_role("combobox", name="När ingen svarar"), seen.page.keyboard
    box.press_sequentially("nummer 15")
    expect(option(seen, "Person nummer 15 20015")).to_have_attribute("aria-selected", "true")
    keys.press("ArrowDown")
    expect(option(seen, "Person nummer 150")).to_have_attribute("aria-selected", "true")
    expect(box).to_have_attribute("aria-expanded", "true")
    active = box.get_attribute("aria-activedescendant")
    assert active == option(seen, "Person nummer 150").get_attribute("id")
    keys.press("Enter")
    expect(box).to_have_value("Person nummer 150 (Användare)")
    expect(box).to_have_attribute("aria-expanded", "false")
    seen.page.locator("#flow").get_by_role("button", name="Spara i utkastet").click()
    expect(seen.page.get_by_text("Sparat i utkastet")).to_be_visible()
    expect(box).to_have_value("Person nummer 150 (Användare)")
    with scope.customer(people.norrsken.pk):
        found = targets(story.people[0].pk)["no_answer"]
    assert found == f"person/{seen.page.locator('select[name=flow-no_answer]').input_value()}"


@pytest.mark.slow
def test_enter_waits_for_the_answer_and_leaving_keeps_what_was_chosen(
    norrsken: tuple[Cast, flow.Story], visit: Visitor
) -> None:
    people, story = norrsken
    seen = visit(people.alice)
    seen.go(f"/c/norrsken-bygg/numbers/{story.number.pk}/")
    box, keys = seen.page.get_by_role("combobox", name="Samtal går till"), seen.page.keyboard
    expect(box).to_have_value("Öppettider (Tidsstyrning)")
    box.click()
    keys.type("20117")
    keys.press("Enter")
    expect(box).to_have_value("Person nummer 117 (Användare)")
    box.fill("ingen heter så")
    expect(seen.page.get_by_text("Inget sådant finns").first).to_be_attached()
    keys.press("Tab")
    expect(box).to_have_value("Person nummer 117 (Användare)")
    box.fill("bo da")
    keys.press("Escape")
    expect(box).to_have_value("Person nummer 117 (Användare)")
    box.fill("")
    keys.press("Tab")
    expect(seen.page.locator("select[name=entry]")).to_have_value("")
    box.click()
    option(seen, "Försäljning").click()
    expect(box).to_have_value("Försäljning (Svarsgrupp)")
    expect(box).to_be_focused()


@pytest.mark.slow
def test_the_answer_to_an_older_search_chooses_nothing(norrsken: tuple[Cast, flow.Story], visit: Visitor) -> None:
    """Who opens the list, types at once and presses Enter gets what was typed, however late the first list comes."""
    people, story = norrsken
    seen = visit(people.alice)
    seen.go(f"/c/norrsken-bygg/numbers/{story.number.pk}/")
    held: list[Route] = []
    seen.page.route(lambda address: address.endswith("q="), lambda route: held.append(route))  # noqa: PLW0108  (Playwright takes no builtin)
    box, keys = seen.page.get_by_role("combobox", name="Samtal går till"), seen.page.keyboard
    seen.page.clock.install()
    seen.page.clock.pause_at(timezone.now() + timedelta(seconds=5))
    box.click()
    expect(box).to_be_focused()
    keys.type("20117")
    assert len(held) == 1
    held[0].continue_()
    seen.page.wait_for_timeout(300)  # longer than an answer takes; the page's own clock stands still
    keys.press("Enter")
    expect(seen.page.locator("select[name=entry] option:checked")).to_have_text("Öppettider (Tidsstyrning)")
    seen.page.clock.run_for(200)
    expect(box).to_have_value("Person nummer 117 (Användare)")


@pytest.mark.slow
def test_others_hear_of_a_choice_once_and_not_of_the_typing(norrsken: tuple[Cast, flow.Story], visit: Visitor) -> None:
    people, story = norrsken
    seen = visit(people.alice)
    seen.go(f"/c/norrsken-bygg/groups/{story.sales.pk}/")
    seen.page.evaluate("""() => { window.heard = [];
      document.addEventListener("change", e => window.heard.push(e.target.name + "=" + e.target.value)) }""")
    box = seen.page.get_by_role("combobox", name="Lägg till någon")
    box.press_sequentially("nummer 3")
    option(seen, "Person nummer 3 20003").click()
    expect(box).to_have_value("Person nummer 3")
    heard = seen.page.evaluate("() => window.heard")
    assert heard == [f"add={seen.page.locator('select[name=add]').input_value()}"]
    seen.page.get_by_role("button", name="Lägg till").click()
    expect(seen.page.locator(".members-name").last).to_have_text("Person nummer 3")
    expect(box).to_have_value("")


@pytest.mark.slow
def test_a_dialog_stays_open_when_the_list_is_left(norrsken: tuple[Cast, flow.Story], visit: Visitor) -> None:
    people, story = norrsken
    seen = visit(people.alice, size=PHONE)
    seen.go(f"/c/norrsken-bygg/people/{story.people[0].pk}/")
    seen.page.get_by_role("button", name="Hänvisa").first.click()
    box = seen.page.locator("dialog[open]").get_by_role("combobox", name="Samtal går till")
    box.tap()
    expect(option(seen, "Bo Dahl")).to_be_visible()
    expect(option(seen, "Huvudmeny")).to_have_count(0)
    box.press("Escape")
    expect(seen.page.get_by_role("listbox")).to_have_count(0)
    expect(seen.page.locator("dialog[open]")).to_be_visible()
    box.tap()
    option(seen, "Bo Dahl").tap()
    expect(box).to_have_value("Bo Dahl (Användare)")


@pytest.mark.slow
@pytest.mark.parametrize(("size", "theme"), LOOKS)
def test_the_open_list_is_clean(norrsken: tuple[Cast, flow.Story], visit: Visitor, size: str, theme: str) -> None:
    people, story = norrsken
    seen = visit(people.alice, size=SIZES[size], theme=theme)
    page, faults = seen.page, []
    pages = {
        "person": (f"people/{story.people[0].pk}/", "När ingen svarar"),
        "number": (f"numbers/{story.number.pk}/", "Samtal går till"),
        "group": (f"groups/{story.sales.pk}/", "Lägg till någon"),
        "menu": (f"call-flow/?step=menu/{story.main.pk}", "Knapp 1 leder till"),
    }
    for name, (address, label) in pages.items():
        seen.go(f"/c/norrsken-bygg/{address}")
        for typed, there, away in SEARCHES:
            box = page.get_by_role("combobox", name=label, exact=True)
            box.click()
            box.fill(typed)
            expect(page.locator(".picker-popup:popover-open")).to_be_visible()
            expect(page.locator(".picker-popup").get_by_text(there).first).to_be_attached()
            expect(page.locator(".picker-popup").get_by_text(away)).to_have_count(0)
            shoot(page, f"picker-{name}-{typed.replace(' ', '-') or 'all'}-{size}-{theme}", full=False)
            faults += [f"{name} {typed}: {fault}" for fault in axe(page)]
            faults += [f"{name} {typed}: {overflow(page)} px too wide"] if overflow(page) > 0 else []
            faults += [f"{name} {typed}: small {target}" for target in small_targets(page)]
            box.press("Escape")
    assert not faults, "\n".join(faults)


@pytest.mark.slow
def test_on_a_phone_each_is_as_large_as_a_thumb(norrsken: tuple[Cast, flow.Story], visit: Visitor) -> None:
    people, story = norrsken
    seen = visit(people.alice, size=PHONE)
    seen.go(f"/c/norrsken-bygg/groups/{story.sales.pk}/")
    box = seen.page.get_by_role("combobox", name="Lägg till någon")
    box.tap()
    first = seen.page.get_by_role("option").nth(1)
    expect(first).to_be_visible()
    for place in (box, first):
        bounds = place.bounding_box()
        assert bounds
        assert bounds["height"] >= 44
