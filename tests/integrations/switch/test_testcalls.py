"""Provring: asked for on a page, made by a node over HTTP, followed by its events."""

from __future__ import annotations

import re
from dataclasses import dataclass

import msgspec
import pytest
from django.test import Client

from integrations.switch import events, tasks
from integrations.switch.testcalls import queries
from integrations.switch.testcalls.models import TestCall
from tenants.announcements import actions as announcements
from tenants.announcements.models import Announcement
from tenants.changes.actions import publish
from tenants.customers import scope
from tenants.destinations import fields
from tenants.nodes.models import Node
from tenants.numbers import actions as numbers
from tenants.numbers.models import Number
from tenants.people.devices import actions as devices
from tenants.routing import wire
from tests.factories.announcements import announcement
from tests.factories.crowd import lines
from tests.factories.doors import client, text
from tests.factories.flow import mailbox, prompt
from tests.factories.numbers import number
from tests.factories.people import person
from tests.integrations.switch.conftest import World

pytestmark = pytest.mark.django_db(transaction=True)
PAGE = "/c/norrsken-bygg/test-calls/"


@dataclass
class Office:
    """Norrsken with a number that leads to an announcement, Anna with a telephone, and the node that knows both."""

    world: World
    number: Number
    spoken: Announcement
    alice: Client

    @property
    def id(self) -> int:
        """The customer."""
        return self.world.cast.norrsken.pk

    def ask(self, **form: str) -> TestCall:
        """Ask for a test call on the page, and return it."""
        answer = self.alice.post(PAGE, {"number": str(self.number.pk), "to": "101", "draft": "live", **form})
        assert answer.status_code == 302, text(answer)
        with scope.customer(self.id):
            return TestCall.objects.get(uuid=answer["Location"].rstrip("/").rpartition("/")[2])

    def refused(self, **form: str) -> str:
        """Return the page that says why a test call is not made."""
        answer = self.alice.post(PAGE, {"number": str(self.number.pk), "to": "101", "draft": "live", **form})
        assert answer.status_code == 422
        return text(answer)

    def place(self) -> None:
        """Be the worker that hears the bell, and the node that tells what happened."""
        with self.world.worker():
            tasks.place_test_calls(customer_id=self.id)
        raw = [msgspec.Raw(msgspec.json.encode(event)) for event in self.world.memory.events]
        with scope.wide("portal_node"):
            node = Node.objects.get()
        events.store(node, wire.Batch(events=tuple(raw)))

    def page(self, call: TestCall) -> str:
        """Return the call's page."""
        return text(self.alice.get(f"{PAGE}{call.uuid}/"))


@pytest.fixture
def office(world: World) -> Office:
    """Published and at the node."""
    customer, alice = world.cast.norrsken, world.cast.alice
    with scope.customer(customer.pk):
        anna = person(customer.pk)
        devices.add(person=anna, by=None, name="Bord")
        spoken = announcement(customer.pk, prompt(customer.pk).pk, next_id=mailbox(customer.pk).pk)
        held = number(customer.pk)
        numbers.set_entry(number=held, by=None, entry_id=spoken.pk, version=None)
        publish(customer_id=customer.pk, by=None)
    world.push()
    return Office(world, held, spoken, client(alice))


def test_a_test_call_is_made_and_its_steps_are_shown(office: Office) -> None:
    call = office.ask()
    assert "Det ringer hos dig" in office.page(call)
    office.place()
    shown = office.page(call)
    assert "Vi har stängt spelas upp." in shown
    assert "lämna ett meddelande i Gemensam röstbrevlåda" in shown
    assert "Samtalet är slut." in shown
    assert "hx-trigger" not in shown.partition('id="test-call"')[2].partition(">")[0]


def test_the_draft_is_followed_only_when_it_is_chosen(office: Office) -> None:
    with scope.customer(office.id):
        wish = announcements.Wish(name="Nya vägen", prompt_id=office.spoken.prompt_id, next_id=None)
        announcements.change(announcement=office.spoken, by=None, version=None, wish=wish)
    live, draft = office.ask(), office.ask(draft="draft")
    office.place()
    assert "Gemensam röstbrevlåda" in office.page(live)
    assert "Gemensam röstbrevlåda" not in office.page(draft)
    assert "Efter Nya vägen är samtalet slut." in office.page(draft)


def test_of_many_numbers_one_is_searched_for_and_the_main_one_is_suggested(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    with scope.customer(office.id):
        last = lines(office.world.cast.norrsken, 12)[-1]
    assert f'<option value="{office.number.pk}" selected>' in text(office.alice.get(PAGE))
    monkeypatch.setattr(fields, "MANY", 10)
    page = text(office.alice.get(PAGE, {"number": last.pk}))
    assert f'data-lookup="{PAGE.replace("test-calls", "numbers/options")}"' in page
    assert re.findall(r'<option value="(\d+)"', page.partition('name="to"')[0]) == [str(last.pk)]
    assert office.refused(number="x")
    assert office.ask(number=str(last.pk)).number_id == last.pk


def test_a_chosen_moment_is_swedish_time(office: Office) -> None:
    call = office.ask(day="2026-12-24", clock="10:00")
    with scope.customer(office.id):
        assert call.moment is not None
        assert call.moment.isoformat() == "2026-12-24T09:00:00+00:00"


@pytest.mark.parametrize(
    ("form", "why"),
    [
        ({"to": "199"}, "Ingen har anknytningen"),
        ({"to": "0900-123 45 67"}, "betalnummer"),
        ({"to": "112"}, "Ingen har anknytningen"),
        ({"to": ""}, "måste fyllas i"),
        ({"clock": "10:00"}, "Välj dag också"),
        ({"day": "i morgon"}, "Skriv ett datum som"),
    ],
)
def test_what_can_not_be_rung_is_refused_and_nothing_typed_is_lost(
    office: Office, form: dict[str, str], why: str
) -> None:
    shown = office.refused(**form)
    assert why.lower() in shown.lower()
    assert all(value in shown for value in form.values())
    with scope.customer(office.id):
        assert not TestCall.objects.exists()


def test_a_machine_can_not_ring_for_ever(office: Office) -> None:
    for _ in range(6):
        office.ask()
    assert "sex gånger i minuten" in office.refused()


def test_a_switch_that_does_not_answer_is_said_to_be_so(office: Office) -> None:
    call = office.ask()
    with scope.wide("portal_staff"):
        Node.objects.update(url="http://127.0.0.1:9")
    office.place()
    assert "Växeln kunde inte ringa upp" in office.page(call)


def test_a_bell_nobody_heard_is_said_after_a_while(office: Office) -> None:
    call = office.ask()
    with scope.customer(office.id):
        TestCall.objects.update(made_at=call.made_at - 2 * queries.PATIENCE)
    assert "Växeln svarar inte just nu" in office.page(call)
    office.place()
    assert not office.world.memory.events


def test_another_customers_call_is_not_there(office: Office) -> None:
    call = office.ask()
    stranger = client(office.world.cast.charlie)
    assert stranger.get(f"{PAGE}{call.uuid}/").status_code == 404
    assert stranger.get(f"/c/lilla-bageriet/test-calls/{call.uuid}/").status_code == 404


def test_how_many_queries_do_not_grow_with_the_call(office: Office, django_assert_max_num_queries: object) -> None:
    call = office.ask()
    office.place()
    with django_assert_max_num_queries(16):  # type: ignore[operator]
        office.page(call)
