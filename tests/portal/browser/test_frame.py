"""A customer's page in the frame: menu, switcher, pill, receipts, refusals, a broken answer, an ended session."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from tenants.customers import scope
from tests.factories.cast import Cast, cast, let_in
from tests.factories.schedules import schedule
from tests.portal.browser.harness import LOOKS, PHONE, SIZES, Theme, Visit, Visitor, axe, overflow, shoot, small_targets

pytestmark = pytest.mark.browser
FRAME = "/c/norrsken-bygg/frame/"


@pytest.fixture
def people(live_portal: str, settings: Any) -> Cast:
    """The cast, and a page of Norrsken's to stand on."""
    settings.ROOT_URLCONF = "tests.portal.browser.pages"
    return cast()


def _open(visit: Visitor, people: Cast, **look: Any) -> Visit:
    tab = visit(people.alice, **look)
    tab.go(FRAME)
    return tab


@pytest.mark.parametrize(("size", "theme"), LOOKS)
def test_frame_has_no_flaw(visit: Visitor, people: Cast, size: str, theme: Theme) -> None:
    tab = _open(visit, people, size=SIZES[size], theme=theme)
    expect(tab.page.locator(".receipt")).to_contain_text("Gäller i växeln efter 412 ms")
    shoot(tab.page, f"frame-{size}-{theme}", full=False)
    assert axe(tab.page) == []
    assert overflow(tab.page) == 0
    assert small_targets(tab.page, 44 if size == "phone" else 24) == []


def test_pill_hears_of_a_save_that_somebody_else_makes(visit: Visitor, people: Cast) -> None:
    tab = _open(visit, people)
    pill = tab.page.locator(".publish-pill")
    expect(pill).to_have_text("Inget publicerat än")
    with scope.customer(people.norrsken.pk):
        schedule(people.norrsken)
    tab.page.evaluate("document.body.dispatchEvent(new CustomEvent('release'))")
    expect(pill).to_have_text("Publicerar …")


def test_switcher_fetches_the_companies_when_opened(visit: Visitor, people: Cast) -> None:
    let_in(people.bageri, people.alice)
    tab = _open(visit, people)
    tab.page.get_by_role("button", name="Norrsken Bygg AB").click()
    expect(tab.page.locator(".popover-companies")).to_contain_text("Lilla Bageriet")
    shoot(tab.page, "switcher", full=False)
    assert axe(tab.page) == []


def test_refused_form_is_shown_and_its_first_wrong_field_focused(visit: Visitor, people: Cast) -> None:
    tab = _open(visit, people)
    tab.allow(422)
    tab.page.get_by_role("button", name="Spara").click()
    expect(tab.page.get_by_role("alert")).to_have_text("Skriv ett namn.")
    expect(tab.page.get_by_label("Namn")).to_be_focused()
    assert axe(tab.page) == []


def test_saved_form_says_so_with_an_undo(visit: Visitor, people: Cast) -> None:
    tab = _open(visit, people, size=PHONE)
    tab.page.get_by_label("Namn").fill("Support")
    tab.page.get_by_role("button", name="Spara").click()
    toast = tab.page.locator(".toast")
    expect(toast).to_contain_text("Sparat.")
    expect(toast.get_by_role("button", name="Ångra")).to_be_visible()
    shoot(tab.page, "toast-phone", full=False)
    assert axe(tab.page) == []


def test_broken_answer_leaves_the_page_and_says_so(visit: Visitor, people: Cast) -> None:
    tab = _open(visit, people)
    tab.allow(500)
    tab.page.get_by_label("Namn").fill("500")
    tab.page.get_by_role("button", name="Spara").click()
    expect(tab.page.locator(".toast")).to_contain_text("Försök igen om en stund")
    expect(tab.page.get_by_label("Namn")).to_have_value("500")


def test_lost_network_is_said_and_the_button_works_again(visit: Visitor, people: Cast) -> None:
    tab = _open(visit, people)
    tab.page.route("**/frame/save/", lambda route: route.abort("internetdisconnected"))
    tab.page.get_by_label("Namn").fill("Support")
    tab.page.get_by_role("button", name="Spara").click()
    expect(tab.page.locator(".toast")).to_contain_text("Nätverket svarar inte")
    tab.page.unroute("**/frame/save/")
    tab.page.get_by_role("button", name="Spara").click()
    expect(tab.page.locator(".toast")).to_contain_text("Sparat.")
    lost = ("ERR_INTERNET_DISCONNECTED", "Failed to fetch")
    tab.problems[:] = [problem for problem in tab.problems if not any(word in problem for word in lost)]


def test_ended_session_leads_to_the_login_and_back(visit: Visitor, people: Cast) -> None:
    tab = _open(visit, people)
    tab.page.wait_for_timeout(1500)  # the page asks by itself as its stream begins
    tab.page.context.clear_cookies(name="sessionid")
    tab.allow(403)
    tab.page.get_by_role("button", name="Norrsken Bygg AB").click()
    tab.page.wait_for_url(lambda url: "/login/?next=%2Fc%2Fnorrsken-bygg%2Fframe%2F" in url)


def test_skip_link_is_first_and_leads_to_the_content(visit: Visitor, people: Cast) -> None:
    tab = _open(visit, people)
    tab.page.keyboard.press("Tab")
    expect(tab.page.get_by_role("link", name="Hoppa till innehållet")).to_be_focused()
    shoot(tab.page, "skip-link", full=False)
    tab.page.keyboard.press("Enter")
    expect(tab.page.locator("main")).to_be_focused()


def test_stranger_finds_nothing(visit: Visitor, people: Cast) -> None:
    tab = visit(people.charlie)
    tab.allow(404)
    tab.go(FRAME)
    expect(tab.page.get_by_role("heading", name="Sidan finns inte")).to_be_visible()


def test_offline_page_is_shown_when_the_network_is_gone(visit: Visitor, people: Cast) -> None:
    tab = _open(visit, people)
    tab.page.evaluate("() => navigator.serviceWorker.ready.then(() => true)")
    tab.go(FRAME)
    tab.page.context.set_offline(True)
    tab.page.goto(tab.origin + FRAME)
    expect(tab.page.get_by_role("heading", name="Ingen anslutning")).to_be_visible()
    shoot(tab.page, "offline")
    tab.page.context.set_offline(False)
    tab.page.get_by_role("button", name="Försök igen").click()
    expect(tab.page.get_by_role("heading", name="Provsida")).to_be_visible()
    # The pill may just have been asking.
    gone = ("ERR_INTERNET_DISCONNECTED", "Failed to fetch")
    tab.problems[:] = [problem for problem in tab.problems if not any(word in problem for word in gone)]
