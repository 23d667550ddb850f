"""The style guide, the account pages and the frame, in every size, theme and language."""

from __future__ import annotations

import re
from itertools import product

import pytest
from playwright.sync_api import expect

from tests.factories.cast import PASSWORD, Cast, cast
from tests.portal.browser.harness import NARROW, PHONE, SIZES, Theme, Visitor, axe, overflow, shoot, small_targets

pytestmark = pytest.mark.browser

SEEN = {("desktop", "light", "sv"), ("phone", "dark", "en")}
WORDED = [
    pytest.param(*look, marks=() if look in SEEN else pytest.mark.slow)
    for look in product(SIZES, ("light", "dark"), ("sv", "en"))
]
"""Every window, theme and language; what ``make test`` leaves to ``make test-all`` is marked."""


@pytest.fixture
def people(live_portal: str) -> Cast:
    """The cast, in the database the browser's server sees."""
    return cast()


@pytest.mark.slow
@pytest.mark.parametrize(("size", "theme", "language"), WORDED)
def test_style_guide_has_no_flaw(visit: Visitor, people: Cast, size: str, theme: Theme, language: str) -> None:
    tab = visit(people.sam, size=SIZES[size], theme=theme, language=language)
    tab.go("/styleguide/")
    shoot(tab.page, f"styleguide-{size}-{theme}-{language}")
    expect(tab.page.locator("html")).to_have_attribute("lang", language)
    assert axe(tab.page) == []
    assert overflow(tab.page) == 0
    assert small_targets(tab.page) == []


@pytest.mark.parametrize(("size", "theme", "language"), WORDED)
def test_login_page_has_no_flaw(visit: Visitor, size: str, theme: Theme, language: str) -> None:
    tab = visit(size=SIZES[size], theme=theme, language=language)
    tab.go("/login/")
    shoot(tab.page, f"login-{size}-{theme}-{language}")
    assert axe(tab.page) == []
    assert overflow(tab.page) == 0


@pytest.mark.parametrize("path", ["/styleguide/", "/login/", "/offline/", "/account/password/"])
def test_pages_fit_a_window_of_320_pixels(visit: Visitor, people: Cast, path: str) -> None:
    tab = visit(people.sam if path in ("/styleguide/", "/account/password/") else None, size=NARROW)
    tab.go(path)
    assert overflow(tab.page) == 0


def test_wrong_password_keeps_the_address_and_says_so(visit: Visitor, people: Cast) -> None:
    tab = visit(size=PHONE)
    tab.allow(422)
    tab.go("/login/")
    tab.page.get_by_label("E-post").fill("alice@norrsken.test")
    tab.page.get_by_label("Lösenord").fill("fel")
    tab.page.get_by_role("button", name="Logga in").click()
    expect(tab.page.get_by_role("alert")).to_contain_text("stämmer inte ihop")
    expect(tab.page.get_by_label("E-post")).to_have_value("alice@norrsken.test")
    shoot(tab.page, "login-phone-wrong")
    assert axe(tab.page) == []


def test_logging_in_by_keyboard_alone(visit: Visitor, people: Cast) -> None:
    tab = visit()
    tab.go("/login/")
    tab.page.keyboard.type("alice@norrsken.test")
    tab.page.keyboard.press("Tab")
    tab.page.keyboard.type(PASSWORD)
    tab.page.keyboard.press("Enter")
    tab.page.wait_for_url(lambda url: "/login/" not in url)


@pytest.mark.parametrize(("size", "theme", "language"), WORDED)
def test_password_page_has_no_flaw(visit: Visitor, people: Cast, size: str, theme: Theme, language: str) -> None:
    tab = visit(people.bob, size=SIZES[size], theme=theme, language=language)
    tab.allow(422)
    tab.go("/account/password/?next=/c/norrsken-bygg/")
    shoot(tab.page, f"password-{size}-{theme}-{language}")
    assert axe(tab.page) == []
    assert overflow(tab.page) == 0
    assert small_targets(tab.page) == []
    tab.page.keyboard.type("fel")
    tab.page.keyboard.press("Enter")
    expect(tab.page.locator("[aria-invalid=true]").first).to_be_visible()
    shoot(tab.page, f"password-wrong-{size}-{theme}-{language}")
    assert axe(tab.page) == []


