"""Öppettider in Chromium: the story's Friday, the taps a thumb needs, sheets, refusals, flaws."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, Route, expect

from tenants.changes.models import Publication
from tenants.customers import scope
from tenants.nodes.models import Receipt
from tenants.routing.objects import ExceptionRule, HolidayRule, Opening, Period, WeekDay
from tenants.routing.objects import Schedule as Object
from tenants.schedules import actions, date_actions
from tenants.schedules.compile import compile_schedule
from tenants.schedules.models import Schedule
from tests.factories.cast import Cast, cast
from tests.factories.schedules import OFFICE_WEEK, schedule
from tests.portal.browser.harness import (
    LOOKS,
    NARROW,
    PHONE,
    SIZES,
    Theme,
    Visit,
    Visitor,
    axe,
    overflow,
    shoot,
    small_targets,
)

pytestmark = pytest.mark.browser
TUESDAY_1041 = datetime(2026, 11, 24, 9, 41, tzinfo=UTC)


@pytest.fixture
def people(live_portal: str, monkeypatch: pytest.MonkeyPatch) -> Cast:
    """The cast on a Tuesday morning, with the hours of an office that plans ahead."""
    everybody = cast()
    start = timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: TUESDAY_1041 + (datetime.now(start.tzinfo) - start))
    with scope.customer(everybody.norrsken.pk):
        _plan(everybody, schedule(everybody.norrsken, by=everybody.alice))
        schedule(everybody.norrsken, "Kundtjänst")
        schedule(everybody.norrsken, "Lagret Luleå")
    return everybody


def _plan(people: Cast, row: Schedule) -> None:
    def exception(name: str, first: date, last: date, *openings: Opening) -> None:
        rule = ExceptionRule(id=0, name=name, first=first, last=last, openings=openings)
        date_actions.add_exception(schedule=row, by=people.alice, version=None, rule=rule)

    exception("Julbord", date(2026, 12, 11), date(2026, 12, 11), Opening(start=480, end=720))
    exception("Mellandagar", date(2026, 12, 28), date(2026, 12, 30), Opening(start=540, end=900))
    summer = tuple(WeekDay(weekday=day, openings=(Opening(start=540, end=900),)) for day in range(5))
    period = Period(id=0, name="Semester", first=date(2027, 6, 28), last=date(2027, 8, 1), week=summer, yearly=True)
    date_actions.add_period(schedule=row, by=people.alice, version=None, period=period)
    days = ("julafton", "juldagen", "annandag_jul", "nyarsafton", "nyarsdagen", "langfredagen", "midsommarafton")
    rules = {day: HolidayRule(day=day) for day in days}
    date_actions.set_holidays(schedule=row, by=people.alice, version=None, rules=rules)
    actions.toggle_lunch(schedule=row, by=people.alice, version=None, weekday=0)
    actions.set_week(schedule=row, by=people.alice, version=None, days={4: [Opening(start=480, end=1020)]})


def _open(visit: Visitor, people: Cast, **look: Any) -> Visit:
    tab = visit(people.alice, **look)
    tab.go("/c/norrsken-bygg/opening-hours/")
    return tab


def _stored(people: Cast) -> Object:
    with scope.customer(people.norrsken.pk):
        return compile_schedule(Schedule.objects.get(name="Huvudnummer"))


def _signed(people: Cast) -> None:
    """The switch's own word that it has everything."""
    with scope.customer(people.norrsken.pk):
        publication = Publication.objects.get()
        Receipt.objects.create(
            customer=people.norrsken, node=people.node, epoch=publication.epoch, generation=publication.generation,
            root=publication.root, effective_at=datetime.now(UTC) + timedelta(milliseconds=5), milliseconds=4.0,
        )  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(("size", "theme"), LOOKS)
def test_the_page_has_no_flaw(visit: Visitor, people: Cast, size: str, theme: Theme) -> None:
    _signed(people)
    tab = _open(visit, people, size=SIZES[size], theme=theme)
    shoot(tab.page, f"hours-{size}-{theme}", full=size == "desktop")
    assert axe(tab.page) == []
    assert overflow(tab.page) == 0
    assert small_targets(tab.page, 24) == []
    tab.page.get_by_role("heading", name="Hela året").scroll_into_view_if_needed()
    shoot(tab.page, f"hours-year-{size}-{theme}", full=False)


