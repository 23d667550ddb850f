"""A telephone is a part of its person: who saw the person before it came or went is asked to look again."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from tenants.customers import scope
from tenants.people.devices import actions as devices
from tenants.people.models import Device, Person
from tests.factories.cast import Cast, cast
from tests.factories.doors import client, text
from tests.factories.people import person

pytestmark = pytest.mark.django_db
JSON = "application/json"


def _add(row: Person) -> None:
    devices.add(person=row, by=None, name="Mobilen")


def _renew(row: Person) -> None:
    devices.renew_secret(device=row.devices.get(), by=None)


def _remove(row: Person) -> None:
    device = row.devices.get()
    devices.remove(device=device, by=None, version=device.version)


WHAT_A_COLLEAGUE_DOES: dict[str, Callable[[Person], None]] = {"adds": _add, "renews": _renew, "removes": _remove}
each = pytest.mark.parametrize("does", WHAT_A_COLLEAGUE_DOES)


@pytest.fixture
def everybody() -> Cast:
    return cast()


@pytest.fixture
def eva(everybody: Cast) -> Person:
    """A person with one telephone."""
    with scope.customer(everybody.norrsken.pk):
        row = person(everybody.norrsken.pk, "Eva Lind", "1042")
        _add(row)
        row.refresh_from_db()
    return row


@pytest.fixture
def alice(everybody: Cast) -> Client:
    return client(everybody.alice)


def colleague(eva: Person, does: str) -> int:
    """Let a colleague do something with a telephone; return how many there are then."""
    with scope.customer(eva.customer_id):
        WHAT_A_COLLEAGUE_DOES[does](Person.objects.select_related("destination").get(pk=eva.pk))
        return Device.objects.count()


def stands(eva: Person) -> tuple[str, int]:
    """Return the person's name and how many telephones there are."""
    with scope.customer(eva.customer_id):
        return Person.objects.select_related("destination").get(pk=eva.pk).name, Device.objects.count()


@each
def test_on_the_page_nothing_is_written_over_and_nobody_removed(alice: Client, eva: Person, does: str) -> None:
    page = f"/c/norrsken-bygg/people/{eva.pk}/"
    assert alice.get(page).status_code == 200
    left = colleague(eva, does)
    sent = {"who-name": "Eva Lindgren", "who-extension": "1042", "who-version": eva.version}
    refused = alice.post(page, sent)
    assert refused.status_code == 422
    assert "Någon annan" in text(refused)
    assert alice.post(f"{page}remove/", {"version": eva.version}).status_code == 409
    assert stands(eva) == ("Eva Lind", left)
    assert alice.post(page, {**sent, "who-version": eva.version + 1}).status_code == 302


@each
def test_over_the_api_what_was_read_before_is_412(alice: Client, eva: Person, does: str) -> None:
    where = f"/api/v1/customers/norrsken-bygg/people/{eva.pk}/"
    seen = {"If-Match": alice.get(where).headers["ETag"]}
    left = colleague(eva, does)
    body = {"name": "Eva Lindgren", "extension": "1042"}
    put = alice.put(where, body, content_type=JSON, headers=seen)
    assert (put.status_code, put.json()["code"]) == (412, "changed_since")
    assert alice.delete(where, headers=seen).status_code == 412
    assert stands(eva) == ("Eva Lind", left)
    seen = {"If-Match": alice.get(where).headers["ETag"]}
    assert alice.put(where, body, content_type=JSON, headers=seen).status_code == 200


def test_two_telephones_added_at_once_are_both_there(alice: Client, eva: Person) -> None:
    """Adding writes over nothing, so it asks nobody to look again."""
    where = f"/api/v1/customers/norrsken-bygg/people/{eva.pk}/devices/"
    made = [alice.post(where, {"name": name}, content_type=JSON).status_code for name in ("Datorn", "Soffan")]
    assert made == [201, 201]
    assert stands(eva) == ("Eva Lind", 3)
