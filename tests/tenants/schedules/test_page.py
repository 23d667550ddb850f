"""The page by plain posts and by htmx: what is saved, what is refused, and that nothing typed is lost."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime

import pytest
from django.http import HttpResponse
from django.test import Client

from tenants.changes.models import Change, Publication
from tenants.customers import scope
from tenants.live import queries
from tenants.nodes.models import Receipt
from tenants.routing.live import Override
from tenants.routing.objects import ExceptionRule, HolidayRule, Opening, WeekDay
from tenants.routing.objects import Schedule as Object
from tenants.schedules import actions, pages
from tenants.schedules.compile import compile_schedule
from tenants.schedules.models import Schedule
from tenants.schedules.refusals import BadHours
from tenants.schedules.times import clock, minutes_of, stretch_of
from tests.factories.cast import Cast
from tests.factories.schedules import OFFICE, schedule


class Office:
    """Norrsken's page, as Alice uses it."""

    def __init__(self, people: Cast) -> None:
        self.people = people
        with scope.customer(people.norrsken.pk):
            self.row = schedule(people.norrsken, by=people.alice)
        self.browser = Client()
        self.browser.force_login(people.alice)

    def post(self, path: str, data: Mapping[str, object] | None = None, *, htmx: bool = True) -> HttpResponse:
        sent = {"version": self.version, **(data or {})}
        headers = {"HX-Request": "true"} if htmx else {}
        answer: HttpResponse = self.browser.post(self.at(path), sent, headers=headers)  # type: ignore[assignment]
        return answer

    def at(self, path: str) -> str:
        return f"/c/norrsken-bygg/opening-hours/{self.row.pk}/{path}"

    @property
    def version(self) -> int:
        with scope.customer(self.people.norrsken.pk):
            return Schedule.objects.get(pk=self.row.pk).version

    @property
    def stored(self) -> Object:
        with scope.customer(self.people.norrsken.pk):
            return compile_schedule(Schedule.objects.get(pk=self.row.pk))


@pytest.fixture
def office(people: Cast) -> Office:
    return Office(people)


def week(**days: tuple[str, str]) -> dict[str, object]:
    """Return the week's fields: mon=("8", "17") and so on; days not given are closed."""
    sent: dict[str, object] = {}
    for number, name in enumerate(("mon", "tue", "wed", "thu", "fri", "sat", "sun")):
        if name in days:
            sent |= {f"d{number}-open": "on", f"d{number}-from": days[name][0], f"d{number}-to": days[name][1]}
    return sent


@pytest.mark.parametrize(
    ("typed", "minutes"), [("8", 480), ("830", 510), ("8.30", 510), ("08:30", 510), ("0830", 510), (" 24 ", 1440)]
)
def test_times_are_read_as_people_type_them(typed: str, minutes: int) -> None:
    assert minutes_of(typed) == minutes


@pytest.mark.parametrize("typed", ["25:00", "24:01", "8:60", "åtta", "", "-1", "8:3", "99999"])
def test_what_is_no_time_is_refused(typed: str) -> None:
    with pytest.raises(BadHours) as caught:
        minutes_of(typed)
    assert caught.value.code == "time_range"


def test_an_end_before_the_start_is_after_midnight() -> None:
    assert stretch_of("22", "2") == (1320, 1560)
    assert clock(1560) == "02:00"
    assert clock(1440) == "24:00"
    with pytest.raises(BadHours):
        stretch_of("24:00", "2")


def test_the_week_saves_by_a_plain_post_and_redirects(office: Office) -> None:
    answer = office.post("week/", week(mon=("8", "12"), fri=("830", "15.00")), htmx=False)
    assert answer.status_code == 302
    assert answer["Location"] == office.at("")
    assert {day.weekday: day.openings for day in office.stored.week} == {
        0: (Opening(start=480, end=720),), 4: (Opening(start=510, end=900),),
    }  # fmt: skip
    page = office.browser.get(office.at(""))
    assert "Ångra" in page.text


def test_by_htmx_a_save_answers_with_the_region_and_a_toast(office: Office) -> None:
    answer = office.post("week/", week(mon=("8", "17")))
    assert answer.status_code == 200
    assert '<div id="hours"' in answer.text
    assert "<html" not in answer.text
    toast = json.loads(answer["HX-Trigger"])["toast"]
    assert toast["undo"].startswith(office.at("undo/"))
    undone = office.browser.post(toast["undo"], headers={"HX-Request": "true"})
    assert undone.status_code == 200
    assert len(office.stored.week) == 5
    again = office.browser.post(toast["undo"], headers={"HX-Request": "true"})
    assert again.status_code == 422
    assert "kan inte ångras härifrån" in again.text


