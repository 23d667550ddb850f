"""People: who they are is live at once, where their calls go is draft, and a secret is shown once."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tenants.changes import queries as changes
from tenants.changes.actions import publish, undo
from tenants.changes.models import Change, Object, Publication
from tenants.changes.refusals import StillUsed
from tenants.customers import scope
from tenants.destinations.actions import NameTaken, StillPointedAt
from tenants.groups import actions as groups
from tenants.numbers import actions as numbers
from tenants.people import actions
from tenants.people.compile import compile_flow, compile_person
from tenants.people.devices import actions as devices
from tenants.people.models import Device, Person
from tenants.people.sites import actions as sites
from tenants.refusals import Conflict
from tenants.routing import objects
from tenants.routing.objects import key_of
from tenants.sealing import Unopenable, unseal
from tests.factories.cast import Cast, cast
from tests.factories.mailboxes import mailbox
from tests.factories.numbers import number
from tests.factories.people import person

pytestmark = pytest.mark.django_db


@pytest.fixture
def everybody() -> Iterator[Cast]:
    people = cast()
    with scope.customer(people.norrsken.pk):
        yield people


def test_a_new_person_is_in_the_switch_and_no_draft_waits(everybody: Cast) -> None:
    row = person(everybody.norrsken.pk)
    assert set(changes.active()) == {f"person/{row.pk}", f"person-flow/{row.pk}"}
    assert changes.waiting() == []
    assert Publication.objects.get().generation == 1


def test_an_extension_is_one_persons(everybody: Cast) -> None:
    person(everybody.norrsken.pk, "Anna Berg", "101")
    with pytest.raises(actions.ExtensionTaken):
        person(everybody.norrsken.pk, "Björn Ek", "101")
    assert Person.objects.count() == 1


@pytest.mark.parametrize("extension", ["0101", "1", "1234567", "10a", ""])
def test_an_extension_is_two_to_six_digits(everybody: Cast, extension: str) -> None:
    with pytest.raises(actions.ExtensionDigits):
        person(everybody.norrsken.pk, extension=extension)


@pytest.mark.parametrize("extension", ["112", "11313", "11414", "1177", "116000", "118118", "90000", "90510"])
def test_an_extension_is_no_short_number(everybody: Cast, extension: str) -> None:
    row = person(everybody.norrsken.pk)
    with pytest.raises(actions.ExtensionShort):
        person(everybody.norrsken.pk, "Bo Ek", extension)
    with pytest.raises(actions.ExtensionShort):
        actions.change(person=row, by=None, version=1, wish=actions.Wish(name="Anna", extension=extension))


def test_another_customer_may_have_the_same_extension(everybody: Cast) -> None:
    person(everybody.norrsken.pk)
    with scope.customer(everybody.bageri.pk):
        person(everybody.bageri.pk)


def test_two_people_have_two_names(everybody: Cast) -> None:
    person(everybody.norrsken.pk)
    with pytest.raises(NameTaken):
        person(everybody.norrsken.pk, "anna berg", "102")


def test_a_flow_waits_until_it_is_published(everybody: Cast) -> None:
    row, box = person(everybody.norrsken.pk), mailbox(everybody.norrsken.pk)
    wish = actions.FlowWish(ring_seconds=15, no_answer_id=box.pk)
    actions.set_flow(person=row, by=everybody.alice, version=row.version, wish=wish)
    assert [obj.key for obj in changes.waiting()] == [f"person-flow/{row.pk}"]
    publish(customer_id=everybody.norrsken.pk, by=everybody.alice)
    assert changes.active()[f"person-flow/{row.pk}"] == objects.PersonFlow(
        id=row.pk, ring_seconds=15, no_answer=f"mailbox/{box.pk}"
    )


def test_the_second_at_a_form_is_told(everybody: Cast) -> None:
    row = person(everybody.norrsken.pk)
    actions.change(person=row, by=everybody.alice, version=1, wish=actions.Wish(name="Anna", extension="101"))
    with pytest.raises(Conflict):
        actions.set_flow(person=row, by=everybody.bob, version=1, wish=actions.FlowWish())


def test_a_person_whom_calls_are_led_to_stays(everybody: Cast) -> None:
    anna, bjorn = person(everybody.norrsken.pk), person(everybody.norrsken.pk, "Björn Ek", "102")
    actions.set_flow(person=bjorn, by=None, version=None, wish=actions.FlowWish(busy_id=anna.pk))
    with pytest.raises(StillPointedAt, match="Björn Ek"):
        actions.remove(person=anna, by=everybody.alice, version=None)


def test_a_person_in_a_group_or_with_a_mailbox_stays(everybody: Cast) -> None:
    anna, bjorn = person(everybody.norrsken.pk), person(everybody.norrsken.pk, "Björn Ek", "102")
    wish = groups.Wish(name="Försäljning", members=(anna.pk,))
    groups.make(customer_id=everybody.norrsken.pk, by=None, wish=wish)
    mailbox(everybody.norrsken.pk, "Björns", owner_id=bjorn.pk)
    with pytest.raises(actions.StillAnswers, match="Försäljning"):
        actions.remove(person=anna, by=everybody.alice, version=None)
    with pytest.raises(actions.StillAnswers, match="röstbrevlåda"):
        actions.remove(person=bjorn, by=everybody.alice, version=None)


def test_a_person_the_published_flow_rings_stays(everybody: Cast) -> None:
    customer, anna = everybody.norrsken.pk, person(everybody.norrsken.pk)
    row = number(customer)
    numbers.set_entry(number=row, by=None, entry_id=anna.pk, version=row.version)
    publish(customer_id=customer, by=None)
    numbers.set_entry(number=row, by=None, entry_id=None, version=None)
    with pytest.raises(StillUsed):
        actions.remove(person=anna, by=everybody.alice, version=None)


def test_a_removed_person_leaves_nothing_in_the_switch(everybody: Cast) -> None:
    row = person(everybody.norrsken.pk)
    devices.add(person=row, by=None, name="Bordet")
    actions.remove(person=row, by=everybody.alice, version=None)
    assert changes.active() == {}
    assert not Object.objects.exists()
    assert not Device.objects.exists()


def test_undoing_a_removal_brings_the_person_back(everybody: Cast) -> None:
    row = person(everybody.norrsken.pk)
    devices.add(person=row, by=None, name="Bordet")
    then, flow = compile_person(row), compile_flow(row)
    change = actions.remove(person=row, by=everybody.alice, version=None)
    undo(customer_id=everybody.norrsken.pk, change_id=change.pk, by=everybody.alice)
    back = Person.objects.get()
    assert (compile_person(back), compile_flow(back)) == (then, flow)


def test_undoing_an_arrival_takes_the_person_away(everybody: Cast) -> None:
    person(everybody.norrsken.pk)
    undo(customer_id=everybody.norrsken.pk, change_id=Change.objects.get().pk, by=everybody.alice)
    assert not Person.objects.exists()
    assert changes.active() == {}
    assert changes.waiting() == []


def test_a_secret_is_128_bits_sealed_for_its_place(everybody: Cast) -> None:
    row = person(everybody.norrsken.pk)
    device, secret = devices.add(person=row, by=everybody.alice, name="Bordet")
    assert re.fullmatch(r"[0-9a-f]{32}", secret)
    assert re.fullmatch(r"d[0-9a-f]{16}", device.username)
    assert unseal(device.secret, f"device/{device.pk}/secret").decode() == secret
    with pytest.raises(Unopenable):
        unseal(device.secret, f"device/{device.pk + 1}/secret")


def test_a_new_secret_has_a_new_version_in_the_switch(everybody: Cast) -> None:
    row = person(everybody.norrsken.pk)
    device, first = devices.add(person=row, by=everybody.alice, name="Bordet")
    generation = Publication.objects.get().generation
    second = devices.renew_secret(device=device, by=everybody.alice)
    assert first != second
    assert Publication.objects.get().generation == generation + 1
    told = changes.active()[f"person/{row.pk}"]
    assert isinstance(told, objects.Person)
    assert told.devices[0].credential == objects.Credential(id=device.pk, version=2)


def test_a_version_never_goes_back(everybody: Cast) -> None:
    row = person(everybody.norrsken.pk)
    device, _first = devices.add(person=row, by=everybody.alice, name="Bordet")
    secret = devices.renew_secret(device=device, by=everybody.alice)
    renewal = Change.objects.order_by("-pk")[0]
    undo(customer_id=everybody.norrsken.pk, change_id=renewal.pk, by=everybody.alice)
    device.refresh_from_db()
    assert device.version == 2
    assert unseal(device.secret, devices.place_of(device)).decode() == secret


def test_the_secret_stands_nowhere_in_the_database(everybody: Cast) -> None:
    row = person(everybody.norrsken.pk)
    device, first = devices.add(person=row, by=everybody.alice, name="Bordet")
    second = devices.renew_secret(device=device, by=everybody.alice)
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE relkind = 'r' AND relname LIKE 'tenants\\_%'")
        tables = [name for (name,) in cursor.fetchall()]
        found = []
        for table in tables:
            cursor.execute(f"SELECT count(*) FROM {table} t WHERE t::text ~ %s", [f"{first}|{second}"])
            found += [table] * cursor.fetchone()[0]
            cursor.execute(f"SELECT count(*) FROM {table} t WHERE t::text ILIKE %s", [f"%{first.encode().hex()}%"])
            found += [table] * cursor.fetchone()[0]
    assert len(tables) > 20
    assert found == []


@st.composite
def people(draw: st.DrawFn) -> objects.Person:
    idents = draw(st.lists(st.integers(10**6, 10**9), unique=True, max_size=3))
    return objects.Person(
        id=draw(st.integers(10**6, 10**9)),
        name=draw(st.text("abcåäö -", min_size=1, max_size=80)),
        extension=draw(st.from_regex(r"[1-9][0-9]{1,5}", fullmatch=True)),
        devices=tuple(
            objects.Device(
                id=ident, username=f"d{ident:016x}",
                credential=objects.Credential(id=ident, version=draw(st.integers(1, 1000))),
            )
            for ident in sorted(idents)
        ),
        area=draw(st.sampled_from(["", "040"])),
    )  # fmt: skip


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(obj=people(), ring=st.integers(5, 120), slots=st.sets(st.sampled_from(["busy", "no_answer", "unreachable"])))
def test_a_person_comes_back_from_both_objects(
    everybody: Cast, obj: objects.Person, ring: int, slots: set[str]
) -> None:
    with transaction.atomic():
        box = mailbox(everybody.norrsken.pk)
        sites.make(customer_id=everybody.norrsken.pk, name="Malmö", area_code="040")
        target = f"mailbox/{box.pk}"
        flow = objects.PersonFlow(id=obj.id, ring_seconds=ring, **dict.fromkeys(slots, target))
        row = actions.restore(everybody.norrsken.pk, obj)
        row = actions.restore_flow(everybody.norrsken.pk, flow)
        actions.link_flow(everybody.norrsken.pk, flow)
        assert (compile_person(row), compile_flow(row)) == (obj, flow)
        assert key_of(obj) == f"person/{row.pk}"
        transaction.set_rollback(True)