def test_a_password_is_changed_from_the_account_menu(visit: Visitor, people: Cast) -> None:
    tab = visit(people.bob, size=PHONE)
    tab.go("/c/norrsken-bygg/")
    tab.page.get_by_role("button", name="Konto: Bob Lind").click()
    shoot(tab.page, "account-menu-phone", full=False)
    tab.page.get_by_role("link", name="Byt lösenord").click()
    tab.page.get_by_label("Lösenordet du har nu").fill(PASSWORD)
    tab.page.get_by_label("Nytt lösenord").fill("havtorn cykel nitton")
    tab.page.get_by_label("Nya lösenordet en gång till").fill("havtorn cykel nitton")
    tab.page.get_by_role("button", name="Byt lösenord").click()
    expect(tab.page.get_by_text("Lösenordet är bytt")).to_be_visible()
    expect(tab.page).to_have_url(re.compile("/c/norrsken-bygg/$"))


def test_dialog_opens_traps_focus_and_gives_it_back(visit: Visitor, people: Cast) -> None:
    tab = visit(people.sam, size=PHONE)
    tab.go("/styleguide/")
    opener = tab.page.locator('[data-opens="close-now"]')
    opener.click()
    dialog = tab.page.get_by_role("dialog", name="Stäng växeln nu")
    expect(dialog).to_be_visible()
    shoot(tab.page, "dialog-phone", full=False)
    assert axe(tab.page) == []
    tab.page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(opener).to_be_focused()


@pytest.mark.slow
def test_drawer_is_a_panel_on_a_desk_and_a_sheet_on_a_phone(visit: Visitor, people: Cast) -> None:
    for size in SIZES:
        tab = visit(people.sam, size=SIZES[size])
        tab.go("/styleguide/")
        tab.page.locator('[data-opens="side"]').click()
        drawer = tab.page.get_by_role("dialog", name="Faktura och avtal")
        expect(drawer).to_be_visible()
        shoot(tab.page, f"drawer-{size}", full=False)
        drawer.get_by_role("button", name="Stäng panelen").click()
        expect(drawer).to_be_hidden()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("typed", "shown"),
    [("8", "08:00"), ("830", "08:30"), ("8.30", "08:30"), ("0830", "08:30"), ("24", "24:00"), ("25", "25"), ("x", "x")],
)
def test_time_field_reads_what_people_type(visit: Visitor, people: Cast, typed: str, shown: str) -> None:
    tab = visit(people.sam)
    tab.go("/styleguide/")
    field = tab.page.get_by_role("textbox", name="Måndag, från")
    field.fill(typed)
    field.blur()
    expect(field).to_have_value(shown)


@pytest.mark.slow
def test_calendar_picks_a_day_by_keyboard(visit: Visitor, people: Cast) -> None:
    tab = visit(people.sam, language="sv")
    tab.go("/styleguide/")
    tab.page.get_by_role("button", name="Öppna kalendern").click()
    calendar = tab.page.get_by_role("dialog", name="Välj dag")
    expect(calendar.get_by_text("december 2026")).to_be_visible()
    shoot(tab.page, "calendar", full=False)
    assert axe(tab.page) == []
    for key in ("ArrowDown", "ArrowRight", "Enter"):
        tab.page.keyboard.press(key)
    expect(tab.page.get_by_label("Dag", exact=True)).to_have_value("2027-01-01")


