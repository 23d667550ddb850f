"""Saving, refusing, conflicting and undoing, through the rows and the objects the switch is given."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from tenants.changes import queries as changes
from tenants.changes.actions import undo
from tenants.changes.models import Change, Publication
from tenants.customers import scope
from tenants.refusals import Conflict
from tenants.routing.objects import ExceptionRule, HolidayRule, Opening, Period, WeekDay
from tenants.routing.objects import Schedule as Object
from tenants.routing.schedules import evaluate, next_state_change
from tenants.schedules import actions, date_actions, refusals
from tenants.schedules.compile import compile_schedule
from tenants.schedules.models import Schedule
from tests.factories.cast import Cast
from tests.factories.schedules import OFFICE, schedule

STOCKHOLM = ZoneInfo("Europe/Stockholm")
FRIDAY_1530 = datetime(2026, 11, 27, 15, 30, tzinfo=STOCKHOLM)


def published(row: Schedule) -> Object:
    """Return what the switch is to hold."""
    found = changes.active()[f"schedule/{row.pk}"]
    assert isinstance(found, Object)
    return found


def julbord(**fields: object) -> ExceptionRule:
    values = {"id": 0, "name": "Julbord", "first": date(2026, 12, 11), "last": date(2026, 12, 11)}
    return ExceptionRule(**{**values, **fields})  # type: ignore[arg-type]


def test_a_made_schedule_is_live_at_once(main: Schedule) -> None:
    assert Publication.objects.get().generation == 1
    assert published(main).week == tuple(WeekDay(weekday=day, openings=OFFICE) for day in range(5))
    assert changes.waiting() == []


def test_friday_closes_at_three_as_soon_as_it_is_saved(main: Schedule, inside: Cast) -> None:
    assert evaluate(published(main), FRIDAY_1530).state == "open"
    saved = actions.set_week(
        schedule=main, by=inside.alice, version=main.version, days={4: [Opening(start=480, end=900)]}
    )
    assert evaluate(published(main), FRIDAY_1530).state == "closed"
    assert saved.change is not None
    assert saved.change.generation == 2
    assert saved.schedule.version == main.version + 1


def test_an_edit_that_changes_nothing_makes_no_generation(main: Schedule, inside: Cast) -> None:
    before = Change.objects.count()
    saved = actions.set_week(schedule=main, by=inside.alice, version=main.version, days={4: OFFICE})
    assert saved.change is None
    assert saved.schedule.version == main.version
    assert Change.objects.count() == before


def test_undo_gives_back_what_was_names_and_ids_included(main: Schedule, inside: Cast) -> None:
    made = date_actions.add_exception(schedule=main, by=inside.alice, version=None, rule=julbord())
    before = published(main)
    gone = date_actions.remove_exception(schedule=main, by=inside.alice, version=None, ident=made.made or 0)
    assert published(main).exceptions == ()
    assert gone.change
    undo(customer_id=inside.norrsken.pk, change_id=gone.change.pk, by=inside.alice)
    assert published(main) == before == compile_schedule(main)
    assert before.exceptions[0].name == "Julbord"


def test_undoing_a_new_schedule_takes_it_away_and_undoing_its_removal_brings_it_back(inside: Cast) -> None:
    made = actions.make(customer_id=inside.norrsken.pk, by=inside.alice, name="Lagret", week={0: OFFICE})
    assert made.change
    undo(customer_id=inside.norrsken.pk, change_id=made.change.pk, by=inside.alice)
    assert not Schedule.objects.filter(name="Lagret").exists()

    other = schedule(inside.norrsken, "Kundtjänst")
    before = published(other)
    change = actions.delete(schedule=other, by=inside.alice, version=None)
    assert not Schedule.objects.exists()
    undo(customer_id=inside.norrsken.pk, change_id=change.pk, by=inside.alice)
    assert published(other) == before == compile_schedule(Schedule.objects.get(pk=before.id))


def test_a_stale_version_is_told_who_saved_and_when(main: Schedule, inside: Cast) -> None:
    actions.set_week(schedule=main, by=inside.alice, version=main.version, days={4: []})
    with pytest.raises(Conflict) as caught:
        actions.set_week(schedule=main, by=inside.bob, version=main.version, days={3: []})
    assert "Alice Ek" in str(caught.value)
    assert [day.weekday for day in published(main).week] == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("openings", "code"),
    [
        ([Opening(start=480, end=720), Opening(start=700, end=1020)], "overlap"),
        ([Opening(start=480, end=480)], "empty"),
        ([Opening(start=1500, end=1560)], "time_range"),
        ([Opening(start=1320, end=1440 + 500)], "overlap_next_day"),
        ([Opening(start=480, end=70_000)], "time_range"),
    ],
)
def test_hours_that_cannot_be_are_refused_whole(
    main: Schedule, inside: Cast, openings: list[Opening], code: str
) -> None:
    before = published(main)
    with pytest.raises(refusals.BadHours) as caught:
        actions.set_week(schedule=main, by=inside.alice, version=None, days={0: openings, 3: []})
    assert caught.value.code == code
    assert caught.value.field == "week:0"
    assert published(main) == before == compile_schedule(main)


def test_midnight_is_24_and_an_opening_may_pass_it(main: Schedule, inside: Cast) -> None:
    days = {4: [Opening(start=1080, end=1440)], 5: [Opening(start=1200, end=1560)]}
    actions.set_week(schedule=main, by=inside.alice, version=None, days=days)
    obj = published(main)
    assert evaluate(obj, datetime(2026, 11, 29, 1, 59, tzinfo=STOCKHOLM)).state == "open"
    assert evaluate(obj, datetime(2026, 11, 29, 2, 0, tzinfo=STOCKHOLM)).state == "closed"
    assert evaluate(obj, datetime(2026, 11, 28, 0, 0, tzinfo=STOCKHOLM)).state == "closed"


def test_mondays_hours_become_every_workdays(main: Schedule, inside: Cast) -> None:
    morning = (Opening(start=420, end=720),)
    actions.set_week(schedule=main, by=inside.alice, version=None, days={0: morning, 5: morning})
    actions.copy_day(schedule=main, by=inside.alice, version=None)
    assert {day.weekday: day.openings for day in published(main).week} == dict.fromkeys(range(6), morning)


def test_lunch_goes_in_and_out_in_one_tap(main: Schedule, inside: Cast) -> None:
    actions.toggle_lunch(schedule=main, by=inside.alice, version=None, weekday=1)
    tuesday = published(main).week[1].openings
    assert [(part.start, part.end, part.state) for part in tuesday] == [
        (480, 720, "open"), (720, 780, "lunch"), (780, 1020, "open"),
    ]  # fmt: skip
    noon, one = (datetime(2026, 11, 24, hour, 0, tzinfo=STOCKHOLM) for hour in (12, 13))
    assert evaluate(published(main), noon).state == "lunch"
    assert evaluate(published(main), one).state == "open"
    actions.toggle_lunch(schedule=main, by=inside.alice, version=None, weekday=1)
    assert published(main).week[1].openings == OFFICE


@pytest.mark.parametrize("second", ["rule", "database"])
def test_exceptions_on_the_same_date_are_refused_in_the_same_words(
    main: Schedule, inside: Cast, second: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever notices first, our own check or the exclusion constraint."""
    date_actions.add_exception(schedule=main, by=inside.alice, version=None, rule=julbord())
    if second == "database":
        monkeypatch.setattr(actions, "validate", lambda _obj: [])
    with pytest.raises(refusals.BadHours) as caught:
        date_actions.add_exception(
            schedule=main, by=inside.alice, version=None, rule=julbord(first=date(2026, 12, 1), last=date(2026, 12, 31))
        )
    assert caught.value.code == "exceptions_overlap"
    assert str(caught.value) == refusals.WORDS["exceptions_overlap"]


