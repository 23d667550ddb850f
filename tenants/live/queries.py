"""Reading live state: for ``decide``, for pages, and for telling a node. In the customer's scope unless it says so."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

import msgspec
from django.db.models import Exists, Max, OuterRef, Q, QuerySet
from django.utils import timezone

from tenants.changes.models import Object
from tenants.live.models import Kind, LiveChange, LiveRegister
from tenants.nodes.models import Placement
from tenants.nodes.queries import askable
from tenants.routing import live
from tenants.routing.live import Live, LiveValue, Register

LATE = timedelta(minutes=15)
"""A wish that has not reached the node by then is dropped: nobody wants to be logged out by yesterday's click.

Not what was heard, or a lamp would shine for it until the mailbox is removed.
"""


def value_of(json: object) -> LiveValue | None:
    """Return a value as it is stored as what it is."""
    return None if json is None else cast(LiveValue, msgspec.convert(json, LiveValue))


def register_of(row: LiveRegister) -> Register:
    """Return a row as the node told it."""
    return Register(
        kind=cast(Any, row.kind), subject=row.subject, version=row.version, at=row.at, value=value_of(row.value),
        by=row.by, via=cast(Any, row.via), command=row.command,
    )  # fmt: skip


def registers() -> list[Register]:
    """Return all registers a node has told of, oldest change first."""
    return [register_of(row) for row in LiveRegister.objects.filter(version__gt=0).order_by("version")]


def now() -> Live:
    """Return live state as ``decide`` reads it."""
    return live.live_of(registers())


def height() -> int:
    """Return the newest version there is of any register; 0 if there is none."""
    return LiveRegister.objects.aggregate(Max("version"))["version__max"] or 0


def heights(node_id: int) -> dict[int, int]:
    """Return the height of every customer a node has, but for those it is to have no more. Across customers."""
    over = Q(role=Placement.Role.LEAVING, leaves_at__lte=timezone.now())
    placed = Placement.objects.filter(node_id=node_id).exclude(over).values_list("customer_id", flat=True)
    found = LiveRegister.objects.filter(customer__in=placed).values_list("customer_id")
    known = dict(found.annotate(Max("version")).order_by())
    return {customer: known.get(customer, 0) for customer in placed}


def shared(node_id: int) -> set[int]:
    """Return the customers of a node who have two that take orders, since one of them is being left. Across customers.

    Both count on from the same height, so equal heights say nothing.
    """
    left = Placement.objects.filter(role=Placement.Role.LEAVING).values("customer_id")
    return set(Placement.objects.filter(node_id=node_id, customer_id__in=left).values_list("customer_id", flat=True))


def is_active(key: str) -> bool:
    """Tell whether an object is published, so that the node has it or will in a moment."""
    return Object.objects.filter(key=key, published__isnull=False).exists()


def of_what_is_gone(rows: Iterable[LiveRegister]) -> list[LiveRegister]:
    """Return the rows whose subject, or a part of it, is not published."""
    found = list(rows)
    keys = {key for row in found for key in row.subject.split("+")}
    there = set(Object.objects.filter(key__in=keys, published__isnull=False).values_list("key", flat=True))
    return [row for row in found if not there.issuperset(row.subject.split("+"))]


def too_late(moment: datetime) -> Q:
    """Return the condition of a wish that nobody wants carried out any more."""
    return Q(wanted_at__lte=moment - LATE) & ~Q(kind=Kind.UNREAD)


def due() -> QuerySet[LiveRegister]:
    """Return the registers whose wish should be sent now, the oldest wish first. Across customers."""
    moment = timezone.now()
    open_node = Q(node__closed_until__isnull=True) | Q(node__closed_until__lte=moment)
    placed = Placement.objects.filter(
        open_node, askable(moment), customer=OuterRef("customer"), role=Placement.Role.ACTIVE,
        node__enrolled_at__isnull=False,
    )  # fmt: skip
    wanted = LiveRegister.objects.filter(wanted_command__isnull=False).exclude(too_late(moment))
    return wanted.filter(Exists(placed), next_try_at__lte=moment, lease_until__lte=moment).order_by("wanted_at", "pk")


# --- what pages show ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Standing:
    """How a subject stands, with what somebody has just asked for: that is shown, marked as not in the switch yet.

    ``at`` and ``by`` are those of what is shown. ``refused`` is why the last wish came to nothing.
    """

    kind: str
    subject: str
    value: LiveValue | None = None
    pending: bool = False
    by: str = ""
    via: str = ""
    at: datetime | None = None
    refused: str = ""

    def is_over(self, moment: datetime) -> bool:
        """Tell whether what was set has ended by itself."""
        until = getattr(self.value, "until", None)
        return until is not None and until <= moment

    def holding(self, moment: datetime) -> LiveValue | None:
        """Return what holds at a moment: nothing when it has ended by itself."""
        return None if self.is_over(moment) else self.value


def standing_of(row: LiveRegister) -> Standing:
    """Return how a register's subject stands."""
    if row.wanted_command is None:
        shown = (value_of(row.value), False, row.by, row.via, row.changed_at)
    else:
        by = row.wanted_by.name if row.wanted_by else ""
        shown = (_wished(row), True, by, row.wanted_via, row.wanted_at)
    return Standing(row.kind, row.subject, *shown, refused=row.refused)


def _wished(row: LiveRegister) -> LiveValue | None:
    return value_of(row.value) if row.kind == Kind.UNREAD else value_of(row.wanted)


def standings(subjects: Mapping[str, Iterable[str]]) -> dict[tuple[str, str], Standing]:
    """Return how subjects stand, by kind and subject, at rest where nothing was ever set. One query for all."""
    wanted = [(kind, subject) for kind, those in subjects.items() for subject in those]
    asked = Q(pk__in=[])
    for kind, those in subjects.items():
        asked |= Q(kind=kind, subject__in=list(those))
    rows = LiveRegister.objects.filter(asked).select_related("wanted_by")
    found = {(row.kind, row.subject): standing_of(row) for row in rows}
    return {key: found.get(key) or Standing(*key) for key in wanted}


def standing(kind: str, subject: str) -> Standing:
    """Return how one subject stands."""
    return standings({kind: [subject]})[kind, subject]


def mark(shown: Iterable[Standing], moment: datetime) -> str:
    """Return what an open page compares: another one as soon as anything it shows has changed, or has ended."""
    seen = [(one, one.is_over(moment)) for one in shown]
    return hashlib.sha256(repr(seen).encode()).hexdigest()[:16]


def history(kind: str, subject: str, limit: int = 20) -> list[LiveChange]:
    """Return the latest changes of a subject, newest first."""
    return list(LiveChange.objects.filter(kind=kind, subject=subject).order_by("-at", "-version")[:limit])
