"""Comparing what nodes have with what they should have, and having what differs sent anew."""

from __future__ import annotations

from collections.abc import Iterable

import structlog
from django.db.models import Q
from django.utils import timezone

from integrations.errors import OutsideError
from integrations.switch import moving
from integrations.switch.client import Client
from integrations.switch.knocking import ROUND_KNOCK
from tenants.changes.models import Publication
from tenants.customers import scope
from tenants.nodes import actions, queries
from tenants.nodes.models import Node, Placement
from tenants.nodes.moves.actions import is_left
from tenants.routing import wire
from tenants.sealing import Unopenable

log = structlog.get_logger(__name__)


def nodes() -> list[Node]:
    """Return the nodes that are let in, but for those that are left alone for a while since they do not answer."""
    answering = Q(closed_until__isnull=True) | Q(closed_until__lte=timezone.now())
    with scope.wide("portal_relay"):
        return list(Node.objects.filter(answering, enrolled_at__isnull=False).order_by("pk"))


def compare(node: Node) -> int:
    """Compare one node's roots with ours, have drift healed, and return how many customers had drifted.

    The placements are read first: one that is confirmed while the node answers no longer looks as it did, and
    is left alone.
    """
    with scope.wide("portal_relay"):
        placements = [
            one for one in Placement.objects.filter(node=node, effective_at__isnull=False) if not is_left(one)
        ]
    try:
        client = Client(node.url, queries.portal_token(node))
        health, roots = client.health(within=ROUND_KNOCK), client.roots()
    except (OutsideError, Unopenable) as error:
        with scope.wide("portal_relay"):
            actions.note_failed(node_id=node.pk, reason=str(error))
        return 0
    if node.forgotten_at is not None:
        log.warning("switch.node.came_back", node=node.name, let_in=moving.readmit(node, roots.roots))
    with scope.wide("portal_relay"):
        actions.note_answered(node_id=node.pk)
        actions.note_health(node_id=node.pk, boot=health.boot, switch=health.switch, spooled=health.spooled)
        return _doubt(drifted(placements, roots.roots, _wanted(placements)))


def _wanted(placements: Iterable[Placement]) -> dict[int, tuple[int, int]]:
    """Return epoch and generation wanted now, by customer."""
    rows = Publication.objects.filter(customer__in=[placement.customer_id for placement in placements])
    return {customer: (epoch, generation) for customer, epoch, generation in
            rows.values_list("customer_id", "epoch", "generation")}  # fmt: skip


def drifted(
    placements: Iterable[Placement], roots: Iterable[wire.Root], wanted: dict[int, tuple[int, int]]
) -> list[Placement]:
    """Return the placements whose node has lost what it confirmed, holds something else, or is ahead of the record.

    A node that is further than its last known receipt but not ahead of the record has merely not been heard yet.
    """
    held = {root.customer: root for root in roots}
    return [one for one in placements if _has_drifted(one, held.get(one.customer_id), wanted[one.customer_id])]


def _has_drifted(placement: Placement, held: wire.Root | None, wanted: tuple[int, int]) -> bool:
    if placement.generation == 0:
        return False
    if held is None:
        return True
    has, confirmed = (held.epoch, held.generation), (placement.epoch, placement.generation)
    return has < confirmed or has > wanted or (has == confirmed and held.root != placement.root)


def _doubt(placements: Iterable[Placement]) -> int:
    count = 0
    for placement in placements:
        if actions.doubt(placement=placement):
            count += 1
            log.warning("switch.roots.drifted", customer=placement.customer_id, node=placement.node_id)
    return count