def test_order_changes_by_buttons_and_is_said_aloud(visit: Visitor, people: Cast) -> None:
    tab = visit(people.sam)
    tab.go("/styleguide/")
    tab.page.get_by_role("button", name="Flytta ned Anna Åkesson").click()
    items = tab.page.get_by_role("list", name="Svarsordning").get_by_role("listitem")
    expect(items.nth(1)).to_contain_text("Anna Åkesson")
    expect(tab.page.locator("x-sortable [role=status]")).to_have_text("Flyttad till plats 2 av 3")
    expect(tab.page.get_by_role("button", name="Flytta upp Bo Berg")).to_be_disabled()


def test_order_changes_by_dragging(visit: Visitor, people: Cast) -> None:
    tab = visit(people.sam)
    tab.go("/styleguide/")
    handles = tab.page.locator(".sortable-handle")
    handles.nth(0).drag_to(handles.nth(2))
    items = tab.page.get_by_role("list", name="Svarsordning").get_by_role("listitem")
    expect(items.nth(2)).to_contain_text("Anna Åkesson")


@pytest.mark.slow
def test_one_toast_at_a_time_that_waits_while_pointed_at(visit: Visitor, people: Cast) -> None:
    tab = visit(people.sam)
    tab.page.clock.install()
    tab.go("/styleguide/?toast")
    toast = tab.page.locator(".toast")
    expect(toast).to_contain_text("Fredag stänger kl. 15:00.")
    expect(toast.get_by_role("button", name="Ångra")).to_be_visible()
    shoot(tab.page, "toast", full=False)
    toast.hover()
    tab.page.clock.run_for(20_000)
    expect(toast).to_be_visible()
    tab.page.mouse.move(5, 5)
    tab.page.clock.run_for(7_000)
    expect(toast).to_have_count(0)
    tab.page.evaluate(
        "() => ['Ett', 'Två'].forEach(m => document.body.dispatchEvent("
        "new CustomEvent('toast', {bubbles: true, detail: {message: m}})))"
    )
    expect(toast).to_have_count(1)
    expect(toast).to_contain_text("Två")


@pytest.mark.slow
def test_theme_is_saved_and_beats_the_device(visit: Visitor, people: Cast) -> None:
    tab = visit(people.sam, theme="light")
    tab.go("/styleguide/")
    tab.page.get_by_role("button", name="Konto: Sam Stab").click()
    shoot(tab.page, "account-menu", full=False)
    assert axe(tab.page) == []
    tab.page.get_by_role("button", name="Mörkt").click()
    expect(tab.page.locator("html")).to_have_attribute("data-theme", "dark")
    tab.page.get_by_role("button", name="Konto: Sam Stab").click()
    tab.page.get_by_role("button", name="English").click()
    expect(tab.page.locator("html")).to_have_attribute("lang", "en")


def test_menu_sheet_on_a_phone(visit: Visitor, people: Cast) -> None:
    tab = visit(people.sam, size=PHONE)
    tab.go("/styleguide/")
    tab.page.get_by_role("button", name="Mer", exact=True).click()
    menu = tab.page.get_by_role("navigation", name="Huvudmeny")
    shoot(tab.page, "menu-phone", full=False)
    assert axe(tab.page) == []
    tab.page.keyboard.press("Escape")
    expect(menu).to_be_hidden()


def test_unknown_address_is_said_in_the_house_words(visit: Visitor, people: Cast) -> None:
    tab = visit(people.alice)
    tab.allow(404)
    tab.go("/finns-inte/")
    expect(tab.page.get_by_role("heading", name="Sidan finns inte")).to_be_visible()
    shoot(tab.page, "404")
    assert axe(tab.page) == []


def test_login_works_without_scripts(chromium, live_portal: str, people: Cast) -> None:  # type: ignore[no-untyped-def]
    page = chromium.new_context(java_script_enabled=False, locale="sv-SE").new_page()
    page.goto(f"{live_portal}/login/")
    page.get_by_label("E-post").fill("charlie@bageriet.test")
    page.get_by_label("Lösenord").fill(PASSWORD)
    page.get_by_role("button", name="Logga in").click()
    assert "/login/" not in page.url
    page.context.close()
