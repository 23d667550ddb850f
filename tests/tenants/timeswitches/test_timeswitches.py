"""Time switches: drafted, led somewhere, removed, brought back; and what keeps their opening hours in place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tenants.changes import queries as changes
from tenants.changes.actions import undo
from tenants.changes.models import Change
from tenants.customers import scope
from tenants.destinations.actions import NameTaken, StillPointedAt
from tenants.destinations.actions import make as make_destination
from tenants.destinations.forms import Offer
from tenants.destinations.models import Destination, Kind
from tenants.mailboxes.models import Mailbox
from tenants.refusals import Conflict
from tenants.routing.objects import TimeSwitch as Object
from tenants.schedules import actions as schedules
from tenants.schedules.refusals import InUse
from tenants.timeswitches import actions
from tenants.timeswitches.compile import compile_timeswitch
from tenants.timeswitches.forms import TimeSwitchForm
from tenants.timeswitches.models import TimeSwitch
from tests.factories.cast import Cast, cast
from tests.factories.schedules import schedule


@pytest.fixture
def inside(db: None) -> Iterator[Cast]:
    """The cast, in Norrsken's scope."""
    people = cast()
    with scope.customer(people.norrsken.pk):
        yield people


def mailbox(people: Cast, name: str = "Gemensam röstbrevlåda") -> int:
    """Make a mailbox to lead calls to; return its destination's id."""
    destination = make_destination(customer_id=people.norrsken.pk, kind=Kind.MAILBOX, name=name)
    Mailbox.objects.create(customer=people.norrsken, destination=destination, kind=Kind.MAILBOX)
    return destination.pk


def make(people: Cast, name: str = "Öppet eller stängt") -> TimeSwitch:
    hours = schedule(people.norrsken, f"Tider {name}")
    return actions.make(customer_id=people.norrsken.pk, by=people.alice, wish=actions.Wish(name, hours.pk))


def change(people: Cast, row: TimeSwitch, *, version: int | None = None, **other: Any) -> None:
    """Change a time switch; what is not given is as in the row, and no state leads anywhere."""
    wish: dict[str, Any] = {"name": row.name, "schedule_id": row.schedule_id} | other
    actions.change(switch=row, by=people.alice, version=version, wish=actions.Wish(**wish))


def drafted(row: TimeSwitch) -> Object:
    found = changes.drafted()[f"timeswitch/{row.pk}"]
    assert isinstance(found, Object)
    return found


def test_a_time_switch_waits_as_a_draft_with_its_slots(inside: Cast) -> None:
    row = make(inside)
    box = mailbox(inside)
    change(inside, row, closed_id=box)
    assert drafted(row) == Object(
        id=row.pk, name="Öppet eller stängt", schedule=f"schedule/{row.schedule_id}", closed=f"mailbox/{box}"
    )
    assert f"timeswitch/{row.pk}" in [obj.key for obj in changes.waiting()]
    assert f"timeswitch/{row.pk}" not in changes.active()


def test_a_change_replaces_every_state(inside: Cast) -> None:
    row = make(inside)
    one, two = mailbox(inside), mailbox(inside, "Lagret")
    change(inside, row, open_id=one, lunch_id=one)
    change(inside, row, name="Växeln", closed_id=two)
    now = drafted(row)
    assert (now.open, now.lunch, now.closed, now.name) == (None, None, f"mailbox/{two}", "Växeln")


def test_two_editors_do_not_write_over_each_other(inside: Cast) -> None:
    row = make(inside)
    change(inside, row, version=1, name="Dagtid")
    with pytest.raises(Conflict):
        change(inside, row, version=1, name="Kvällstid")
    assert TimeSwitch.objects.get().name == "Dagtid"


def test_a_removed_switch_gives_its_calls_away_and_forms_drawn_before_are_told(inside: Cast) -> None:
    row, other = make(inside), make(inside, "Kvällstid")
    box = mailbox(inside)
    change(inside, row, open_id=other.pk)
    seen = TimeSwitch.objects.get(pk=row.pk).version
    instead = Destination.objects.get(pk=box)
    actions.remove(switch=other, by=inside.alice, version=None, instead=instead)
    assert drafted(row).open == f"mailbox/{box}"
    with pytest.raises(Conflict):
        change(inside, row, version=seen)