def test_the_database_refuses_overlapping_hours_in_the_same_words(
    main: Schedule, inside: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actions, "validate", lambda _obj: [])
    with pytest.raises(refusals.BadHours) as caught:
        actions.set_week(
            schedule=main, by=inside.alice, version=None,
            days={0: [Opening(start=480, end=720), Opening(start=700, end=1020)]},
        )  # fmt: skip
    assert caught.value.code == "overlap"


def test_a_range_over_new_year_is_one_exception(main: Schedule, inside: Cast) -> None:
    rule = julbord(name="Julstängt", first=date(2026, 12, 28), last=date(2027, 1, 5))
    date_actions.add_exception(schedule=main, by=inside.alice, version=None, rule=rule)
    assert evaluate(published(main), datetime(2027, 1, 4, 10, 0, tzinfo=STOCKHOLM)).state == "closed"
    backwards = julbord(first=date(2027, 2, 2), last=date(2027, 1, 5))
    with pytest.raises(refusals.BadHours) as caught:
        date_actions.add_exception(schedule=main, by=inside.alice, version=None, rule=backwards)
    assert caught.value.code == "dates_reversed"


def test_one_day_is_cut_out_of_a_longer_exception(main: Schedule, inside: Cast) -> None:
    days = julbord(name="Mellandagar", first=date(2026, 12, 28), last=date(2026, 12, 30))
    made = date_actions.add_exception(schedule=main, by=inside.alice, version=None, rule=days).made
    date_actions.set_day(
        schedule=main, by=inside.alice, version=None,
        rule=julbord(name="Inventering", first=date(2026, 12, 29), openings=OFFICE),
    )  # fmt: skip
    found = [(rule.name, rule.first.day, rule.last.day) for rule in published(main).exceptions]
    assert found == [("Mellandagar", 28, 28), ("Inventering", 29, 29), ("Mellandagar", 30, 30)]
    assert published(main).exceptions[0].id == made
    date_actions.clear_day(schedule=main, by=inside.alice, version=None, day=date(2026, 12, 29))
    assert [rule.first.day for rule in published(main).exceptions] == [28, 30]


