"""Taking turns at sending, noting what came of each try, and dropping what is old."""

from __future__ import annotations

import random
import uuid
from dataclasses import dataclass
from datetime import timedelta

from django.db import connection
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from integrations.webhooks.actions import KEPT
from integrations.webhooks.models import Delivery, Endpoint, Reason, Status
from integrations.webhooks.queries import due_of
from tenants.customers import scope

LEASE_SECONDS = 60.0
"""Longer than one try, the look-up of the name included; renewed before each."""
MOST_AT_ONCE = 2
"""Endpoints of one customer that are served at once (about: two takers may be a moment late for each other)."""
WAITS = (5, 5 * 60, 30 * 60, *(hours * 3600 for hours in (2, 5, 10, 14, 20, 24)))
"""Seconds from each failed try to the next: about three days together, as Standard Webhooks recommends."""
JITTER = 0.2
BREAKER_AT = 2
"""Failures in a row after which an endpoint is left alone for a while, whatever waits for it."""
LONGEST_BREAK = 300.0
UNSENT_KEPT = timedelta(days=90)
DROP_AT_ONCE = 5000


@dataclass(frozen=True)
class Turn:
    """The right to send to one endpoint, until the lease ends."""

    customer_id: int
    endpoint_id: int
    lease: uuid.UUID


@dataclass(frozen=True)
class Outcome:
    """What came of one try. ``code`` is None without an answer; ``said`` is then why, else how the answer begins."""

    code: int | None
    said: str
    retry_after: float | None = None

    @property
    def arrived(self) -> bool:
        """Tell whether the receiver has it."""
        return self.code is not None and 200 <= self.code < 300

    @property
    def is_trouble(self) -> bool:
        """Tell whether the endpoint is in trouble, rather than displeased with this one message."""
        return self.code is None or self.code >= 500 or self.code == 429


# --- turns -------------------------------------------------------------------------------------------------------


def due() -> QuerySet[Endpoint]:
    """Return the endpoints something is to be sent to, the longest unserved first. As ``portal_relay``."""
    now = timezone.now()
    waiting = Delivery.objects.filter(endpoint=OuterRef("pk"), status=Status.WAITING, next_try_at__lte=now)
    busy = Endpoint.objects.filter(customer=OuterRef("customer"), lease_until__gt=now).order_by()
    counted = Subquery(busy.values("customer").annotate(number=Count("pk")).values("number"))
    free = Endpoint.objects.filter(Exists(waiting), enabled=True, lease_until__lte=now, closed_until__lte=now)
    return free.annotate(busy=Coalesce(counted, 0)).filter(busy__lt=MOST_AT_ONCE).order_by("last_served_at", "pk")


def take_turn() -> Turn | None:
    """Lease the endpoint whose turn it is, or None if none is. One that another worker looks at is passed over.

    It does not wait for the disk: a lease that a crash of the database forgets costs a message sent twice.
    """
    with scope.wide("portal_relay"):
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL synchronous_commit TO off")
        free = due().only("pk", "customer_id")
        row = free.select_for_update(of=("self",), skip_locked=True, no_key=True).first()
        if row is None:
            return None
        turn, now = Turn(row.customer_id, row.pk, uuid.uuid4()), timezone.now()
        Endpoint.objects.filter(pk=row.pk).update(
            lease=turn.lease, lease_until=now + timedelta(seconds=LEASE_SECONDS), last_served_at=now
        )
        return turn


def next_of(turn: Turn) -> Delivery | None:
    """Prolong the lease and return what is to be sent first; None if nothing is, or the turn is over."""
    now = timezone.now()
    with scope.customer(turn.customer_id):
        mine = Endpoint.objects.filter(pk=turn.endpoint_id, lease=turn.lease, enabled=True, closed_until__lte=now)
        if not mine.update(lease_until=now + timedelta(seconds=LEASE_SECONDS)):
            return None
        return due_of(turn.endpoint_id).select_related("endpoint").first()


def end_turn(turn: Turn) -> None:
    """Give the turn back, unless somebody else has it by now."""
    with scope.customer(turn.customer_id):
        mine = Endpoint.objects.filter(pk=turn.endpoint_id, lease=turn.lease)
        mine.update(lease=None, lease_until=timezone.now())


# --- what came of it ---------------------------------------------------------------------------------------------


def note(*, delivery: Delivery, outcome: Outcome) -> Status | None:
    """Write down what came of a try and return how the message stands; None if it was sent again by hand meanwhile."""
    with scope.customer(delivery.customer_id):
        status = _status(delivery, outcome)
        seen = Q(pk=delivery.pk, status=Status.WAITING, tries=delivery.tries, next_try_at=delivery.next_try_at)
        noted = Delivery.objects.filter(seen).update(
            status=status, tries=delivery.tries + 1, last_at=timezone.now(), last_code=outcome.code,
            last_said=_clean(outcome.said), next_try_at=timezone.now() + _wait(delivery.tries, outcome),
        )  # fmt: skip
        _note_endpoint(delivery.endpoint, outcome)
    return status if noted else None


def _status(delivery: Delivery, outcome: Outcome) -> Status:
    if outcome.arrived:
        return Status.DELIVERED
    return Status.DEAD if outcome.code == 410 or delivery.tries >= len(WAITS) else Status.WAITING


def _clean(said: str) -> str:
    return "".join(char if char.isprintable() else " " for char in said)[:200]


def _wait(tries: int, outcome: Outcome) -> timedelta:
    wait = WAITS[min(tries, len(WAITS) - 1)] * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311
    return timedelta(seconds=max(wait, outcome.retry_after or 0.0))


def _note_endpoint(endpoint: Endpoint, outcome: Outcome) -> None:
    """Open or close the way to an endpoint; one that says 410 (Gone) is asked no more until somebody enables it."""
    rows = Endpoint.objects.filter(pk=endpoint.pk)
    if outcome.code == 410:
        rows.filter(enabled=True).update(enabled=False, disabled_reason=Reason.GONE)
    elif outcome.is_trouble:
        row = rows.select_for_update(of=("self",), no_key=True).first()
        failures = min(row.failures + 1, 1000) if row else 0
        rows.update(failures=failures, closed_until=timezone.now() + _break(failures, outcome))
    else:
        rows.exclude(failures=0).update(failures=0)


def _break(failures: int, outcome: Outcome) -> timedelta:
    """Return how long an endpoint is left alone: as long as it says, else twice as long for each failure."""
    longest = min(LONGEST_BREAK, 10.0 * 2 ** min(failures - BREAKER_AT, 10)) if failures >= BREAKER_AT else 0.0
    return timedelta(seconds=max(longest * random.uniform(1 - JITTER, 1), outcome.retry_after or 0.0))  # noqa: S311


def drop_old() -> int:
    """Forget what arrived longer than ``KEPT`` ago, and what never did after ``UNSENT_KEPT``; return how many."""
    now, dropped = timezone.now(), 0
    old = Q(status=Status.DELIVERED, created_at__lt=now - KEPT) | Q(created_at__lt=now - UNSENT_KEPT)
    while True:
        with scope.wide("portal_relay"):
            some = Delivery.objects.filter(old).order_by("created_at").values("pk")[:DROP_AT_ONCE]
            gone, _by_model = Delivery.objects.filter(pk__in=some).delete()
        dropped += gone
        if gone < DROP_AT_ONCE:
            return dropped