@pytest.mark.slow
def test_nothing_is_cut_off_at_320_pixels(visit: Visitor, people: Cast) -> None:
    tab = _open(visit, people, size=NARROW)
    tab.page.get_by_role("button", name="Måndag").click()
    shoot(tab.page, "hours-320")
    assert overflow(tab.page) == 0
    assert axe(tab.page) == []


def test_friday_closes_at_three_with_a_receipt_and_an_undo(visit: Visitor, people: Cast) -> None:
    tab = _open(visit, people)
    until = tab.page.get_by_label("Fredag, till")
    until.fill("15")
    until.press("Tab")
    expect(until).to_have_value("15:00")
    tab.page.locator("h1").click()
    expect(tab.page.locator(".toast")).to_contain_text("Sparat")
    expect(tab.page.locator("#hours .receipt")).to_contain_text("På väg till växeln")
    assert _stored(people).week[4].openings == (Opening(start=480, end=900),)
    _signed(people)
    expect(tab.page.locator("#hours .receipt")).to_contain_text(re.compile(r"Gäller i växeln efter \d+ ms"))
    tab.page.locator(".toast").get_by_role("button", name="Ångra").click()
    expect(tab.page.get_by_label("Fredag, till")).to_have_value("17:00")
    assert _stored(people).week[4].openings == (Opening(start=480, end=1020),)


@pytest.mark.slow
def test_a_late_answer_about_an_older_change_is_not_taken_for_the_new_one(visit: Visitor, people: Cast) -> None:
    held: list[Route] = []
    tab = visit(people.alice)
    tab.page.route(
        re.compile(r"/receipt/\d+/\?seen=waiting$"), lambda route: route.continue_() if held else held.append(route)
    )
    with tab.page.expect_request(re.compile(r"/receipt/\d+/\?seen=waiting$")) as asked:
        tab.go("/c/norrsken-bygg/opening-hours/")
    old = urlsplit(asked.value.url).path + "?seen=waiting"
    _signed(people)
    until = tab.page.get_by_label("Fredag, till")
    until.fill("15")
    until.press("Tab")
    tab.page.locator("h1").click()
    expect(tab.page.locator(".toast")).to_contain_text("Sparat")
    with tab.page.expect_response(re.compile(f"{re.escape(old)}$")) as late:
        held[0].continue_()
    assert "Gäller i växeln" in late.value.text()
    expect(tab.page.locator("#hours .receipt")).to_have_attribute("data-state", "waiting")
    expect(tab.page.locator("#hours .receipt")).not_to_have_attribute("hx-get", old)
    _signed(people)
    expect(tab.page.locator("#hours .receipt")).to_contain_text(re.compile(r"Gäller i växeln efter \d+ ms"))


@pytest.mark.slow
def test_hours_that_cannot_be_are_kept_and_said(visit: Visitor, people: Cast) -> None:
    tab = _open(visit, people)
    tab.allow(422)
    until = tab.page.get_by_label("Torsdag, till")
    until.fill("25:00")
    until.press("Enter")
    expect(tab.page.get_by_role("alert")).to_contain_text("Skriv en tid mellan 00:00 och 24:00")
    expect(tab.page.get_by_label("Torsdag, till")).to_have_value("25:00")
    shoot(tab.page, "hours-error", full=False)
    assert axe(tab.page) == []
    assert _stored(people).week[3].openings == tuple(OFFICE_WEEK[3])


@pytest.mark.slow
def test_a_second_line_can_be_added_filled_and_removed(visit: Visitor, people: Cast) -> None:
    tab = _open(visit, people)
    tab.page.get_by_role("button", name="En tid till, Onsdag").click()
    fields = tab.page.get_by_role("group", name="Onsdag").nth(1).get_by_role("textbox")
    expect(fields.first).to_be_focused()
    fields.first.fill("18")
    fields.nth(1).fill("20")
    fields.nth(1).press("Enter")
    expect(tab.page.locator(".toast")).to_contain_text("Sparat")
    assert [part.start for part in _stored(people).week[2].openings] == [480, 1080]
    tab.page.get_by_role("button", name="Ta bort 18:00–20:00, Onsdag").click()
    expect(tab.page.get_by_role("group", name="Onsdag")).to_have_count(1)
    assert [part.start for part in _stored(people).week[2].openings] == [480]


