"""Reading what nodes have told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec
from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from integrations.switch.models import TROUBLE, Event
from tenants.routing import wire

MESSAGE_PATIENCE = timedelta(minutes=10)
"""How long a message that was told of may be on its way before it is shown as missing."""


def of_call(call: str) -> list[wire.Event]:
    """Return what is known of a call, in order. In the customer's scope.

    Order is the node's own: time first, then the order in which it told.
    """
    rows = Event.objects.filter(call=call).order_by("at", "boot", "seq").values_list("body", flat=True)
    return [msgspec.json.decode(bytes(body), type=wire.Event) for body in rows]


def to_fold() -> QuerySet[Event]:
    """Return the events whose effect is due, oldest first. Across customers."""
    waiting = Event.objects.filter(folded_at=None, poisoned="", dismissed_at=None)
    return waiting.filter(tries__lt=Event.MOST_TRIES, next_try_at__lte=timezone.now()).order_by("pk")


@dataclass(frozen=True)
class Heap:
    """What lies in the events' table and should not: for staff. ``dead`` failed too often to be tried again."""

    unfolded: int
    oldest: datetime | None
    poisoned: int
    failing: int
    dead: int
    missing_messages: int

    @property
    def letters(self) -> int:
        """Return how many lie until somebody has looked at them."""
        return self.poisoned + self.dead


def heap() -> Heap:
    """Return what waits, what could not be read, and which messages never came. Across customers."""
    waiting = Event.objects.filter(folded_at=None, poisoned="", dismissed_at=None)
    trouble = Event.objects.filter(TROUBLE).aggregate(
        unread=Count("pk", filter=~Q(poisoned="")),
        failing=Count("pk", filter=Q(poisoned="", tries__lt=Event.MOST_TRIES)),
        dead=Count("pk", filter=Q(poisoned="", tries__gte=Event.MOST_TRIES)),
    )
    first = waiting.order_by("pk").first()
    late = waiting.filter(kind="message.left", received_at__lt=timezone.now() - MESSAGE_PATIENCE)
    return Heap(
        unfolded=waiting.count(),
        oldest=first.received_at if first else None,
        poisoned=trouble["unread"],
        failing=trouble["failing"],
        dead=trouble["dead"],
        missing_messages=late.count(),
    )
