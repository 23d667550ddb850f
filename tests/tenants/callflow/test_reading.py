"""The flow page reads a part of the draft and shows what it would show of the whole."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tenants.callflow import queries, reading
from tenants.callflow.tree import Drawing, draw, reached
from tenants.changes import actions as changes
from tenants.changes.queries import drafted
from tenants.customers import scope
from tenants.customers.models import Customer
from tenants.menus import actions as menus
from tenants.numbers import actions as numbers
from tests.factories import flow
from tests.factories.cast import Cast, cast
from tests.factories.crowd import crowd, lines
from tests.factories.groups import group
from tests.factories.menus import menu

pytestmark = pytest.mark.django_db


@pytest.fixture
def norrsken() -> tuple[Cast, flow.Story]:
    people = cast()
    with scope.customer(people.norrsken.pk):
        story = flow.story(people.norrsken)
        changes.publish(customer_id=people.norrsken.pk, by=people.alice, note="Första flödet")
    return people, story


def nothing(customer: Customer, story: flow.Story) -> None:
    pass


def a_key_leads_to_a_new_group(customer: Customer, story: flow.Story) -> None:
    made = group(customer.pk, "Lager", members=[story.people[1].pk], no_answer_id=story.support.pk)
    keys = {"1": menus.Choice(made.pk), "2": menus.Choice(story.people[0].pk)}
    wish = menus.Wish(name="Huvudmeny", choices=keys, no_input_id=story.desk.pk, invalid_id=story.box.pk)
    menus.change(menu=story.main, by=None, version=None, wish=wish)


def the_number_leads_nowhere(customer: Customer, story: flow.Story) -> None:
    numbers.set_entry(number=story.number, by=None, entry_id=None, version=None)


def the_number_leads_elsewhere(customer: Customer, story: flow.Story) -> None:
    numbers.set_entry(number=story.number, by=None, entry_id=story.support.pk, version=None)


def a_step_stands_alone(customer: Customer, story: flow.Story) -> None:
    below = group(customer.pk, "Under", members=[story.people[0].pk], no_answer_id=story.box.pk)
    menu(customer.pk, "Sommarmeny", keys={"1": below.pk}, no_input_id=story.desk.pk, invalid_id=story.desk.pk)


def a_step_is_removed(customer: Customer, story: flow.Story) -> None:
    menus.remove(menu=story.support, by=None, version=None, instead=story.desk.destination)


EDITS: list[Callable[[Customer, flow.Story], None]] = [
    nothing,
    a_key_leads_to_a_new_group,
    the_number_leads_nowhere,
    the_number_leads_elsewhere,
    a_step_stands_alone,
    a_step_is_removed,
]


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.__name__)
def test_the_part_that_is_read_draws_what_the_whole_would(
    norrsken: tuple[Cast, flow.Story], edit: Callable[[Customer, flow.Story], None]
) -> None:
    people, story = norrsken
    with scope.customer(people.norrsken.pk):
        edit(people.norrsken, story)
        crowd(people.norrsken, 5, no_answer_id=story.sales.pk)
        lines(people.norrsken, 5, entry=story.box.destination)
        number = queries.number_of(story.number.pk)
        assert number
        flown = queries.flow(number, "", {})
        whole, key = drafted(), f"number/{number.pk}"
        view, part = flown.desk.view, flown.desk.objects
        assert draw(Drawing(part, view), key) == draw(Drawing(whole, view), key)
        led = reached(whole, [key for key in whole if key.startswith("number/")])
        steps = {key for key in whole if key.partition("/")[0] in reading.EDITED}
        assert [chip["key"] for chip in flown.loose] == sorted(steps - led.keys())
        assert part.items() <= whole.items()
        assert not any("Person nummer" in getattr(obj, "name", "") for obj in part.values())
