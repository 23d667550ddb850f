"""A node as our staff watch it: how it is, who is on it, what it refused, what it found rotten; and asking it now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from django.db.models import Case, Count, F, Min, OuterRef, Q, QuerySet, Subquery, When
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from integrations.errors import OutsideError
from integrations.switch.client import Client
from integrations.switch.models import Event
from tenants.changes.models import Publication
from tenants.customers import scope
from tenants.nodes import actions as nodes
from tenants.nodes.models import Node, Placement
from tenants.nodes.queries import QUIET_AFTER, portal_token
from tenants.routing import wire
from tenants.sealing import Unopenable

ORDER = ("customer__name", "pk")
FINDS = 10
BEHIND = Q(wanted_generation__gt=0) & (
    Q(wanted_epoch__gt=F("epoch")) | Q(wanted_epoch=F("epoch"), wanted_generation__gt=F("generation"))
)
SIDES = {"behind": BEHIND, "refused": Q(refusal__isnull=False)}
"""Which customers a node's page can be narrowed to."""


def placed(node_id: int, side: str = "") -> QuerySet[Placement]:
    """Return the customers on a node with what is wanted of each, or those of one side. Across customers."""
    wanted = Publication.objects.filter(customer=OuterRef("customer"))
    rows = Placement.objects.filter(node=node_id).select_related("customer").annotate(
        wanted_epoch=Subquery(wanted.values("epoch")[:1]),
        wanted_generation=Subquery(wanted.values("generation")[:1]),
        wanted_at=Subquery(wanted.values("changed_at")[:1]),
    )  # fmt: skip
    rows = rows.annotate(behind=Case(When(BEHIND, then=1), default=0))
    return rows.filter(SIDES[side]) if side in SIDES else rows


@dataclass(frozen=True)
class Tally:
    """How the customers on a node stand together. ``since`` is when the one longest behind was last changed."""

    customers: int
    behind: int
    refused: int
    since: datetime | None


def tally(node_id: int) -> Tally:
    """Count the customers on a node, those behind and those refused. Across customers."""
    counted = placed(node_id).aggregate(
        customers=Count("pk"), behind=Count("pk", filter=BEHIND), refused=Count("pk", filter=SIDES["refused"]),
        since=Min("wanted_at", filter=BEHIND),
    )  # fmt: skip
    return Tally(**counted)


@dataclass(frozen=True)
class Health:
    """What is known of a node: ``state`` in one word, and whether the telephone switch behind it answers the node."""

    state: str
    switch_up: bool | None
    closed_until: datetime | None


def health(node: Node) -> Health:
    """Return how a node is, from what it last said."""
    now = timezone.now()
    closed = node.closed_until if node.closed_until and node.closed_until > now else None
    quiet = node.last_seen_at is None or now - node.last_seen_at > QUIET_AFTER
    known = "failing" if node.failures else "quiet" if quiet else "ok"
    state = "forgotten" if node.forgotten_at else "new" if node.enrolled_at is None else known
    up = None if node.switch in ("", "none") else "unreachable" not in node.switch
    return Health(state, up, closed)


@dataclass(frozen=True)
class Find:
    """What a node found changed in its own store: the event, how much of what, and whether it could mend it itself."""

    event: Event
    counts: Mapping[str, Any]
    healed: bool


ROTTEN: dict[str, str | Promise] = {
    "objects": _("objekt"),
    "secrets": _("lösenord"),
    "rows": _("rader"),
    "digests": _("kontrollsummor"),
    "sounds": _("ljudfiler"),
    "registers": _("tillfälliga lägen"),
    "file": _("databas"),
}
"""What a find counts, in words."""


def finds(node_id: int) -> list[Find]:
    """Return the newest finds of a node's scrub. Across customers."""
    rows = Event.objects.filter(node=node_id, kind="drift").select_related("customer").order_by("-pk")[:FINDS]
    return [_find(row) for row in rows]


def _find(row: Event) -> Find:
    try:
        data = dict(msgspec.json.decode(bytes(row.body), type=wire.Event).data)
    except (ValueError, RecursionError):
        data = {}
    healed = bool(data.pop("healed", True))
    return Find(row, {str(ROTTEN.get(name, name)): count for name, count in data.items() if count}, healed)


def ask(node: Node) -> str:
    """Ask a node now how it is, write down what it says, and return what went wrong; nothing if it answered.

    No transaction is open while it is spoken with.
    """
    try:
        told = Client(node.url, portal_token(node)).health()
    except (OutsideError, Unopenable) as error:
        with scope.wide("portal_staff"):
            nodes.note_failed(node_id=node.pk, reason=str(error))
        return str(error)
    with scope.wide("portal_staff"):
        nodes.note_answered(node_id=node.pk)
        nodes.note_health(node_id=node.pk, boot=told.boot, switch=told.switch, spooled=told.spooled)
    return ""
