"""Kontor, as the administrator meets it."""

from __future__ import annotations

import pytest
from django.db import connection
from django.db.models import Count
from django.test.utils import CaptureQueriesContext

from tenants.changes import queries as changes
from tenants.changes.actions import undo
from tenants.changes.models import Change, Publication, ReleaseItem
from tenants.customers import scope
from tenants.customers.models import Site
from tenants.people import actions as people
from tenants.people.models import Person
from tenants.people.sites import actions as sites
from tenants.routing import objects as objects_of
from tests.factories.cast import Cast, cast
from tests.factories.crowd import crowd
from tests.factories.doors import client, text
from tests.factories.numbers import number
from tests.factories.people import person

pytestmark = pytest.mark.django_db
BASE = "/c/norrsken-bygg/settings/sites/"


@pytest.fixture
def everybody() -> Cast:
    return cast()


def site(everybody: Cast, name: str = "Malmö") -> Site:
    with scope.customer(everybody.norrsken.pk):
        return Site.objects.create(customer=everybody.norrsken, name=name, area_code="040")


def names(everybody: Cast) -> list[str]:
    with scope.customer(everybody.norrsken.pk):
        return list(Site.objects.order_by("name").values_list("name", flat=True))


def test_an_office_is_added_changed_and_removed(everybody: Cast) -> None:
    browser = client(everybody.alice)
    assert "Inga kontor än" in text(browser.get(BASE))
    typed = {"name": "Luleå", "area_code": "0920", "municipality_code": "2580"}
    assert "Luleå är tillagt" in text(browser.post(f"{BASE}new/", typed, follow=True))
    with scope.customer(everybody.norrsken.pk):
        one = Site.objects.get()
    page = text(browser.get(f"{BASE}{one.pk}/"))
    assert 'value="0920"' in page
    assert "Ta bort kontoret" in page
    browser.post(f"{BASE}{one.pk}/", {**typed, "name": "Luleå hamn"})
    assert names(everybody) == ["Luleå hamn"]
    with scope.customer(everybody.norrsken.pk):
        seen = {"version": Site.objects.get().stamp}
    assert "är borttaget" in text(browser.post(f"{BASE}{one.pk}/remove/", seen, follow=True))
    assert names(everybody) == []


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ({"name": ""}, "aria-invalid"),
        ({"name": "MALMÖ"}, "Ett annat kontor har redan det namnet"),
        ({"name": "Lund", "area_code": "46"}, "Ett riktnummer börjar med 0"),
        ({"name": "Lund", "area_code": "00"}, "Ett riktnummer börjar med 0"),
        ({"name": "Lund", "municipality_code": "12a4"}, "En kommunkod har fyra siffror"),
        ({"name": "Lu\0nd"}, "aria-invalid"),
    ],
)
def test_what_is_wrong_is_said_and_kept(everybody: Cast, typed: dict[str, str], why: str) -> None:
    site(everybody)
    answer = client(everybody.alice).post(f"{BASE}new/", typed)
    assert answer.status_code == 422
    assert why in text(answer)
    assert names(everybody) == ["Malmö"]


def test_one_that_somebody_belongs_to_stays(everybody: Cast) -> None:
    one = site(everybody)
    with scope.customer(everybody.norrsken.pk):
        person = crowd(everybody.norrsken, 1)[0]
        Person.objects.filter(pk=person.pk).update(site=one)
    browser = client(everybody.alice)
    assert "Ta bort kontoret" not in text(browser.get(f"{BASE}{one.pk}/")).split("<dialog")[0]
    assert "Flytta dem först" in text(browser.post(f"{BASE}{one.pk}/remove/", {"version": one.stamp}, follow=True))
    assert names(everybody) == ["Malmö"]


def test_a_stranger_finds_none_and_a_user_may_not(everybody: Cast) -> None:
    one = site(everybody)
    for tail in ("", "new/", f"{one.pk}/", f"{one.pk}/remove/"):
        assert client(everybody.charlie).post(BASE + tail).status_code in {404, 405}
        assert client(everybody.bob).post(BASE + tail).status_code in {403, 405}
    assert client(everybody.charlie).get(f"/c/lilla-bageriet/settings/sites/{one.pk}/").status_code == 404
    assert names(everybody) == ["Malmö"]


def test_the_list_costs_the_same_however_long(everybody: Cast) -> None:
    browser = client(everybody.alice)

    def cost() -> int:
        with CaptureQueriesContext(connection) as seen:
            browser.get(BASE)
        return len(seen)

    site(everybody)
    few = cost()
    for more in range(12):
        site(everybody, f"Kontor {more}")
    assert cost() == few


def told(everybody: Cast, *people: Person) -> list[str]:
    """Return the area codes the switch has for some people."""
    with scope.customer(everybody.norrsken.pk):
        active = changes.active()
    found = [active[f"person/{one.pk}"] for one in people]
    return [one.area for one in found if isinstance(one, objects_of.Person)]