def test_closing_today_keeps_the_morning_and_ends_by_itself(main: Schedule, inside: Cast) -> None:
    moment = datetime(2026, 11, 24, 10, 41, tzinfo=STOCKHOLM)
    date_actions.close_today(schedule=main, by=inside.alice, version=None, moment=moment, minute=641)
    assert evaluate(published(main), moment).state == "closed"
    assert next_state_change(published(main), moment) == datetime(2026, 11, 25, 8, 0, tzinfo=STOCKHOLM)
    assert evaluate(published(main), moment.replace(hour=9)).state == "open"
    with pytest.raises(refusals.NothingLeft):
        date_actions.close_today(schedule=main, by=inside.alice, version=None, moment=moment, minute=641)


def test_closing_today_at_three_is_one_exception_however_often_it_is_changed(main: Schedule, inside: Cast) -> None:
    moment = datetime(2026, 11, 24, 10, 41, tzinfo=STOCKHOLM)
    for minute in (960, 900):
        date_actions.close_today(schedule=main, by=inside.alice, version=None, moment=moment, minute=minute)
    (rule,) = published(main).exceptions
    assert rule.openings == (Opening(start=480, end=900),)


def test_holiday_rules_come_and_go_by_name(main: Schedule, inside: Cast) -> None:
    rules = {"julafton": HolidayRule(day="julafton"), "skartorsdag": HolidayRule(day="skartorsdag", openings=OFFICE)}
    date_actions.set_holidays(schedule=main, by=inside.alice, version=None, rules=rules)
    assert [rule.day for rule in published(main).holidays] == ["julafton", "skartorsdag"]
    date_actions.set_holidays(schedule=main, by=inside.alice, version=None, rules={"skartorsdag": None})
    assert [rule.day for rule in published(main).holidays] == ["julafton"]
    with pytest.raises(refusals.BadHours):
        date_actions.set_holidays(
            schedule=main,
            by=inside.alice,
            version=None,
            rules={"talk_like_a_pirate": HolidayRule(day="talk_like_a_pirate")},
        )


