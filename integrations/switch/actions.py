"""Taking turns at pushing, raising epochs, and keeping what nodes tell."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache

import structlog
from django.db import connection, transaction
from django.db.models import (
    Case,
    DateTimeField,
    DurationField,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Least
from django.utils import timezone

from integrations.switch import outward
from integrations.switch.models import TROUBLE, Event
from tenants.changes import bell
from tenants.changes.models import Lane, Publication
from tenants.customers import scope
from tenants.customers.models import User
from tenants.nodes import actions as nodes
from tenants.nodes.actions import back_off
from tenants.nodes.models import Node, Placement
from tenants.nodes.moves import actions as moves
from tenants.nodes.queries import askable, known

LONGEST_WAIT = timedelta(minutes=10)
log = structlog.get_logger(__name__)
LEASE_SECONDS = 20.0
"""Longer than any one request to a node; renewed before each, but for one that follows the taking at once."""
FRESH_SECONDS = 2.0
MOST_RINGS = 16
"""Bells rung at once at most; whoever hears one goes on until nothing is due."""


@dataclass(frozen=True)
class Turn:
    """The right to push one placement, until the lease ends."""

    placement: Placement
    node: Node
    lease: uuid.UUID
    fresh_until: float
    """Until then, by ``time.monotonic()``, the lease outlasts any one request without being renewed."""


def due(now: datetime | None = None) -> QuerySet[Placement]:
    """Return the placements whose node should have something else, by lane, then longest unserved. Across customers.

    A generation in quarantine is not due, unless the node has lost even what it had. A node that is left is due until
    it has nothing.
    """
    now = now or timezone.now()
    wanted = Publication.objects.filter(customer=OuterRef("customer"))
    behind = Q(wanted_epoch__gt=F("epoch")) | Q(wanted_epoch=F("epoch"), wanted_generation__gt=F("generation"))
    pushable = Q(quarantined__lt=F("wanted_generation")) | Q(generation=0, effective_at__isnull=False)
    left = Q(role=Placement.Role.LEAVING, leaves_at__lte=now)
    open_node = Q(node__closed_until__isnull=True) | Q(node__closed_until__lte=now)
    return (
        Placement.objects.annotate(
            wanted_epoch=Subquery(wanted.values("epoch")[:1]),
            wanted_generation=Subquery(wanted.values("generation")[:1]),
            wanted_lane=Subquery(wanted.values("lane")[:1]),
        )
        .filter((behind & pushable & Q(wanted_generation__gt=0)) | left, open_node, node__enrolled_at__isnull=False)
        .filter(next_try_at__lte=now, lease_until__lte=now)
        .order_by("wanted_lane", "last_served_at")
    )


def waiting_for(node: Node) -> list[tuple[int, int]]:
    """Return some of the customers for whom a node should have something else, and the lane of each."""
    return [(row.customer_id, getattr(row, "wanted_lane")) for row in due().filter(node=node)[:MOST_RINGS]]  # noqa: B009


AT_ONCE = Q(node__failures=0, wanted_lane__lt=Lane.BULK)
"""What is quickly done. The rest may take seconds each, so whoever serves saves leaves it to others."""


def take_turn(*, patient: bool = True) -> Turn | None:
    """Lease the placement whose turn it is, or None if nothing is due. One in flight per customer.

    Known nodes come first in each lane: whoever asks one in doubt may be gone for a while, with the bell it heard.
    Rows that another worker is looking at, and nodes in doubt that another one asks, are passed over, never waited for.
    Only a ``patient`` worker takes what is not ``AT_ONCE``; of nodes that failed last time, all of them together have
    one turn at a time, or the dead ones would hold every worker until their deadlines.
    """
    with _light():
        turns = (_leased(placement) for placement in _one_by_one(patient=patient))
        return next(filter(None, turns), None)


def _one_by_one(*, patient: bool) -> Iterator[Placement]:
    """Yield placements in order, each locked, and looked for only when the one before was not to be had."""
    now, passed = timezone.now(), list[int]()
    while True:
        sql, blanks = _written(len(passed), patient=patient)
        found = list(Placement.objects.raw(sql, [_filled(blank, now, passed) for blank in blanks]))
        if not found:
            return
        yield found[0]
        passed.append(found[0].pk)


_MOMENT = datetime(2000, 1, 1, tzinfo=UTC)


@cache
def _written(passed: int, *, patient: bool) -> tuple[str, tuple[object, ...]]:
    """Return the statement that finds whose turn it is when so many were passed over, and its values with blanks.

    Django takes ten times as long to write this statement as PostgreSQL to answer it, and every bell asks it: so it is
    written once, as of ``_MOMENT``, with -1, -2 … for those passed over.
    """
    rows = _free(_MOMENT, patient=patient).exclude(pk__in=range(-passed, 0))
    return rows.select_for_update(of=("self",), skip_locked=True, no_key=True)[:1].query.sql_with_params()


def _filled(blank: object, now: datetime, passed: Sequence[int]) -> object:
    """Return the value that belongs in a blank of ``_written``; what is no blank stays as it is."""
    if isinstance(blank, datetime):
        return now + (blank - _MOMENT)
    return passed[-1 - blank] if isinstance(blank, int) and blank < 0 else blank


def _free(now: datetime, *, patient: bool) -> QuerySet[Placement]:
    """Return what may be taken in the order of turns. ``twin`` tells whether the customer has another placement."""
    others = Placement.objects.filter(customer=OuterRef("customer")).exclude(pk=OuterRef("pk"))
    trying = Placement.objects.filter(node__failures__gt=0, lease_until__gt=now)
    allowed = Q(node__failures=0) | ~Exists(trying) if patient else AT_ONCE
    free = due(now).filter(allowed, askable(now), ~Exists(others.filter(lease_until__gt=now)))
    in_doubt = Case(When(known(now), then=0), default=1)
    return free.annotate(twin=Exists(others)).order_by(F("wanted_lane"), in_doubt, "last_served_at")


@contextmanager
def _light() -> Iterator[None]:
    """Open a transaction of the pusher's own book-keeping that does not wait for the disk.

    A lease that a crash of the database forgets costs a second push of the same, and nothing else.
    """
    with scope.wide("portal_relay"):
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL synchronous_commit TO off")
        yield


def _is_alone(placement: Placement) -> bool:
    """Tell whether nobody is about to take the customer's other placement this very moment."""
    if not getattr(placement, "twin"):  # noqa: B009
        return True
    others = Placement.objects.filter(customer_id=placement.customer_id).exclude(pk=placement.pk)
    locked = list(others.select_for_update(skip_locked=True, no_key=True))
    return len(locked) == others.count() and all(other.lease_until <= timezone.now() for other in locked)


