"""The whole thread over a real broker and real workers, and what is left when one of them dies."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest
import redis
from django.utils import timezone

from tenants.changes import queries as changes
from tenants.customers import scope
from tenants.nodes.models import Node
from tests.conftest import Databases
from tests.factories.schedules import schedule
from tests.integrations.switch import nasty
from tests.integrations.switch.conftest import World
from tests.integrations.switch.nasty import Nasty
from tests.integrations.switch.workers import ROOT, bells_reach, environment, kill, until, worker

pytestmark = pytest.mark.django_db(transaction=True)


def test_from_an_action_to_effective_on_the_page(
    world: World, broker: str, django_db_setup: Databases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    customer = world.cast.norrsken
    with worker(django_db_setup, broker, tmp_path), bells_reach(broker, monkeypatch):
        for name in ("Huvudnummer", "Lager", "Support"):
            with scope.customer(customer.pk):
                row = schedule(customer, name, by=world.cast.alice)
                change = changes.latest(1)[0]
            until(lambda: world.placement().generation == change.generation, what="the receipt")  # noqa: B023
            with scope.customer(customer.pk):
                standing = changes.standing(change)
            assert standing.state == "effective"
            assert standing.effective_at is not None
            receipt = world.memory.customers[customer.pk].receipt
            assert abs(standing.effective_at.timestamp() - receipt.effective_at) < 0.001
            assert standing.milliseconds == max(0, round((receipt.effective_at - change.at.timestamp()) * 1000))
            assert f"schedule/{row.pk}" in world.memory.customers[customer.pk].objects
    assert world.agrees()


@pytest.mark.slow
def test_a_bell_nobody_hears_only_delays(world: World, broker: str, django_db_setup: Databases, tmp_path: Path) -> None:
    """The web's broker is down, so the bell is lost; the beat's scan finds the row."""
    world.save()
    world.save("Bageriet", world.cast.bageri)
    with redis.Redis.from_url(broker) as client:
        assert client.llen("interactive") == 0
    with worker(django_db_setup, broker, tmp_path, "-B", "-s", str(tmp_path / "beat")):
        until(lambda: bool(world.receipts() and world.receipts(world.cast.bageri)), what="the scan")
    assert world.agrees()
    assert world.agrees(world.cast.bageri)


def test_a_save_does_not_wait_for_a_broker_that_is_gone(world: World) -> None:
    world.save("Den första får veta det")
    began = time.monotonic()
    for number in range(5):
        world.save(f"Nummer {number}")
    assert time.monotonic() - began < 2


PUSHER = """
import django; django.setup()
from integrations.switch import actions, pusher
actions.LEASE_SECONDS = 1.5
print(pusher.serve_next(), flush=True)
"""


@pytest.mark.slow
def test_a_pusher_killed_while_it_holds_the_lease_is_followed_by_another(
    world: World, broker: str, django_db_setup: Databases
) -> None:
    silent = Nasty(nasty.hangs)
    with scope.wide("portal_staff"):
        Node.objects.update(url=silent.url)
    world.save()
    command = [sys.executable, "-c", PUSHER]
    process = subprocess.Popen(command, env=environment(django_db_setup, broker), cwd=ROOT, start_new_session=True)
    until(lambda: silent.asked == 1, what="the push")
    kill(process)
    silent.close()
    held = world.placement()
    assert held.lease is not None
    with scope.wide("portal_staff"):
        Node.objects.update(url=world.url)
    assert world.push() == []
    until(lambda: timezone.now() > held.lease_until)
    assert world.push() == ["effective"]
    assert world.agrees()
    assert world.placement().lease is None


@pytest.mark.slow
def test_workers_killed_at_random_lose_no_generation(
    world: World, broker: str, django_db_setup: Databases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three times a worker is killed with all its children, somewhere in the middle of its work."""
    for round_ in range(3):
        folder = tmp_path / str(round_)
        folder.mkdir()
        with worker(django_db_setup, broker, folder) as process, bells_reach(broker, monkeypatch):
            for number in range(4):
                world.save(f"Omgång {round_}, nummer {number}")
                time.sleep(0.01 * round_)
            kill(process)
    world.wait_over()
    world.push()
    assert world.publication().generation == 12
    assert world.agrees()
    assert [receipt.generation for receipt in world.receipts()][-1] == 12