@pytest.mark.parametrize("htmx", [True, False])
def test_a_wrong_time_is_said_by_its_field_and_everything_typed_is_kept(office: Office, htmx: bool) -> None:
    answer = office.post("week/", week(mon=("9", "25:00"), tue=("10:15", "16")), htmx=htmx)
    assert answer.status_code == 422
    assert "Skriv en tid mellan 00:00 och 24:00" in answer.text
    assert all(f'value="{typed}"' in answer.text for typed in ("25:00", "10:15"))
    assert len(office.stored.week) == 5


def test_overlap_on_one_day_and_into_the_next_are_said_on_their_day(office: Office) -> None:
    sent = week(mon=("8", "12")) | {"d0-from": ["8", "11"], "d0-to": ["12", "17"]}
    assert "Tiderna går in i varandra" in office.post("week/", sent).text
    answer = office.post("week/", week(fri=("20", "9"), sat=("8", "12")))
    assert answer.status_code == 422
    assert "går in i nästa dags öppettid" in answer.text
    assert 'value="20"' in answer.text


def test_lunch_typed_outside_the_hours_or_wrong_keeps_its_place(office: Office) -> None:
    sent = week(mon=("8", "17")) | {"d0-lunch-from": "12", "d0-lunch-to": "12.45"}
    office.post("week/", sent)
    assert [(part.start, part.end, part.state) for part in office.stored.week[0].openings] == [
        (480, 720, "open"), (720, 765, "lunch"), (765, 1020, "open"),
    ]  # fmt: skip
    wrong = office.post("week/", sent | {"d0-lunch-to": "tolv"})
    assert wrong.status_code == 422
    assert 'value="tolv"' in wrong.text


def test_one_more_line_and_one_less(office: Office) -> None:
    answer = office.post("week/", week(mon=("8", "17")) | {"add": "0"})
    assert answer.status_code == 200
    assert answer.text.count('name="d0-from"') == 2
    assert len(office.stored.week) == 5
    two = week(mon=("", "")) | {"d0-from": ["8", "18"], "d0-to": ["17", "20"], "remove": "0-0"}
    office.post("week/", two)
    assert office.stored.week[0].openings == (Opening(start=1080, end=1200),)


def test_a_second_admin_sees_who_saved_what_differs_and_keeps_the_work(office: Office) -> None:
    seen = office.version
    with scope.customer(office.people.norrsken.pk):
        actions.set_week(
            schedule=office.row, by=office.people.sam, version=seen, days={4: [Opening(start=480, end=960)]}
        )
    mine = week(**dict.fromkeys(("mon", "tue", "wed", "thu"), ("8", "17")), fri=("8", "15"))
    answer = office.post("week/", mine | {"version": seen})
    assert answer.status_code == 422
    assert "Sam Stab ändrade öppettiderna" in answer.text
    assert "Fredag: nu 08:00–16:00, du skrev 08:00–15:00" in answer.text
    assert 'name="d4-to" value="15"' in answer.text
    assert office.post("week/", mine).status_code == 200
    assert office.stored.week[4].openings == (Opening(start=480, end=900),)


def test_an_exception_is_added_changed_refused_and_removed(office: Office) -> None:
    sent = {"name": "Julbord", "first": "2027-12-10", "kind": "other", "hours-from": "8", "hours-to": "12"}
    assert office.post("exceptions/new/", sent).status_code == 200
    (rule,) = office.stored.exceptions
    assert (rule.name, rule.last, rule.openings) == ("Julbord", rule.first, (Opening(start=480, end=720),))

    clash = office.post("exceptions/new/", {**sent, "name": "Krock", "first": "2027-12-01", "last": "2027-12-31"})
    assert clash.status_code == 422
    assert clash["HX-Retarget"] == "#sheet-form"
    assert "Det finns redan en avvikelse de dagarna" in clash.text
    assert 'value="Krock"' in clash.text

    backwards = office.post("exceptions/new/", {**sent, "first": "2027-12-30", "last": "2027-01-02"})
    assert "Slutdatumet är före startdatumet" in backwards.text
    bad = office.post("exceptions/new/", {**sent, "first": "2027-02-30", "hours-to": "26"})
    assert bad.status_code == 422
    assert 'value="26"' in bad.text
    assert 'value="2027-02-30"' in bad.text

    office.post(f"exceptions/{rule.id}/", {**sent, "last": "2027-12-11", "kind": "closed"})
    assert office.stored.exceptions[0].last == date(2027, 12, 11)
    assert office.stored.exceptions[0].openings == ()
    assert office.post(f"exceptions/{rule.id}/remove/").status_code == 200
    assert office.stored.exceptions == ()