def _leased(placement: Placement) -> Turn | None:
    """Return the turn of a locked placement, or None if somebody was faster to its customer or its node."""
    node, now = Node.objects.get(pk=placement.node_id), timezone.now()
    if not _is_alone(placement) or not nodes.claim(node=node, seconds=LEASE_SECONDS):
        return None
    placement.lease, placement.last_served_at = uuid.uuid4(), now
    placement.lease_until = now + timedelta(seconds=LEASE_SECONDS)
    placement.save(update_fields=["lease", "lease_until", "last_served_at"])
    return Turn(placement, node, placement.lease, time.monotonic() + FRESH_SECONDS)


def renew(turn: Turn) -> bool:
    """Prolong a lease; False if it ended and somebody else has the turn."""
    now = timezone.now()
    with _light():
        mine = Placement.objects.filter(pk=turn.placement.pk, lease=turn.lease)
        return mine.update(lease_until=now + timedelta(seconds=LEASE_SECONDS)) == 1


def end_turn(turn: Turn) -> None:
    """Give the turn back, unless somebody else has it by now."""
    mine = Placement.objects.filter(pk=turn.placement.pk, lease=turn.lease)
    mine.update(lease=None, lease_until=timezone.now())
    nodes.release(node=turn.node)


@transaction.atomic
def raise_epoch(*, customer_id: int, above: int) -> int:
    """Start an epoch above what is known, so that nodes take generations they have seen before. Return it.

    What was in quarantine is tried again. Saves wait meanwhile, for as long as one short transaction.
    """
    with scope.customer(customer_id):
        publication = Publication.objects.select_for_update(no_key=True).get()
        if publication.epoch <= above:
            publication.epoch = above + 1
            publication.save(update_fields=["epoch"])
            Placement.objects.update(quarantined=0, refusal=None, next_try_at=timezone.now())
        return publication.epoch


