"""Taking turns at comparing nodes. All of it across customers, as ``portal_relay``.

Healthy nodes come first. Of those that failed last time one is asked at a time, so that however many hang they hold
one worker together; and none is asked while its breaker is open.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Case, Exists, F, Q, QuerySet, When
from django.utils import timezone

from tenants.nodes.models import Node

EVERY = timedelta(seconds=45)
"""A node compared so lately is not due: less than the beat's minute, so that no round passes anybody over."""
LEASE = timedelta(seconds=30)
"""Longer than any one request to a node; renewed before each of a customer."""


def due() -> QuerySet[Node]:
    """Return the nodes it is time to compare, those that answered last time first, then who has waited longest."""
    now = timezone.now()
    answering = Q(closed_until=None) | Q(closed_until__lte=now)
    rested = Q(compared_at=None) | Q(compared_at__lte=now - EVERY)
    free = Q(compare_until=None) | Q(compare_until__lte=now)
    failed = Case(When(failures=0, then=0), default=1)
    rows = Node.objects.filter(answering, rested, free, enrolled_at__isnull=False)
    return rows.order_by(failed, F("compared_at").asc(nulls_first=True), "pk")


def take() -> Node | None:
    """Lease the node whose turn it is, or None if none is due. One another worker looks at is passed over."""
    now = timezone.now()
    trying = Node.objects.filter(failures__gt=0, compare_until__gt=now)
    free = due().filter(Q(failures=0) | ~Exists(trying))
    node = free.select_for_update(skip_locked=True, no_key=True).first()
    if node is not None:
        node.compared_at, node.compare_until = now, now + LEASE
        node.save(update_fields=["compared_at", "compare_until"])
    return node


def hold(*, node: Node) -> None:
    """Prolong a turn that is still ours: there is more to be done."""
    _mine(node, timezone.now() + LEASE)


def end(*, node: Node) -> None:
    """Give a turn back."""
    _mine(node, None)


def _mine(node: Node, until: datetime | None) -> None:
    Node.objects.filter(pk=node.pk, compared_at=node.compared_at).update(compare_until=until)
