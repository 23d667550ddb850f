"""Live state over a real broker and a real worker: from the click to the node, and from the telephone to the page."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from tenants.customers import scope
from tenants.live import queries
from tenants.routing.live import Diversion, Pause
from tests.conftest import Databases
from tests.factories.live import wish
from tests.factories.people import person
from tests.integrations.switch.conftest import World
from tests.integrations.switch.test_api import Caller
from tests.integrations.switch.workers import bells_reach, until, worker

pytestmark = pytest.mark.django_db(transaction=True)
BEFORE_THE_BEAT = 2.9
"""Seconds: sooner than any scan of the beat's, so only the bells can have done it."""


def test_what_is_set_anywhere_is_soon_seen_everywhere(
    world: World, broker: str, django_db_setup: Databases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    customer = world.cast.norrsken.pk
    with scope.customer(customer):
        anna = f"person/{person(customer).pk}"
    world.push()
    assert world.memory.enrolled is not None
    node = Caller(world.memory.enrolled.token_of_node)

    def here(kind: str) -> object:
        with scope.customer(customer):
            shown = queries.standing(kind, anna)
            return None if shown.pending else shown.value

    with worker(django_db_setup, broker, tmp_path), bells_reach(broker, monkeypatch):
        for via in ("web", "api"):
            with scope.customer(customer):
                wish(customer, "pause", anna, Pause(reason=via), world.cast.alice, via=via)
            asked = Pause(reason=via)
            until(lambda: here("pause") == asked, what=via)  # noqa: B023
            assert world.memory.board(customer).live.pauses[anna] == asked
        world.memory.dial(customer, anna, "*23*1#")
        told = [msgspec.to_builtins(event) for event in world.memory.events]
        node.post("/events", {"events": told}, 202)
        until(lambda: here("diversion") == Diversion(reason="lunch"), BEFORE_THE_BEAT, "the code")