def test_somebodys_office_is_chosen_shown_and_told_to_the_switch(everybody: Cast) -> None:
    one, browser = site(everybody), client(everybody.alice)
    typed = {"name": "Anna Berg", "extension": "101", "site": str(one.pk)}
    page = text(browser.post("/c/norrsken-bygg/people/new/", typed, follow=True))
    assert f'<option value="{one.pk}" selected>Malmö</option>' in page
    with scope.customer(everybody.norrsken.pk):
        anna = Person.objects.get()
    assert (anna.site_id, told(everybody, anna)) == (one.pk, ["040"])
    assert "Malmö" in text(browser.get("/c/norrsken-bygg/people/"))
    where = f"/c/norrsken-bygg/people/{anna.pk}/"
    out = {"who-name": "Anna Berg", "who-extension": "101", "who-site": "", "who-version": str(anna.version)}
    assert browser.post(where, out).status_code == 302
    assert told(everybody, anna) == [""]


def test_another_customers_office_is_none(everybody: Cast) -> None:
    with scope.customer(everybody.bageri.pk):
        theirs = Site.objects.create(customer=everybody.bageri, name="Bagarstugan")
    typed = {"name": "Anna Berg", "extension": "101", "site": str(theirs.pk)}
    assert client(everybody.alice).post("/c/norrsken-bygg/people/new/", typed).status_code == 422
    with scope.customer(everybody.norrsken.pk), pytest.raises(sites.SiteGone):
        person(everybody.norrsken.pk, site_id=theirs.pk)


def test_a_changed_area_code_is_told_for_everybody_there_by_one_publication(everybody: Cast) -> None:
    one, two = site(everybody), site(everybody, "Lund")
    with scope.customer(everybody.norrsken.pk):
        here = [person(everybody.norrsken.pk, f"P{n}", f"10{n}", site_id=one.pk) for n in range(3)]
        there = person(everybody.norrsken.pk, "Q", "201", site_id=two.pk)
        before = Publication.objects.get().generation
    browser, where = client(everybody.alice), f"{BASE}{one.pk}/"
    browser.post(where, {"name": "Malmö", "area_code": "08"})
    assert told(everybody, *here, there) == ["08", "08", "08", "040"]
    browser.post(where, {"name": "Malmö C", "area_code": "08"})
    with scope.customer(everybody.norrsken.pk):
        assert Publication.objects.get().generation == before + 1


def test_a_large_office_is_told_so_many_a_publication(everybody: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sites, "MOST", 2)
    one = site(everybody)
    with scope.customer(everybody.norrsken.pk):
        here = [person(everybody.norrsken.pk, f"P{n}", f"10{n}", site_id=one.pk) for n in range(5)]
        before = Publication.objects.get().generation
        sites.change(site=one, by=None, name="Malmö", area_code="08")
        assert Publication.objects.get().generation == before + 3
        sizes = ReleaseItem.objects.filter(generation__gt=before).values_list("generation").annotate(Count("pk"))
        assert max(size for _generation, size in sizes) == 2
    assert told(everybody, *here) == ["08"] * 5


def test_undo_brings_somebody_back_to_where_they_worked(everybody: Cast) -> None:
    one = site(everybody)
    with scope.customer(everybody.norrsken.pk):
        anna = person(everybody.norrsken.pk, site_id=one.pk)
        gone = people.remove(person=anna, by=None, version=None)
        undo(customer_id=everybody.norrsken.pk, change_id=gone.pk, by=None)
        assert Person.objects.get().site_id == one.pk
        sites.change(site=one, by=None, name="Malmö", area_code="08")
        with pytest.raises(sites.NoSuchArea, match="040"):
            undo(customer_id=everybody.norrsken.pk, change_id=Change.objects.latest("pk").pk, by=None)
    assert told(everybody, anna) == ["08"]


@pytest.mark.slow
def test_many_people_get_their_offices_at_once_and_one_that_is_gone_hinders_no_others(everybody: Cast) -> None:
    one = site(everybody)
    wanted = [
        {"name": "Anna Berg", "extension": "101", "site": one.pk},
        {"name": "Bo Ek", "extension": "102", "site": one.pk + 1000},
    ]
    api = "/api/v1/customers/norrsken-bygg/people/"
    answer = client(everybody.alice).post(f"{api}bulk/", {"people": wanted}, content_type="application/json").json()
    assert [(line["code"], line["pointer"]) for line in answer["results"]] == [
        (None, None), ("site_gone", "/people/1/site"),
    ]  # fmt: skip
    listed = client(everybody.alice).get(api).json()["results"]
    assert [line["site"] for line in listed] == [one.pk]


def test_a_numbers_office_is_chosen_and_shown(everybody: Cast) -> None:
    one, browser = site(everybody), client(everybody.alice)
    with scope.customer(everybody.norrsken.pk):
        row = number(everybody.norrsken.pk)
    where = f"/c/norrsken-bygg/numbers/{row.pk}/"
    typed = {"label": "Huset", "site": str(one.pk), "version": str(row.version)}
    page = text(browser.post(where, typed, follow=True))
    assert f'<option value="{one.pk}" selected>Malmö</option>' in page
    assert "Malmö" in text(browser.get("/c/norrsken-bygg/numbers/"))
    assert browser.post(where, {**typed, "site": "999999", "version": "2"}).status_code == 422
    assert "Flytta dem först" in text(browser.post(f"{BASE}{one.pk}/remove/", {"version": one.stamp}, follow=True))