@transaction.atomic
def hand_over(*, customer_id: int) -> bool:
    """Let a customer's standby become active if it is to be and has all that is wanted; return whether it did.

    No save can come in between: the publication is held. What customers' own systems hear of it is what the new node
    has confirmed, since the one before may never have had it.
    """
    with scope.customer(customer_id):
        publication = Publication.objects.select_for_update(no_key=True).get()
        done = moves.take_over(epoch=publication.epoch, generation=publication.generation)
        if done:
            outward.taken_over(customer_id)
            bell.ring_on_commit(customer_id, Lane.SYNC, bell.LIVE_SYNC)
            log.info("switch.move.taken_over", customer=customer_id)
        return done


@transaction.atomic
def inherit(*, customer_id: int, node_id: int, heir_id: int) -> None:
    """Take a customer from a node that is gone. What the node may still say belongs to an epoch that is over."""
    with scope.customer(customer_id):
        publication = Publication.objects.select_for_update(no_key=True).get()
        if moves.inherit(customer_id=customer_id, node_id=node_id, heir_id=heir_id):
            raise_epoch(customer_id=customer_id, above=publication.epoch)
        bell.ring_on_commit(customer_id, Lane.INTERACTIVE)
    log.warning("switch.node.inherited", customer=customer_id, node=node_id, heir=heir_id)


def send_whole(*, placement: Placement) -> None:
    """Have everything of a customer sent to its node anew, also what is in quarantine. As ``portal_staff``."""
    Placement.objects.filter(pk=placement.pk).update(
        generation=0, root="", quarantined=0, refusal=None, error="", attempts=0, next_try_at=timezone.now()
    )


def keep(events: Iterable[Event]) -> None:
    """Store events as they came; what is stored already stays as it is. As ``portal_node``."""
    Event.objects.bulk_create(events, ignore_conflicts=True)


def mark_folded(ids: Iterable[int]) -> None:
    """Note that events have had their effect. As ``portal_relay``."""
    Event.objects.filter(pk__in=list(ids)).update(folded_at=timezone.now(), error="", again_at=None)


def mark_waiting(ids: Iterable[int]) -> None:
    """Put off events that wait for something by a quarter of their age, so that they don't stand in others' way."""
    now = timezone.now()
    age = ExpressionWrapper((Value(now) - F("received_at")) / 4, DurationField())
    put_off = Least(age, Value(LONGEST_WAIT, DurationField()))
    Event.objects.filter(pk__in=list(ids)).update(next_try_at=ExpressionWrapper(now + put_off, DateTimeField()))


def mark_failed(reasons: Mapping[int, str]) -> None:
    """Note on which events an effect failed, and why; each is tried again after its own wait. As ``portal_relay``."""
    for event in Event.objects.filter(pk__in=list(reasons)).order_by("pk"):
        wait = timedelta(seconds=back_off(event.tries + 4))
        Event.objects.filter(pk=event.pk).update(
            tries=F("tries") + 1, error=reasons[event.pk].replace("\0", "")[:300], next_try_at=timezone.now() + wait
        )


def fold_again(*, ids: Iterable[int]) -> int:
    """Have events folded anew, whatever became of them, and return how many. As ``portal_staff``.

    What is poisoned is read again first. An effect bears being had twice.
    """
    now = timezone.now()
    return Event.objects.filter(pk__in=list(ids)).update(
        folded_at=None, tries=0, error="", next_try_at=now, again_at=now, dismissed_at=None, dismissed_by=None
    )


def dismiss(*, ids: Iterable[int], by: User) -> int:
    """Note that somebody has looked at events that lie and nothing is to be done; return how many. As staff."""
    lying = Event.objects.filter(TROUBLE, pk__in=list(ids))
    return lying.update(dismissed_at=timezone.now(), dismissed_by=by, again_at=None)


def read_again(*, event_id: int, read: Event) -> bool:
    """Store what came of reading a poisoned event once more, and return whether it is sound now. As ``portal_relay``.

    Whoever bears its name already is the same event told twice; then this one stays as it is.
    """
    row = Event.objects.select_for_update().get(pk=event_id)
    row.again_at, row.poisoned = None, read.poisoned
    named = Event.objects.filter(node_id=row.node_id, boot=read.boot, seq=read.seq).exclude(pk=event_id)
    if not read.poisoned and named.exists():
        row.poisoned = "told before under the same name"
    if not row.poisoned:
        row.boot, row.seq, row.kind, row.call = read.boot, read.seq, read.kind, read.call
        row.customer_id, row.at = read.customer_id, read.at
    row.save()
    return not row.poisoned
