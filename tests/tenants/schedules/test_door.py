"""The page's door, every route of it, and that the page itself is whole."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tenants.customers import scope
from tenants.customers.models import User
from tenants.routing.objects import ExceptionRule, Opening, Period
from tenants.schedules import date_actions, queries, urls
from tenants.schedules.models import Schedule
from tests.factories.cast import Cast
from tests.factories.schedules import schedule


@pytest.fixture
def office(people: Cast) -> Schedule:
    """Norrsken's schedule with an exception and a period."""
    with scope.customer(people.norrsken.pk):
        row = schedule(people.norrsken, by=people.alice)
        rule = ExceptionRule(id=0, name="Julbord", first=date(2027, 12, 10), last=date(2027, 12, 10))
        date_actions.add_exception(schedule=row, by=people.alice, version=None, rule=rule)
        period = Period(id=0, name="Semester", first=date(2027, 7, 1), last=date(2027, 7, 31))
        date_actions.add_period(schedule=row, by=people.alice, version=None, period=period)
        return Schedule.objects.get(pk=row.pk)


POSTED = {
    "delete", "week", "lunch", "copy", "undo", "usual-today", "remove-exception", "remove-period", "resume",
}  # fmt: skip


def client(user: User, *, htmx: bool = False) -> Client:
    browser = Client(headers={"HX-Request": "true"}) if htmx else Client()
    browser.force_login(user)
    return browser


def addresses(row: Schedule, slug: str) -> dict[str, str]:
    """Return every address of the room, by name."""
    with scope.customer(row.customer_id):
        rules = {"exception": row.exceptions.get().pk, "remove-exception": row.exceptions.get().pk}
        change = queries.latest_change(row.pk)
        rules |= dict.fromkeys(("period", "remove-period"), row.periods.get().pk)
    found = {}
    for pattern in urls.urlpatterns:
        name, wanted = str(pattern.name), pattern.pattern.converters
        values = {
            "ident": row.pk,
            "day": date(2027, 3, 3),
            "change": change.pk if change else 0,
            "rule": rules.get(name),
        }
        kwargs = {"customer": slug} | {key: values[key] for key in wanted}
        found[name] = reverse(f"schedules:{name}", kwargs=kwargs)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("htmx", [False, True])
def test_nobody_but_the_customers_admins_comes_in_anywhere(
    people: Cast, office: Schedule, method: str, htmx: bool
) -> None:
    for name, address in addresses(office, people.norrsken.slug).items():
        for who, status in ((people.charlie, 404), (people.bob, 403)):
            answer = getattr(client(who, htmx=htmx), method)(address)
            assert answer.status_code == status, (name, who.email)
        anonymous = getattr(Client(), method)(address)
        assert anonymous.status_code == 302, name


def test_another_customers_schedule_is_not_there_under_ones_own_address(people: Cast, office: Schedule) -> None:
    for name, address in addresses(office, people.bageri.slug).items():
        if name not in {"index", "new"}:
            for method in ("get", "post"):
                answer = getattr(client(people.charlie), method)(address)
                assert answer.status_code in {404, 405}, name


def test_the_page_and_every_sheet_open_whole_and_as_fragments(people: Cast, office: Schedule) -> None:
    for name, address in addresses(office, people.norrsken.slug).items():
        whole = client(people.alice).get(address)
        part = client(people.alice, htmx=True).get(address)
        if name in {
            "delete",
            "week",
            "lunch",
            "copy",
            "undo",
            "usual-today",
            "remove-exception",
            "remove-period",
            "resume",
        }:
            assert whole.status_code == part.status_code == 405, name
        else:
            assert whole.status_code == part.status_code == 200, name
            assert (b"<html" in whole.content) == (name not in {"receipt", "status"}), name
            if name != "exceptions":
                assert b"<html" not in part.content, name
        assert b"{{" not in whole.content + part.content, name
        assert b" style=" not in whole.content + part.content, name


def test_staff_may_enter_and_an_unknown_day_is_not_there(people: Cast, office: Schedule) -> None:
    at = addresses(office, people.norrsken.slug)
    assert client(people.sam).get(at["show"]).status_code == 200
    assert client(people.alice).get(at["show"] + "days/2027-02-30/").status_code == 404


def test_a_customer_without_hours_is_told_what_they_are_for(people: Cast) -> None:
    page = client(people.alice).get(reverse("schedules:index", args=[people.norrsken.slug]))
    assert "Inga öppettider än" in page.text


@pytest.mark.slow
def test_the_page_costs_the_same_however_many_exceptions_there_are(people: Cast, office: Schedule) -> None:
    browser, address = client(people.alice), addresses(office, people.norrsken.slug)["show"]
    counts = []
    for month in range(1, 7):
        with scope.customer(people.norrsken.pk):
            for day in range(1, 5):
                when = date(2028, month, day)
                rule = ExceptionRule(id=0, name="X", first=when, last=when, openings=(Opening(start=480, end=600),))
                date_actions.add_exception(schedule=office, by=None, version=None, rule=rule)
        browser.get(address)
        with CaptureQueriesContext(connection) as queries:
            assert browser.get(address).status_code == 200
        counts.append(len(queries))
    assert set(counts) == {counts[0]}