def test_history_raises_the_version(inside: Cast) -> None:
    row = make(inside)
    change(inside, row, name="Annat")
    seen = TimeSwitch.objects.get().version
    undo(customer_id=inside.norrsken.pk, change_id=Change.objects.latest("pk").pk, by=inside.alice)
    with pytest.raises(Conflict):
        change(inside, TimeSwitch.objects.get(), version=seen)


def test_what_is_restored_compiles_to_the_same_object(inside: Cast) -> None:
    row = make(inside)
    one, two = mailbox(inside), mailbox(inside, "Lagret")
    obj = Object(
        id=row.pk, name="Växeln", schedule=f"schedule/{row.schedule_id}", open=f"mailbox/{one}",
        closed=f"mailbox/{two}", lunch=f"mailbox/{two}", holiday=f"mailbox/{one}",
    )  # fmt: skip
    restored = actions.restore(inside.norrsken.pk, obj)
    actions.link(inside.norrsken.pk, obj)
    assert compile_timeswitch(TimeSwitch.objects.get(pk=restored.pk)) == obj


def test_undo_takes_back_a_draft(inside: Cast) -> None:
    row = make(inside)
    before = drafted(row)
    change(inside, row, name="Annat", closed_id=mailbox(inside))
    latest = Change.objects.order_by("-pk")[0]
    undo(customer_id=inside.norrsken.pk, change_id=latest.pk, by=inside.alice)
    assert drafted(row) == before


def test_names_are_one_each_and_a_used_switch_stays(inside: Cast) -> None:
    row, other = make(inside), make(inside, "Kvällstid")
    with pytest.raises(NameTaken):
        change(inside, other, name="öppet eller stängt")
    change(inside, row, open_id=other.pk)
    with pytest.raises(StillPointedAt) as caught:
        actions.remove(switch=other, by=inside.alice, version=None)
    assert "Öppet eller stängt" in str(caught.value)
    actions.remove(switch=row, by=inside.alice, version=None)
    actions.remove(switch=TimeSwitch.objects.get(pk=other.pk), by=inside.alice, version=None)
    assert not any(key.startswith("timeswitch/") for key in changes.drafted())


def test_opening_hours_in_use_are_kept_and_the_refusal_says_where(inside: Cast) -> None:
    row = make(inside)
    with pytest.raises(InUse) as caught:
        schedules.delete(schedule=row.schedule, by=inside.alice, version=None)
    assert "Öppet eller stängt" in str(caught.value)
    making = Change.objects.filter(summary__contains="La till öppettiderna").get()
    with pytest.raises(InUse):
        undo(customer_id=inside.norrsken.pk, change_id=making.pk, by=inside.alice)


def test_a_form_offers_only_ones_own_rows_and_gives_what_the_action_takes(inside: Cast) -> None:
    row = make(inside)
    box = mailbox(inside)
    with scope.customer(inside.bageri.pk):
        foreign = schedule(inside.bageri, "Bageriets")
    data = {"name": "Växeln", "schedule": str(foreign.pk), "closed": str(box), "open": str(row.pk)}
    form = TimeSwitchForm(data, offer=Offer("/"), switch=row)
    assert set(form.errors) == {"schedule", "open"}

    form = TimeSwitchForm({**data, "schedule": str(row.schedule_id), "open": ""}, offer=Offer("/"), switch=row)
    assert form.is_valid()
    actions.change(switch=row, by=inside.alice, version=None, wish=form.wish())
    assert drafted(row).closed == f"mailbox/{box}"
    assert TimeSwitchForm(offer=Offer("/"), switch=row).initial["closed"] == box


def test_another_customers_hours_cannot_be_used(inside: Cast) -> None:
    row = make(inside)
    with scope.customer(inside.bageri.pk):
        foreign = schedule(inside.bageri, "Bageriets")
    with pytest.raises(actions.ScheduleGone):
        change(inside, row, schedule_id=foreign.pk)
