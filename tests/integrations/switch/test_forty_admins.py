"""Forty administrators of one customer save at once, while a worker pushes what they save."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from django.db import connections
from django.db.models import F

from tenants.announcements import actions as announcements
from tenants.changes import actions as publishing
from tenants.changes.models import Change, Object, Publication, Release
from tenants.changes.refusals import NothingToPublish
from tenants.customers import scope
from tenants.customers.access import retried
from tenants.routing.objects import Opening
from tenants.routing.root import buckets_of, root_of
from tenants.schedules import actions as schedules
from tenants.schedules.models import Schedule
from tests.conftest import Databases
from tests.factories import flow
from tests.factories.announcements import announcement
from tests.integrations.switch.conftest import World
from tests.integrations.switch.workers import bells_reach, until, worker

ADMINS, SAVES = 40, 3


class Crowd:
    """Everybody starts at one moment; what reaches each of them is kept."""

    def __init__(self, customer: int, prompt: int, offices: list[Schedule]) -> None:
        self.customer, self.prompt, self.offices = customer, prompt, offices
        self.start = threading.Barrier(ADMINS)
        self.seen: Counter[str] = Counter()
        self.errors: list[BaseException] = []

    def admin(self, number: int) -> None:
        """Save three times what this administrator saves."""
        work = (self.hours, self.hours, self.mailbox, self.draft)[number % 4]
        self.start.wait(30)
        try:
            for turn in range(SAVES):
                self.seen[work(number, turn)] += 1
        except BaseException as error:
            self.errors.append(error)
        finally:
            connections.close_all()

    def in_page(self, save: Callable[[], str]) -> str:
        """Save as a page does."""
        return retried(save, self.customer)

    def hours(self, number: int, turn: int) -> str:
        """Set hours nobody else sets, in a schedule that eight others save too."""
        office, start = self.offices[number % len(self.offices)], 60 * (turn + 1) + number

        def save() -> str:
            day = {number % 7: [Opening(start=start, end=1200)]}
            saved = schedules.set_week(schedule=office, by=None, version=None, days=day)
            return "live" if saved.change else "same"

        return self.in_page(save)

    def mailbox(self, number: int, turn: int) -> str:
        """Make a mailbox."""
        return self.in_page(lambda: ("live", flow.mailbox(self.customer, f"Låda {number}.{turn}"))[0])

    def draft(self, number: int, turn: int) -> str:
        """Make an announcement in the draft, and publish whatever waits."""
        self.in_page(lambda: announcement(self.customer, self.prompt, f"Besked {number}.{turn}").name)

        def publish() -> str:
            publishing.publish(customer_id=self.customer, by=None)
            return "publish"

        try:
            return self.in_page(publish)
        except NothingToPublish:
            return "published by another"


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_no_deadlock_reaches_anyone_no_generation_is_lost_and_roots_are_equal(
    world: World, broker: str, django_db_setup: Databases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    customer = world.cast.norrsken.pk
    offices = [world.save(f"Kontor {number}") for number in range(5)]
    with scope.customer(customer):
        crowd = Crowd(customer, flow.prompt(customer).pk, offices)
    before = world.publication().generation
    with worker(django_db_setup, broker, tmp_path), bells_reach(broker, monkeypatch):
        threads = [threading.Thread(target=crowd.admin, args=(number,)) for number in range(ADMINS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(120)
        assert crowd.errors == []
        assert sum(crowd.seen.values()) == ADMINS * SAVES
        made = before + crowd.seen["live"] + crowd.seen["publish"]
        until(lambda: world.placement().generation == made, 60, "the last generation on the node")
    publication = world.publication()
    assert publication.generation == made
    with scope.customer(customer):
        assert list(Release.objects.order_by("generation").values_list("generation", flat=True)) == list(
            range(1, made + 1)
        )
        named = Change.objects.filter(generation__gt=before).values_list("generation", flat=True)
        assert sorted(number for number in named if number) == list(range(before + 1, made + 1))
        stored = Object.objects.filter(published__isnull=False).values_list("key", "published")
        assert root_of(buckets_of((key, str(sha256)) for key, sha256 in stored)) == publication.root
    assert world.agrees()
    held = world.memory.customers[customer]
    assert root_of(buckets_of((key, part.sha256) for key, part in held.objects.items())) == publication.root


@pytest.mark.django_db(transaction=True)
def test_a_draft_saved_while_one_publishes_is_left_to_who_publishes_it(
    world: World, worker_connection: psycopg.Connection
) -> None:
    """The older row of two is edited when the first publisher has its locks; both would take it, and one must not."""
    customer = world.cast.norrsken.pk
    with scope.customer(customer):
        prompt = flow.prompt(customer).pk
        older = announcement(customer, prompt, "Äldre")
        publishing.publish(customer_id=customer, by=None)
        announcement(customer, prompt, "Yngre")

    def waiting() -> int:
        row = worker_connection.execute(
            "SELECT count(*) FROM pg_locks WHERE NOT granted AND database = "
            "(SELECT oid FROM pg_database WHERE datname = current_database()) OR NOT granted AND database IS NULL"
        ).fetchone()
        worker_connection.rollback()
        assert row is not None
        return int(row[0])

    errors: list[BaseException] = []

    def publish() -> None:
        try:
            with scope.customer(customer):
                publishing.publish(customer_id=customer, by=None)
        except BaseException as error:
            errors.append(error)
        finally:
            connections.close_all()

    def edit() -> None:
        with scope.customer(customer):
            wish = announcements.Wish(name="Äldre, ändrad", prompt_id=prompt)
            announcements.change(announcement=older, by=None, version=None, wish=wish)
        connections.close_all()

    first, editor, second = (threading.Thread(target=work) for work in (publish, edit, publish))
    with scope.customer(customer):
        Publication.objects.select_for_update(no_key=True).get()
        first.start()
        until(lambda: waiting() == 1, what="the first publisher at the publication's lock")
        editor.start()
        editor.join(10)
        second.start()
        until(lambda: waiting() == 2, what="the second publisher behind the first")
    first.join(20)
    second.join(20)
    assert errors == []
    with scope.customer(customer):
        assert not Object.objects.exclude(draft=F("published")).exists()