class Taps:
    """A thumb on a phone: each tap is counted."""

    def __init__(self, page: Page) -> None:
        self.page, self.count = page, 0

    def on(self, name: str | re.Pattern[str], role: Any = "button") -> None:
        self.page.get_by_role(role, name=name).first.tap()
        self.count += 1


def test_closing_for_the_day_takes_two_taps_and_opening_again_one(visit: Visitor, people: Cast) -> None:
    tab = _open(visit, people, size=PHONE)
    taps = Taps(tab.page)
    taps.on("Stäng nu", "link")
    expect(tab.page.get_by_role("dialog")).to_be_visible()
    shoot(tab.page, "hours-today-phone", full=False)
    assert axe(tab.page) == []
    assert small_targets(tab.page, 24) == []
    tab.page.get_by_role("dialog").get_by_role("button", name="Stäng nu").tap()
    taps.count += 1
    expect(tab.page.get_by_role("heading", name="Stängt för hand")).to_be_visible()
    expect(tab.page.get_by_text("Inte i växeln än")).to_be_visible()
    expect(tab.page.get_by_role("dialog")).to_have_count(0)
    assert taps.count == 2
    shoot(tab.page, "hours-closed-phone", full=False)
    taps.on("Återgå till schemat")
    expect(tab.page.get_by_role("heading", name="Öppet just nu")).to_be_visible()
    assert taps.count == 3


@pytest.mark.slow
def test_the_other_taps_are_as_few_as_promised(visit: Visitor, people: Cast) -> None:
    """Lunch 1 inside an open day, copying Monday 1, all red days 2."""
    tab = _open(visit, people, size=PHONE)
    taps = Taps(tab.page)
    taps.on(re.compile("^Tisdag"))
    taps.on("Stäng för lunch, Tisdag")
    expect(tab.page.get_by_label("Tisdag, lunch, från")).to_have_value("12:00")
    tab.page.get_by_role("heading", name="Ordinarie vecka").scroll_into_view_if_needed()
    shoot(tab.page, "hours-week-phone", full=False)
    assert taps.count == 2
    taps.on("Samma tid mån–fre")
    expect(tab.page.get_by_role("button", name=re.compile("^Fredag"))).to_contain_text("08:00–12:00, 13:00–17:00")
    week = _stored(people).week
    assert all(day.openings == week[0].openings for day in week)
    assert taps.count == 3


@pytest.mark.slow
def test_all_red_days_and_eves_take_two_taps(visit: Visitor, people: Cast) -> None:
    with scope.customer(people.norrsken.pk):
        other = Schedule.objects.get(name="Kundtjänst")
    tab = visit(people.alice, size=PHONE)
    tab.go(f"/c/norrsken-bygg/opening-hours/{other.pk}/")
    taps = Taps(tab.page)
    taps.on(re.compile("lägg in alla på en gång"), "link")
    expect(tab.page.get_by_role("dialog")).to_be_visible()
    shoot(tab.page, "hours-holidays-phone", full=False)
    assert axe(tab.page) == []
    taps.on("Lägg in")
    expect(tab.page.locator(".toast")).to_contain_text("inlagda")
    assert taps.count == 2
    with scope.customer(people.norrsken.pk):
        days = {rule.day for rule in compile_schedule(other).holidays}
    assert {"midsommarafton", "julafton", "langfredagen"} <= days
    assert days.isdisjoint({"klamdag", "skartorsdag"})


@pytest.mark.slow
def test_a_day_pressed_in_the_year_is_changed_in_its_sheet(visit: Visitor, people: Cast) -> None:
    tab = _open(visit, people)
    tab.allow(422)
    tab.page.get_by_role("link", name="torsdag 24 december, Julafton").click()
    expect(tab.page.get_by_role("dialog", name="Torsdag 24 december")).to_be_visible()
    shoot(tab.page, "hours-day", full=False)
    tab.page.get_by_role("radio", name="Andra tider").check()
    dialog = tab.page.get_by_role("dialog")
    dialog.get_by_label("Öppettider, till").first.fill("8:00")
    dialog.get_by_role("button", name="Spara").click()
    expect(dialog.get_by_role("alert").first).to_be_visible()
    shoot(tab.page, "hours-day-error", full=False)
    assert axe(tab.page) == []
    dialog.get_by_label("Öppettider, till").first.fill("11")
    dialog.get_by_role("button", name="Spara").click()
    expect(tab.page.get_by_role("link", name=re.compile("torsdag 24 december, .*08:00–11:00"))).to_be_visible()