def test_a_stale_sheet_is_refused_with_what_was_typed(office: Office) -> None:
    sent = {"name": "Julbord", "first": "2027-12-10", "kind": "closed", "version": office.version - 1}
    answer = office.post("exceptions/new/", sent)
    assert answer.status_code == 422
    assert "Alice Ek ändrade öppettiderna" in answer.text
    assert f'name="version" value="{office.version}"' in answer.text
    assert 'value="Julbord"' in answer.text


def test_red_days_go_in_at_once_and_one_is_taken_out(office: Office) -> None:
    sheet = office.browser.get(office.at("holidays/"), headers={"HX-Request": "true"}).text
    assert sheet.count('value="closed" selected') == 18
    sent = {"day-julafton": "closed", "day-midsommarafton": "closed", "day-skartorsdag": "short"}
    office.post("holidays/", sent | {"short-from": "8", "short-to": "13"})
    found = {rule.day: rule.openings for rule in office.stored.holidays}
    assert found == {"julafton": (), "midsommarafton": (), "skartorsdag": (Opening(start=480, end=780),)}
    wrong = office.post("holidays/", sent | {"short-from": "8", "short-to": "kl ett"})
    assert wrong.status_code == 422
    assert 'value="kl ett"' in wrong.text
    office.post("holidays/", {"day-julafton": "closed", "short-from": "8", "short-to": "13"})
    assert [rule.day for rule in office.stored.holidays] == ["julafton"]


def test_a_red_day_can_be_open_as_usual_once(office: Office) -> None:
    office.post("holidays/", {"day-langfredagen": "closed"})
    office.post("days/2027-03-26/", {"kind": "usual"})
    (rule,) = office.stored.exceptions
    assert (rule.first, rule.openings) == (date(2027, 3, 26), OFFICE)
    office.post("days/2027-03-25/", {"kind": "closed", "name": "Flytt"})
    office.post("days/2027-03-25/", {"kind": "usual"})
    assert [found.first for found in office.stored.exceptions] == [date(2027, 3, 26)]


def test_a_period_goes_in_with_its_week_and_its_faults_are_said_by_field(office: Office) -> None:
    sent = {"name": "Semester", "first": "2027-06-28", "last": "2027-08-01", "yearly": "on"}
    days = {"p0-open": "on", "p0-from": "9", "p0-to": "15"}
    assert office.post("periods/new/", sent | days).status_code == 200
    (period,) = office.stored.periods
    assert period.yearly
    assert [day.weekday for day in period.week] == [0]
    clash = office.post("periods/new/", {**sent, "name": "Juli"} | days)
    assert "Det finns redan en period de dagarna" in clash.text
    wrong = office.post("periods/new/", {**sent, "first": "2029-01-01", "last": "2029-01-05"} | days | {"p0-to": "9"})
    assert "Tiderna är lika" in wrong.text
    office.post(f"periods/{period.id}/", sent | days | {"yearly": ""})
    assert not office.stored.periods[0].yearly
    office.post(f"periods/{period.id}/remove/")
    assert office.stored.periods == ()


def test_the_receipt_is_the_nodes_own_word(office: Office) -> None:
    with scope.customer(office.people.norrsken.pk):
        change = Change.objects.order_by("-pk")[0]
    asked = office.at(f"receipt/{change.pk}/")
    waiting = office.browser.get(asked)
    assert "På väg till växeln" in waiting.text
    assert asked in waiting.text
    with scope.customer(office.people.norrsken.pk):
        Receipt.objects.create(
            customer=office.people.norrsken, node=office.people.node, epoch=1, generation=change.generation or 0,
            root=Publication.objects.get().root, effective_at=change.at, milliseconds=3.0,
        )  # fmt: skip
    told = office.browser.get(asked)
    assert "Gäller i växeln efter 0 ms" in told.text
    assert "hx-trigger" not in told.text


