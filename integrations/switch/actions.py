"""Taking turns at pushing, raising epochs, and keeping what nodes tell."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from integrations.switch.models import Event
from tenants.changes.models import Publication
from tenants.customers import scope
from tenants.nodes.models import Node, Placement
from tenants.nodes.queries import BREAKER_AT

LEASE_SECONDS = 20.0
"""Longer than any one request to a node; renewed before each."""


@dataclass(frozen=True)
class Turn:
    """The right to push one placement, until the lease ends."""

    placement: Placement
    node: Node
    lease: uuid.UUID


def due() -> QuerySet[Placement]:
    """Return the placements whose node should have something else, by lane, then longest unserved. Across customers.

    A generation in quarantine is not due, unless the node has lost even what it had.
    """
    wanted = Publication.objects.filter(customer=OuterRef("customer"))
    behind = Q(wanted_epoch__gt=F("epoch")) | Q(wanted_epoch=F("epoch"), wanted_generation__gt=F("generation"))
    pushable = Q(quarantined__lt=F("wanted_generation")) | Q(generation=0, effective_at__isnull=False)
    now = timezone.now()
    open_node = Q(node__closed_until__isnull=True) | Q(node__closed_until__lte=now)
    return (
        Placement.objects.annotate(
            wanted_epoch=Subquery(wanted.values("epoch")[:1]),
            wanted_generation=Subquery(wanted.values("generation")[:1]),
            wanted_lane=Subquery(wanted.values("lane")[:1]),
        )
        .filter(behind, pushable, open_node, wanted_generation__gt=0, node__enrolled_at__isnull=False)
        .filter(next_try_at__lte=now, lease_until__lte=now)
        .order_by("wanted_lane", "last_served_at")
    )


def take_turn() -> Turn | None:
    """Lease the placement whose turn it is, or None if nothing is due. One in flight per customer.

    Rows that another worker is looking at are passed over, never waited for.
    """
    with _light():
        busy = Placement.objects.filter(customer=OuterRef("customer"), lease_until__gt=timezone.now())
        free = due().filter(~Exists(busy.exclude(pk=OuterRef("pk"))))
        placement = free.select_for_update(of=("self",), skip_locked=True, no_key=True).first()
        if placement is None or not _is_alone(placement) or not _may_probe(placement.node_id):
            return None
        return _lease(placement)


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
    others = Placement.objects.filter(customer_id=placement.customer_id).exclude(pk=placement.pk)
    locked = list(others.select_for_update(skip_locked=True, no_key=True))
    return len(locked) == others.count() and all(other.lease_until <= timezone.now() for other in locked)


def _may_probe(node_id: int) -> bool:
    """Tell whether a node may be asked: a failing one by one probe at a time, which this becomes."""
    node = Node.objects.select_for_update(no_key=True).filter(pk=node_id, failures__gte=BREAKER_AT).first()
    if node is None:
        return True
    now = timezone.now()
    if node.closed_until is not None and node.closed_until > now:
        return False
    node.closed_until = now + timedelta(seconds=LEASE_SECONDS)
    node.save(update_fields=["closed_until"])
    return True


def _lease(placement: Placement) -> Turn:
    now = timezone.now()
    placement.lease, placement.last_served_at = uuid.uuid4(), now
    placement.lease_until = now + timedelta(seconds=LEASE_SECONDS)
    placement.save(update_fields=["lease", "lease_until", "last_served_at"])
    return Turn(placement, Node.objects.get(pk=placement.node_id), placement.lease)


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


def keep(events: Iterable[Event]) -> None:
    """Store events as they came; what is stored already stays as it is. As ``portal_node``."""
    Event.objects.bulk_create(events, ignore_conflicts=True)


def mark_folded(ids: Iterable[int]) -> None:
    """Note that events have had their effect. As ``portal_relay``."""
    Event.objects.filter(pk__in=list(ids)).update(folded_at=timezone.now())