@pytest.mark.slow
def test_an_exception_and_a_period_are_added_in_their_sheets(visit: Visitor, people: Cast) -> None:
    tab = _open(visit, people)
    tab.page.get_by_role("link", name="Lägg till").first.click()
    dialog = tab.page.get_by_role("dialog")
    dialog.get_by_label("Vad är det för dagar?").fill("Inventering")
    dialog.get_by_label("Från och med").fill("2027-02-01")
    shoot(tab.page, "hours-exception", full=False)
    assert axe(tab.page) == []
    dialog.get_by_role("button", name="Lägg till").click()
    expect(tab.page.get_by_role("link", name="måndag 1 februari, Inventering, Stängt")).to_be_visible()
    tab.page.get_by_role("link", name="Lägg till").nth(1).click()
    dialog.get_by_label("Namn").fill("Sportlov")
    dialog.get_by_label("Från och med").fill("2027-02-15")
    dialog.get_by_label("Till och med").fill("2027-02-19")
    shoot(tab.page, "hours-period", full=False)
    assert axe(tab.page) == []
    dialog.get_by_role("button", name="Lägg till").click()
    expect(tab.page.get_by_role("link", name="Sportlov", exact=True)).to_be_visible()


@pytest.mark.slow
def test_a_schedule_is_made_renamed_and_deleted_in_its_sheets(visit: Visitor, people: Cast) -> None:
    tab = _open(visit, people)
    tab.page.get_by_role("link", name="Nya öppettider").click()
    dialog = tab.page.get_by_role("dialog")
    dialog.get_by_label("Namn").fill("Jouren")
    dialog.get_by_role("button", name="Lägg till").click()
    expect(tab.page.get_by_role("link", name="Jouren")).to_have_attribute("aria-current", "page")
    tab.page.get_by_role("link", name="Byt namn eller ta bort").click()
    dialog.get_by_label("Namn").fill("Beredskap")
    dialog.get_by_label("Namn").press("Enter")
    expect(tab.page.get_by_role("link", name="Beredskap")).to_have_attribute("aria-current", "page")
    tab.page.get_by_role("link", name="Byt namn eller ta bort").click()
    shoot(tab.page, "hours-settings", full=False)
    assert axe(tab.page) == []
    dialog.get_by_role("button", name="Ta bort öppettiderna").click()
    expect(tab.page.get_by_role("link", name="Huvudnummer")).to_have_attribute("aria-current", "page")
    expect(tab.page.get_by_role("link", name="Beredskap")).to_have_count(0)
    tab.page.locator(".toast").get_by_role("button", name="Ångra").click()
    expect(tab.page.get_by_role("link", name="Beredskap")).to_have_attribute("aria-current", "page")


@pytest.mark.slow
def test_without_scripts_the_week_is_a_plain_form(visit: Visitor, people: Cast, chromium: Browser) -> None:
    """The times, the save button and every sheet work; only the comfort is gone."""
    tab = visit(people.alice)
    context = chromium.new_context(java_script_enabled=False, locale="sv-SE")
    context.add_cookies([dict(cookie) for cookie in tab.page.context.cookies()])  # type: ignore[misc]
    page = context.new_page()
    page.goto(f"{tab.origin}/c/norrsken-bygg/opening-hours/")
    page.get_by_label("Fredag, till").fill("15")
    page.get_by_role("button", name="Spara veckan").click()
    expect(page.get_by_label("Fredag, till")).to_have_value("15:00")
    page.get_by_role("link", name="Lägg till").first.click()
    expect(page.get_by_role("heading", name="Lägg till avvikande dag")).to_be_visible()
    context.close()
    assert _stored(people).week[4].openings == (Opening(start=480, end=900),)
