"""Going back to when two things had each other's names, or one had the name that another has now."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import models

from tenants.changes import actions, queries
from tenants.changes.said import said
from tenants.customers import scope
from tenants.destinations.models import Destination
from tests.factories import flow
from tests.factories.announcements import announcement
from tests.factories.cast import Cast, cast
from tests.factories.externals import external
from tests.factories.groups import group
from tests.factories.schedules import schedule

pytestmark = pytest.mark.django_db
Make = Callable[[Cast, str], models.Model]


@pytest.fixture
def everybody() -> Iterator[Cast]:
    people = cast()
    with scope.customer(people.norrsken.pk):
        yield people


def _group(everybody: Cast, name: str) -> models.Model:
    number = Destination.objects.count()
    box = flow.mailbox(everybody.norrsken.pk, f"Till {number}")
    who = flow.person(everybody.norrsken.pk, f"I {number}", f"20{number}")
    return group(everybody.norrsken.pk, name, members=(who.pk,), no_answer_id=box.pk)


MAKES: dict[str, Make] = {
    "person": lambda everybody, name: flow.person(everybody.norrsken.pk, name, "10" + name[-1]),
    "mailbox": lambda everybody, name: flow.mailbox(everybody.norrsken.pk, name),
    "external": lambda everybody, name: external(everybody.norrsken.pk, name, "070-174 06 3" + name[-1]),
    "prompt": lambda everybody, name: flow.prompt(everybody.norrsken.pk, name),
    "schedule": lambda everybody, name: schedule(everybody.norrsken, name),
    "announcement": lambda everybody, name: announcement(
        everybody.norrsken.pk, flow.prompt(everybody.norrsken.pk, f"Ljud {Destination.objects.count()}").pk, name
    ),
    "group": _group,
}


def name(row: models.Model, called: str, **more: Any) -> None:
    """Name a row and save it, past the room's own action."""
    if hasattr(row, "destination"):
        Destination.objects.filter(pk=row.pk).update(name=called)
    else:
        more = {"name": called, **more}
    if more:
        type(row)._default_manager.filter(pk=row.pk).update(**more)


def record(everybody: Cast, *rows: models.Model, removed: tuple[str, ...] = ()) -> None:
    fresh = [type(row)._default_manager.get(pk=row.pk) for row in rows]
    actions.record(customer_id=everybody.norrsken.pk, by=None, summary=said("Bytte"), rows=fresh, removed=removed)
    if queries.waiting():
        actions.publish(customer_id=everybody.norrsken.pk, by=None)


@pytest.mark.parametrize("kind", MAKES)
def test_two_that_swapped_names_get_their_own_again(everybody: Cast, kind: str) -> None:
    one, two = MAKES[kind](everybody, "Namn 1"), MAKES[kind](everybody, "Namn 2")
    record(everybody, one, two)
    then, generation = queries.active(), queries.publication().generation
    for row, called in ((one, "Under tiden"), (two, "Namn 1"), (one, "Namn 2")):
        name(row, called)
    record(everybody, one, two)
    assert queries.active() != then
    actions.rollback(customer_id=everybody.norrsken.pk, generation=generation, by=None)
    assert queries.active() == then


@pytest.mark.parametrize("kind", MAKES)
def test_one_gets_back_a_name_that_a_newer_one_has_taken(everybody: Cast, kind: str) -> None:
    one = MAKES[kind](everybody, "Namn 1")
    record(everybody, one)
    then, generation = queries.active(), queries.publication().generation
    taken = {"extension": "101"} if kind == "person" else {}
    name(one, "Namn 3", **({"extension": "109"} if taken else {}))
    record(everybody, one)
    other = MAKES[kind](everybody, "Namn 4")
    name(other, "Namn 1", **taken)
    record(everybody, other)
    actions.rollback(customer_id=everybody.norrsken.pk, generation=generation, by=None)
    assert queries.active() == then
