"""What a customer's first page says."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from portal import overview
from tenants.customers import scope
from tenants.numbers.models import Number
from tests.factories.cast import Cast, cast
from tests.factories.schedules import schedule

STOCKHOLM = ZoneInfo("Europe/Stockholm")
TUESDAY = datetime(2026, 11, 24, 10, 42, tzinfo=STOCKHOLM)


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (None, ""),
        (datetime(2026, 11, 24, 16, 0, tzinfo=UTC), "kl. 17:00"),
        (datetime(2026, 11, 25, 7, 0, tzinfo=UTC), "onsdag kl. 08:00"),
        (datetime(2026, 11, 24, 23, 30, tzinfo=UTC), "onsdag kl. 00:30"),
        (datetime(2026, 12, 24, 7, 0, tzinfo=UTC), "24 december kl. 08:00"),
    ],
)
def test_an_end_is_said_as_shortly_as_its_day_allows(moment: datetime | None, words: str) -> None:
    assert overview.moment_words(moment, TUESDAY) == words


@pytest.fixture
def people() -> Cast:
    """Everybody, and a number of Norrsken's that leads nowhere."""
    everybody = cast()
    with scope.customer(everybody.norrsken.pk):
        Number.objects.create(customer=everybody.norrsken, e164="+46406221000", is_main=True)
    return everybody


@pytest.mark.django_db
def test_number_that_leads_nowhere_is_told(client: Client, people: Cast) -> None:
    client.force_login(people.alice)
    page = client.get("/c/norrsken-bygg/").content.decode()
    assert "Nummer som inte leder någonstans" in page
    assert "040-622 10 00" in page


@pytest.mark.django_db
def test_a_user_is_not_led_to_what_only_administrators_may_open(client: Client, people: Cast) -> None:
    client.force_login(people.alice)
    assert "/opening-hours/" in client.get("/c/norrsken-bygg/").content.decode()
    client.force_login(people.bob)
    page = client.get("/c/norrsken-bygg/")
    assert page.status_code == 200
    assert "/opening-hours/" not in page.content.decode()


@pytest.mark.django_db
def test_a_stranger_finds_nothing(client: Client, people: Cast) -> None:
    client.force_login(people.charlie)
    assert client.get("/c/norrsken-bygg/").status_code == 404


@pytest.mark.django_db
def test_hours_say_when_it_opens_and_when_it_closes(people: Cast) -> None:
    with scope.customer(people.norrsken.pk):
        row = schedule(people.norrsken)
        closed = overview.hours_of(row, datetime(2026, 11, 24, 5, 0, tzinfo=STOCKHOLM))
        open_ = overview.hours_of(row, TUESDAY)
    assert (closed.state, closed.until, closed.opens, closed.now) == ("closed", "kl. 08:00", True, 300)
    assert (open_.state, open_.until, open_.opens, open_.tone) == ("open", "kl. 17:00", False, "ok")
    assert open_.spans == [(480, 1020)]
