"""Two who save at once: the second is told, nobody's work is lost, no half saved schedule."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.db import connection

from tenants.changes import queries as changes
from tenants.customers import scope
from tenants.refusals import Refusal
from tenants.routing.objects import ExceptionRule, Opening
from tenants.schedules import actions, date_actions
from tenants.schedules.compile import compile_schedule
from tenants.schedules.models import Schedule
from tests.factories.cast import Cast, cast
from tests.factories.schedules import schedule


def at_once(runs: list[Callable[[], object]]) -> list[object]:
    """Run each in a thread of its own, started together; return results, or the refusal each met."""
    gate = threading.Barrier(len(runs))
    results: list[object] = [None] * len(runs)

    def go(place: int, run: Callable[[], object]) -> None:
        gate.wait()
        try:
            results[place] = run()
        except Refusal as refusal:
            results[place] = refusal
        finally:
            connection.close()

    threads = [threading.Thread(target=go, args=(place, run)) for place, run in enumerate(runs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@pytest.fixture
def office(transactional_db: None) -> tuple[Cast, Schedule]:
    """Norrsken's schedule, committed."""
    people = cast()
    with scope.customer(people.norrsken.pk):
        return people, schedule(people.norrsken)


def inside(people: Cast, run: Callable[[], object]) -> Callable[[], object]:
    def scoped() -> object:
        with scope.customer(people.norrsken.pk):
            return run()

    return scoped


def test_of_two_with_the_same_version_one_wins_and_the_other_is_told(office: tuple[Cast, Schedule]) -> None:
    people, row = office
    saves = [
        inside(people, lambda day=day: actions.set_week(  # type: ignore[misc]
            schedule=row, by=people.alice, version=row.version, days={day: [Opening(start=540, end=600)]}
        ))
        for day in (0, 1, 2, 3)
    ]  # fmt: skip
    results = at_once(saves)
    assert sorted(getattr(result, "code", "saved") for result in results) == ["edited", "edited", "edited", "saved"]


def test_everybodys_exceptions_are_there_in_the_end(office: tuple[Cast, Schedule]) -> None:
    people, row = office
    first = date(2026, 12, 1)
    rules = [
        ExceptionRule(id=0, name="", first=first + timedelta(days=n), last=first + timedelta(days=n), openings=())
        for n in range(8)
    ]
    saves = [
        inside(people, lambda rule=rule: date_actions.add_exception(  # type: ignore[misc]
            schedule=row, by=people.alice, version=None, rule=rule
        ))
        for rule in [*rules, rules[0]]
    ]  # fmt: skip
    results = at_once(saves)
    assert sum(isinstance(result, Refusal) for result in results) == 1
    with scope.customer(people.norrsken.pk):
        obj = compile_schedule(row)
        assert [rule.first for rule in obj.exceptions] == [rule.first for rule in rules]
        assert changes.active()[f"schedule/{row.pk}"] == obj
        assert changes.publication().generation == 1 + len(rules)
