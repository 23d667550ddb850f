"""Swedish red days, eves, half days and bridge days, computed for any year from 2005.

Red days follow lag 1989:253; midsommarafton, julafton and nyårsafton equal Sundays by semesterlagen; both come
from ``holidays`` (categories public and de_facto). Påsk- and pingstafton are eves by custom. Half days rest on
local agreements and 23 December is a plain working day: they are offered to a customer, never assumed.

A bridge day (klämdag) is a single working day between two free ones, where Saturdays, Sundays, red days and
eves are free and half days are not.

Several names may fall on one date (5 January 2026 is trettondagsafton and a bridge day). They stand in order:
red, eve, half, bridge, and within a category in the order of ``CATEGORIES``. A schedule follows the first of
them it has a rule for, so a customer who closes on bridge days is closed then even without a rule for the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache
from types import MappingProxyType
from typing import Literal

import holidays

Category = Literal["red", "eve", "half", "bridge"]

_PUBLISHED = {
    "Nyårsdagen": "nyarsdagen",
    "Trettondedag jul": "trettondedag_jul",
    "Långfredagen": "langfredagen",
    "Påskdagen": "paskdagen",
    "Annandag påsk": "annandag_pask",
    "Första maj": "forsta_maj",
    "Kristi himmelsfärdsdag": "kristi_himmelsfardsdag",
    "Pingstdagen": "pingstdagen",
    "Nationaldagen": "nationaldagen",
    "Midsommarafton": "midsommarafton",
    "Midsommardagen": "midsommardagen",
    "Alla helgons dag": "alla_helgons_dag",
    "Julafton": "julafton",
    "Juldagen": "juldagen",
    "Annandag jul": "annandag_jul",
    "Nyårsafton": "nyarsafton",
}
"""What the holidays library calls a day, and what we do."""

_EVES = ("paskafton", "pingstafton", "midsommarafton", "julafton", "nyarsafton")
_HALF = (
    "trettondagsafton",
    "skartorsdag",
    "valborgsmassoafton",
    "dag_fore_kristi_himmelsfard",
    "allhelgonaafton",
    "dan_fore_dopparedan",
)
CATEGORIES: Mapping[str, Category] = MappingProxyType(
    {
        **{name: "red" for name in _PUBLISHED.values() if name not in _EVES},
        **dict.fromkeys(_EVES, "eve"),
        **dict.fromkeys(_HALF, "half"),
        "klamdag": "bridge",
    }
)
"""Every name and its category, in order of precedence."""
DAY_NAMES: tuple[str, ...] = tuple(CATEGORIES)
_ORDER = {name: place for place, name in enumerate(DAY_NAMES)}


@cache
def names_of(year: int) -> Mapping[date, tuple[str, ...]]:
    """Return every named date of a year with all its names, the one that goes before the others first."""
    found = _unbridged(year) | _bridges(year)
    dates = sorted({day for day, _ in found})
    return MappingProxyType(
        {day: tuple(sorted((name for when, name in found if when == day), key=_ORDER.__getitem__)) for day in dates}
    )


def days_of(year: int) -> Mapping[date, str]:
    """Return every named date of a year with the name that goes before the others."""
    return {day: names[0] for day, names in names_of(year).items()}


def names_on(day: date) -> tuple[str, ...]:
    """Return the names of a date, first the one that goes before the others; nothing for a plain day."""
    return names_of(day.year).get(day, ())


def date_of(name: str, year: int) -> tuple[date, ...]:
    """Return the dates that bear a name in a year; bridge days may be none or several."""
    return tuple(day for day, names in names_of(year).items() if name in names)


@cache
def _unbridged(year: int) -> set[tuple[date, str]]:
    published = holidays.country_holidays("SE", years=year, language="sv", categories=("public", "de_facto"))
    found = {
        (day, _PUBLISHED[name]) for day, text in published.items() for name in text.split("; ") if name in _PUBLISHED
    }
    dates = {name: day for day, name in found}
    return found | _custom(year, dates) if dates else set()


def _custom(year: int, dates: Mapping[str, date]) -> set[tuple[date, str]]:
    day = timedelta(days=1)
    return {
        (date(year, 1, 5), "trettondagsafton"),
        (dates["langfredagen"] - day, "skartorsdag"),
        (dates["paskdagen"] - day, "paskafton"),
        (date(year, 4, 30), "valborgsmassoafton"),
        (dates["kristi_himmelsfardsdag"] - day, "dag_fore_kristi_himmelsfard"),
        (dates["pingstdagen"] - day, "pingstafton"),
        (dates["alla_helgons_dag"] - day, "allhelgonaafton"),
        (date(year, 12, 23), "dan_fore_dopparedan"),
    }


def _bridges(year: int) -> set[tuple[date, str]]:
    days = (date(year, 1, 1) + timedelta(days=n) for n in range(366))
    return {(day, "klamdag") for day in days if day.year == year and _is_bridge(day)}


def _is_bridge(day: date) -> bool:
    one = timedelta(days=1)
    return not _is_free(day) and _is_free(day - one) and _is_free(day + one)


def _is_free(day: date) -> bool:
    return day.weekday() >= 5 or day in _free_dates(day.year)


@cache
def _free_dates(year: int) -> frozenset[date]:
    return frozenset(day for day, name in _unbridged(year) if CATEGORIES[name] in ("red", "eve"))
