"""Dates of the years 2026 to 2028 as the almanac has them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from tenants.routing.swedish_days import CATEGORIES, DAY_NAMES, date_of, days_of, names_of, names_on

ALMANAC_2026 = {
    "nyarsdagen": (1, 1),
    "trettondagsafton": (1, 5),
    "trettondedag_jul": (1, 6),
    "skartorsdag": (4, 2),
    "langfredagen": (4, 3),
    "paskafton": (4, 4),
    "paskdagen": (4, 5),
    "annandag_pask": (4, 6),
    "valborgsmassoafton": (4, 30),
    "forsta_maj": (5, 1),
    "dag_fore_kristi_himmelsfard": (5, 13),
    "kristi_himmelsfardsdag": (5, 14),
    "pingstafton": (5, 23),
    "pingstdagen": (5, 24),
    "nationaldagen": (6, 6),
    "midsommarafton": (6, 19),
    "midsommardagen": (6, 20),
    "allhelgonaafton": (10, 30),
    "alla_helgons_dag": (10, 31),
    "dan_fore_dopparedan": (12, 23),
    "julafton": (12, 24),
    "juldagen": (12, 25),
    "annandag_jul": (12, 26),
    "nyarsafton": (12, 31),
}


@pytest.mark.parametrize(("name", "when"), ALMANAC_2026.items())
def test_each_day_of_2026_is_where_the_almanac_has_it(name: str, when: tuple[int, int]) -> None:
    assert date_of(name, 2026) == (date(2026, *when),)


def test_there_are_no_other_names_than_the_almanac_and_bridge_days() -> None:
    assert set(DAY_NAMES) == {*ALMANAC_2026, "klamdag"}
    assert all(name.isascii() and name.islower() for name in DAY_NAMES)


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("paskdagen", date(2026, 4, 5)),
        ("paskdagen", date(2027, 3, 28)),
        ("paskdagen", date(2028, 4, 16)),
        ("midsommarafton", date(2026, 6, 19)),
        ("midsommarafton", date(2027, 6, 25)),
        ("midsommarafton", date(2028, 6, 23)),
        ("alla_helgons_dag", date(2026, 10, 31)),
        ("alla_helgons_dag", date(2027, 11, 6)),
        ("alla_helgons_dag", date(2028, 11, 4)),
    ],
)
def test_moving_days_move_as_the_law_says(name: str, day: date) -> None:
    assert date_of(name, day.year) == (day,)


@pytest.mark.parametrize(
    ("year", "days"),
    [
        (2026, [(1, 2), (1, 5), (5, 15)]),
        (2027, [(5, 7)]),
        (2028, [(1, 7), (5, 26), (6, 5)]),
        (2024, [(5, 10), (6, 7), (12, 23), (12, 27), (12, 30)]),
    ],
)
def test_bridge_days_are_single_working_days_between_free_ones(year: int, days: list[tuple[int, int]]) -> None:
    assert date_of("klamdag", year) == tuple(date(year, *day) for day in days)


def test_the_national_day_falls_on_a_saturday_in_2026_and_a_sunday_in_2027() -> None:
    assert date_of("nationaldagen", 2026)[0].weekday() == 5
    assert date_of("nationaldagen", 2027)[0].weekday() == 6


def test_several_names_stand_in_order_and_the_first_goes_before_the_others() -> None:
    assert names_on(date(2026, 1, 5)) == ("trettondagsafton", "klamdag")
    assert days_of(2026)[date(2026, 1, 5)] == "trettondagsafton"
    assert names_on(date(2024, 12, 23)) == ("dan_fore_dopparedan", "klamdag")
    assert names_on(date(2008, 5, 1)) == ("forsta_maj", "kristi_himmelsfardsdag")
    assert names_on(date(2008, 4, 30)) == ("valborgsmassoafton", "dag_fore_kristi_himmelsfard")


@pytest.mark.parametrize("year", range(2005, 2060))
def test_every_year_has_every_name_and_red_days_before_eves_before_half_days(year: int) -> None:
    assert {name for names in names_of(year).values() for name in names} >= set(ALMANAC_2026)
    order = ["red", "eve", "half", "bridge"]
    for names in names_of(year).values():
        places = [order.index(CATEGORIES[name]) for name in names]
        assert places == sorted(places)


@pytest.mark.parametrize("year", range(2005, 2060))
def test_no_bridge_day_is_free_and_both_its_neighbours_are(year: int) -> None:
    def free(day: date) -> bool:
        return day.weekday() >= 5 or any(CATEGORIES[name] in ("red", "eve") for name in names_on(day))

    for day in date_of("klamdag", year):
        assert not free(day)
        assert free(day - timedelta(days=1))
        assert free(day + timedelta(days=1))


def test_a_plain_day_and_a_year_before_the_law_have_no_names() -> None:
    assert names_on(date(2026, 3, 3)) == ()
    assert names_of(1900) == {}