def test_names_and_deletion(office: Office) -> None:
    taken = office.browser.post(
        "/c/norrsken-bygg/opening-hours/new/", {"name": "huvudnummer"}, headers={"HX-Request": "true"}
    )
    assert taken.status_code == 422
    assert "Namnet används redan" in taken.text
    assert office.post("settings/", {"name": "Växeln"})["HX-Redirect"] == office.at("")
    assert office.stored.name == "Växeln"
    assert office.post("delete/")["HX-Redirect"] == "/c/norrsken-bygg/opening-hours/"
    with scope.customer(office.people.norrsken.pk):
        deletion = Change.objects.order_by("-pk")[0].pk
    assert f'action="{office.at(f"undo/{deletion}/")}"' in office.browser.get("/c/norrsken-bygg/opening-hours/").text
    assert office.browser.get(office.at("")).status_code == 404
    assert office.browser.post(office.at(f"undo/{deletion}/")).status_code == 302
    assert office.stored.name == "Växeln"
    actual = office.post("delete/")
    assert actual.status_code == 204
    assert office.browser.post(office.at(f"undo/{deletion}/"), follow=True).status_code == 200


# --- what the page works out -------------------------------------------------------------------------------------


WEEK = tuple(WeekDay(weekday=day, openings=OFFICE) for day in range(5))


def planned(**fields: object) -> Object:
    days = ("langfredagen", "paskdagen", "annandag_pask", "midsommarafton", "alla_helgons_dag", "nationaldagen")
    rules = (
        *(HolidayRule(day=day) for day in days),
        HolidayRule(day="klamdag", openings=(Opening(start=480, end=720),)),
    )
    full = {"id": 1, "name": "x", "holidays": rules, "week": WEEK, **fields}
    return Object(**full)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("start", "closed", "short"),
    [
        (date(2026, 1, 1), {(4, 3), (4, 5), (4, 6), (6, 19), (6, 6), (10, 31)}, {(1, 2), (1, 5), (5, 15)}),
        (date(2027, 1, 1), {(3, 26), (3, 28), (3, 29), (6, 25), (6, 6), (11, 6)}, {(5, 7)}),
        (date(2028, 1, 1), {(4, 14), (4, 16), (4, 17), (6, 23), (6, 6), (11, 4)}, {(1, 7), (5, 26), (6, 5)}),
    ],
)
def test_the_year_shows_the_swedish_dates(
    start: date, closed: set[tuple[int, int]], short: set[tuple[int, int]]
) -> None:
    days = [day for month in pages.year(planned(), start) for row in month.weeks for day in row if day]
    assert len(days) == (366 if start.year == 2028 else 365)
    marked = {
        kind: {(day.date.month, day.date.day) for day in days if day.mark == kind} for kind in ("closed", "short")
    }
    assert marked == {"closed": closed, "short": short}


def test_a_day_is_told_in_words() -> None:
    found = pages.describe(planned(), date(2027, 6, 25), date(2026, 11, 24))
    assert found.label == "fredag 25 juni, Midsommarafton, Stängt"


@pytest.mark.parametrize(
    ("moment", "title", "lead"),
    [
        (datetime(2026, 11, 24, 9, 41, tzinfo=UTC), "Öppet just nu", "Stänger kl. 17:00 i dag, tisdag 24 november"),
        (datetime(2026, 11, 24, 18, 0, tzinfo=UTC), "Stängt just nu", "Öppnar igen i morgon kl. 08:00"),
        (datetime(2026, 11, 28, 9, 0, tzinfo=UTC), "Stängt just nu", "Öppnar igen måndag 30 november kl. 08:00"),
        (
            datetime(2027, 3, 26, 9, 0, tzinfo=UTC),
            "Stängt för helgdag",
            "Långfredagen · Öppnar igen tisdag 30 mars kl. 08:00",
        ),
    ],
)
def test_the_card_says_what_is_and_what_comes(moment: datetime, title: str, lead: str) -> None:
    status = pages.status(planned(), moment)
    assert (status.title, status.lead) == (title, lead)


def test_the_card_says_what_is_set_by_hand_and_when_it_ends() -> None:
    moment, until = datetime(2026, 11, 24, 9, 41, tzinfo=UTC), datetime(2026, 11, 25, 7, 0, tzinfo=UTC)
    status = pages.status(planned(), moment, Override(state="closed", until=until))
    assert (status.title, status.by_hand) == ("Stängt för hand", True)
    assert status.lead == "Till i morgon kl. 08:00, sedan gäller schemat"
    assert status.intervals == [(480, 641)]
    assert not pages.status(planned(), until, Override(state="closed", until=until)).by_hand
    forced = pages.status(planned(), moment.replace(hour=18), Override(state="open", until=moment.replace(hour=19)))
    assert forced.intervals == [(480, 1020), (1181, 1241)]


