"""The flow page of a customer with many numbers: one is searched for, where a few have a tab each."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tenants.callflow import queries
from tenants.customers import scope
from tenants.destinations import fields
from tests.factories import flow
from tests.factories.cast import Cast, cast
from tests.factories.crowd import lines
from tests.factories.doors import client, text
from tests.factories.numbers import number

pytestmark = pytest.mark.django_db

HOME = "/c/norrsken-bygg/"
PAGE = f"{HOME}call-flow/"
JUMP = 'class="flow-jump"'


@pytest.fixture
def everybody() -> Cast:
    people = cast()
    with scope.customer(people.norrsken.pk):
        flow.story(people.norrsken)
    return people


def grow(everybody: Cast, size: int) -> list[int]:
    """Give Norrsken more numbers, and return their ids."""
    with scope.customer(everybody.norrsken.pk):
        return [row.pk for row in lines(everybody.norrsken, size)]


def test_a_few_numbers_have_a_tab_each_and_more_are_chosen_among(everybody: Cast) -> None:
    browser = client(everybody.alice)
    (first, *_more) = grow(everybody, queries.TABS - 1)
    page = text(browser.get(f"{PAGE}{first}/"))
    assert len(re.findall(rf'class="tabs-item" href="{PAGE}\d+/"', page)) == queries.TABS
    assert JUMP not in page
    with scope.customer(everybody.norrsken.pk):
        last = number(everybody.norrsken.pk, "040-622 99 99").pk
    page = text(browser.get(f"{PAGE}{last}/"))
    assert JUMP in page
    assert f'href="{PAGE}{first}/"' not in page
    assert f'<option value="{last}" selected>' in page
    assert f'<option value="{first}">' in page
    chosen = browser.get(PAGE, {"number": first})
    assert (chosen.status_code, chosen["Location"]) == (302, f"{PAGE}{first}/")


def test_of_very_many_numbers_the_page_holds_the_chosen_one_alone(
    everybody: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fields, "MANY", 10)
    browser, many = client(everybody.alice), grow(everybody, 12)
    page = text(browser.get(f"{PAGE}{many[7]}/"))
    assert f'data-lookup="{HOME}numbers/options/"' in page
    assert f'<option value="{many[7]}" selected>' in page
    assert "Nummer 8" not in page
    assert re.findall(r'class="picker-detail">([^<]*)<', text(browser.get(f"{HOME}numbers/options/?q=nummer 8"))) == [
        "Nummer 8"
    ]


def test_a_number_that_is_none_is_not_found(everybody: Cast) -> None:
    browser = client(everybody.alice)
    with scope.customer(everybody.bageri.pk):
        (other,) = lines(everybody.bageri, 1)
    for ident in (other.pk, 9**15):
        assert browser.get(PAGE, {"number": ident}, follow=True).status_code == 404, ident
    for nonsense in ("", "x", "-1", str(9**40), "²"):
        assert browser.get(PAGE, {"number": nonsense}).status_code == 200, nonsense
    found = text(browser.get(f"{HOME}numbers/options/"))
    assert "040-622 10 00" in found
    assert f'data-value="{other.pk}"' not in found


def test_a_page_costs_the_same_however_many_the_numbers_are(everybody: Cast) -> None:
    browser = client(everybody.alice)

    def look() -> tuple[int, int]:
        with CaptureQueriesContext(connection) as seen:
            size = len(browser.get(PAGE).content)
        return len(seen), size

    grow(everybody, 10)
    few, _size = look()
    with scope.customer(everybody.norrsken.pk):
        for last in range(160):
            number(everybody.norrsken.pk, f"040-622 {last:04}")
    many, large = look()
    assert many == few
    assert large < 30_000