def test_a_red_day_inside_a_period_still_closes_and_periods_may_not_meet(main: Schedule, inside: Cast) -> None:
    week = tuple(WeekDay(weekday=day, openings=(Opening(start=540, end=900),)) for day in range(5))
    summer = Period(id=0, name="Semester", first=date(2027, 6, 21), last=date(2027, 8, 1), week=week, yearly=True)
    made = date_actions.add_period(schedule=main, by=inside.alice, version=None, period=summer)
    rules = {"midsommarafton": HolidayRule(day="midsommarafton")}
    date_actions.set_holidays(schedule=main, by=inside.alice, version=None, rules=rules)
    obj = published(main)
    assert evaluate(obj, datetime(2027, 6, 25, 11, 0, tzinfo=STOCKHOLM)).state == "holiday"
    assert evaluate(obj, datetime(2028, 6, 22, 14, 59, tzinfo=STOCKHOLM)).state == "open"
    assert evaluate(obj, datetime(2028, 6, 22, 15, 0, tzinfo=STOCKHOLM)).state == "closed"
    with pytest.raises(refusals.BadHours) as caught:
        date_actions.add_period(
            schedule=main, by=inside.alice, version=None,
            period=Period(id=0, name="Juli", first=date(2029, 7, 1), last=date(2029, 7, 31)),
        )  # fmt: skip
    assert caught.value.code == "periods_overlap"
    date_actions.remove_period(schedule=main, by=inside.alice, version=None, ident=made.made or 0)
    assert published(main).periods == ()


def test_a_yearly_period_may_cross_new_year(main: Schedule, inside: Cast) -> None:
    winter = Period(id=0, name="Jul", first=date(2026, 12, 20), last=date(2027, 1, 6), yearly=True)
    date_actions.add_period(schedule=main, by=inside.alice, version=None, period=winter)
    assert evaluate(published(main), datetime(2029, 1, 3, 10, 0, tzinfo=STOCKHOLM)).state == "closed"


def test_names_are_trimmed_kept_apart_and_renamed(main: Schedule, inside: Cast) -> None:
    with pytest.raises(refusals.NameTaken):
        actions.make(customer_id=inside.norrsken.pk, by=None, name=" huvudnummer ")
    with pytest.raises(refusals.NameMissing):
        actions.rename(schedule=main, by=None, version=None, name="  ")
    actions.rename(schedule=main, by=inside.alice, version=main.version, name="Växeln  Luleå")
    assert published(main).name == "Växeln Luleå"


def test_another_customer_may_use_the_name_and_never_sees_the_row(main: Schedule, people: Cast) -> None:
    with scope.customer(people.bageri.pk):
        assert schedule(people.bageri).name == main.name
        assert not Schedule.objects.filter(pk=main.pk).exists()
        with pytest.raises(refusals.Gone):
            actions.set_week(schedule=main, by=people.charlie, version=None, days={0: []})


def test_a_rule_of_another_schedule_is_not_found(main: Schedule, inside: Cast) -> None:
    other = schedule(inside.norrsken, "Lagret")
    made = date_actions.add_exception(schedule=other, by=None, version=None, rule=julbord()).made
    with pytest.raises(refusals.Gone):
        date_actions.change_exception(schedule=main, by=None, version=None, rule=julbord(id=made))
    with pytest.raises(refusals.Gone):
        date_actions.remove_exception(schedule=main, by=None, version=None, ident=made or 0)
    assert len(published(other).exceptions) == 1