def test_a_schedule_without_hours_says_so() -> None:
    status = pages.status(Object(id=1, name="x"), datetime(2026, 11, 24, 9, 41, tzinfo=UTC))
    assert status.lead == "Öppnar inte inom ett år"
    assert not status.can_close


def test_the_list_of_coming_dates_is_in_order_and_forgets_the_past() -> None:
    rules = tuple(
        ExceptionRule(id=number, name=f"Dag {number}", first=date(2026, 12, number), last=date(2026, 12, number))
        for number in (3, 20)
    )
    lines = pages.coming(planned(exceptions=rules), date(2026, 12, 10))
    assert lines[0].name == "Dag 20"
    assert lines == sorted(lines, key=lambda line: line.first)
    assert all(line.first >= date(2026, 12, 10) for line in lines)


def test_closing_today_from_the_page(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    moment = datetime(2026, 11, 24, 9, 41, tzinfo=UTC)
    monkeypatch.setattr("django.utils.timezone.now", lambda: moment)
    office.post("today/", {"kind": "at", "at": "1500"})
    assert office.stored.exceptions[0].openings == (Opening(start=480, end=900),)
    wrong = office.post("today/", {"kind": "at", "at": "25"})
    assert wrong.status_code == 422
    assert 'value="25"' in wrong.text
    office.post("today/", {"kind": "other", "hours-from": "10", "hours-to": "14"})
    assert office.stored.exceptions[0].openings == (Opening(start=600, end=840),)
    office.post("today/usual/")
    assert office.stored.exceptions == ()


def by_hand(office: Office) -> object:
    """Return what has been asked for of the schedule."""
    with scope.customer(office.people.norrsken.pk):
        return queries.standing("override", f"schedule/{office.row.pk}").value


def test_closing_now_is_live_state_that_ends_by_itself(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    moment = datetime(2026, 11, 24, 9, 41, tzinfo=UTC)
    monkeypatch.setattr("django.utils.timezone.now", lambda: moment)
    sheet = office.browser.get(office.at("now/")).text
    assert "Öppnar igen i morgon kl. 08:00" in sheet
    assert "kl. 17:00 i dag" in sheet
    closed = office.post("now/", {"state": "closed", "end": "day"})
    assert closed.status_code == 200
    assert by_hand(office) == Override(state="closed", until=datetime(2026, 11, 25, 7, 0, tzinfo=UTC))
    page = office.browser.get(office.at("")).text
    assert "Stängt för hand" in page
    assert "Inte i växeln än" in page
    assert "Återgå till schemat" in page
    assert "Stäng nu" not in page
    office.post("now/resume/")
    assert by_hand(office) is None
    assert office.stored.exceptions == ()


@pytest.mark.parametrize(
    ("sent", "until"),
    [
        ({"end": "change"}, datetime(2026, 11, 24, 16, 0, tzinfo=UTC)),
        ({"end": "at", "at": "13"}, datetime(2026, 11, 24, 12, 0, tzinfo=UTC)),
        ({"end": "at", "at": "10"}, None),
        ({"end": "at", "at": "kvart i"}, None),
        ({"end": "never"}, None),
    ],
)
def test_an_end_is_always_chosen_and_always_ahead(
    office: Office, monkeypatch: pytest.MonkeyPatch, sent: dict[str, str], until: datetime | None
) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: datetime(2026, 11, 24, 9, 41, tzinfo=UTC))
    answer = office.post("now/", {"state": "closed", **sent})
    assert answer.status_code == (200 if until else 422)
    value = by_hand(office)
    assert (value.until if isinstance(value, Override) else None) == until
    if not until and "at" in sent:
        assert f'value="{sent["at"]}"' in answer.text


def test_the_card_is_drawn_anew_only_when_something_has_changed(office: Office) -> None:
    page = office.browser.get(office.at("")).text
    seen = page.partition("now/status/?seen=")[2].partition('"')[0]
    assert office.browser.get(office.at(f"now/status/?seen={seen}")).status_code == 204
    office.post("now/", {"state": "closed", "end": "day"})
    assert "Stängt för hand" in office.browser.get(office.at(f"now/status/?seen={seen}")).text


@pytest.mark.parametrize(("language", "title"), [("sv", "Onsdag 23 december"), ("en", "Wednesday 23 December")])
def test_a_day_is_written_as_each_language_does(office: Office, language: str, title: str) -> None:
    office.browser.cookies["django_language"] = language
    assert f">{title}</h1>" in office.browser.get(office.at("days/2026-12-23/")).text
