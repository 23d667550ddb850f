"""The cast, with Norrsken's rows in scope and its main schedule."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tenants.customers import scope
from tenants.schedules.models import Schedule
from tests.factories.cast import Cast, cast
from tests.factories.schedules import schedule


@pytest.fixture
def people(db: None) -> Cast:
    """Alice, Bob, Charlie, Sam and two customers."""
    return cast()


@pytest.fixture
def inside(people: Cast) -> Iterator[Cast]:
    """The cast, in Norrsken's scope."""
    with scope.customer(people.norrsken.pk):
        yield people


@pytest.fixture
def main(inside: Cast) -> Schedule:
    """Norrsken's schedule, open on workdays 08:00–17:00."""
    return schedule(inside.norrsken, by=inside.alice)
