"""Bringing a customer's newest generation to its node, and the node's receipt home.

Level-triggered: the record is that what is desired differs from what is observed. Whoever dies half-way leaves a
lease that ends and nothing else; whoever pushes twice is answered the same. No transaction is open while a node is
spoken with.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Literal

import structlog

from integrations.errors import OutsideError, Unreachable
from integrations.switch import actions, contents, moving, outward, traces
from integrations.switch.actions import Turn
from integrations.switch.client import Client
from integrations.switch.knocking import knock
from tenants import failpoints
from tenants.changes import bell
from tenants.changes.models import Lane, Publication
from tenants.customers import scope
from tenants.nodes import actions as nodes
from tenants.nodes import queries
from tenants.nodes.models import Placement
from tenants.nodes.moves import actions as moves
from tenants.routing import wire
from tenants.sealing import Unopenable

log = structlog.get_logger(__name__)
ROUNDS = 6
"""How many answers that ask for something else a push may get before it counts as failed."""

HELD_BY_ANOTHER = frozenset({"number_taken", "username_taken"})
"""Refusals that end by themselves: a number moves, and the customer it leaves is pushed after the one it comes to."""

STILL_TELLING = 2.0
"""Seconds until a node that is being left is asked again whether it has told everything."""

Outcome = Literal["effective", "refused", "failed", "overtaken", "left"]


@dataclass(frozen=True)
class Served:
    """What came of a turn."""

    customer_id: int
    outcome: Outcome


class LostTurn(Exception):
    """The lease ended before the work did; somebody else goes on."""


def serve_next(*, patient: bool = True) -> Served | None:
    """Push the placement whose turn it is, and return what came of it; None if nothing was due.

    One who is not ``patient`` leaves imports and failing nodes to others (``actions.take_turn``).
    """
    turn = actions.take_turn(patient=patient)
    if turn is None:
        return None
    failpoints.reached("push.leased")
    customer_id, began = turn.placement.customer_id, time.perf_counter()
    traces.forget()
    try:
        outcome = _guarded(turn)
    except LostTurn:
        log.warning("switch.push.lost_turn", customer=customer_id, node=turn.node.name)
        outcome = "overtaken"
    with scope.wide("portal_relay"):
        actions.end_turn(turn)
    seconds = round(time.perf_counter() - began, 6)
    log.info("switch.push.done", customer=customer_id, node=turn.node.name, outcome=outcome, seconds=seconds)
    return Served(customer_id, outcome)


def _guarded(turn: Turn) -> Outcome:
    """Push, and turn what goes wrong into rows: the placement waits, and the node's breaker hears of it."""
    try:
        return _push(turn)
    except Unreachable as error:
        with scope.wide("portal_relay"):
            nodes.note_failed(node_id=turn.node.pk, reason=error.reason, wait=error.retry_after)
        return _failed(turn, error.code, error.reason, error.retry_after)
    except OutsideError as error:
        with scope.wide("portal_relay"):
            nodes.note_failed(node_id=turn.node.pk, reason=error.reason)
        return _failed(turn, error.code, error.reason, None)
    except Unopenable as error:
        return _failed(turn, "failed", f"sealed: {error}", nodes.LONGEST_BACK_OFF)


def _failed(turn: Turn, code: str, reason: str, wait: float | None) -> Outcome:
    log.warning("switch.push.failed", customer=turn.placement.customer_id, node=turn.node.name, code=code, why=reason)
    with scope.wide("portal_relay"):
        nodes.failed(placement=turn.placement, code=code, wait=wait)
    return "failed"


def _push(turn: Turn) -> Outcome:
    """Push until the node takes it or refuses it, giving what it asks for in between."""
    client, key = Client(turn.node.url, queries.portal_token(turn.node)), queries.sealing_key(turn.node)
    knock(turn.node, client)
    whole = False
    for _ in range(ROUNDS):
        push = contents.for_node(turn.placement.customer_id, turn.node.pk, key, whole=whole)
        if push is None:
            return _failed(turn, "refused", "there is nothing it would take", None)
        _hold(turn)
        traces.follow(push, after=turn.placement.generation)
        answer = client.push(push)
        failpoints.reached("push.sent")
        if isinstance(answer, wire.Conflict):
            whole = _settle(turn, client, push, answer) or whole
            continue
        if nodes.is_news(node=turn.node):
            with scope.wide("portal_relay"):
                nodes.note_answered(node_id=turn.node.pk)
        if contents.is_nothing(push) and isinstance(answer, wire.Receipt) and moves.is_left(turn.placement):
            return _leave(turn, client)
        return _take(turn, push, answer)
    raise Unreachable(f"still no receipt after {ROUNDS} rounds")


def _hold(turn: Turn) -> None:
    """Make sure that the turn is still ours, and for long enough to ask the node something."""
    if time.monotonic() < turn.fresh_until:
        return
    if not actions.renew(turn):
        raise LostTurn


def _take(turn: Turn, push: wire.Push, answer: wire.Receipt | wire.Refusal) -> Outcome:
    """Store the node's word."""
    if isinstance(answer, wire.Receipt):
        return _confirmed(turn, push, answer)
    with scope.customer(push.customer):
        known = answer.code in HELD_BY_ANOTHER or not nodes.refuse(
            placement=turn.placement, generation=push.generation, refusal=answer
        )
        if known:
            nodes.failed(placement=turn.placement, code="refused")
        else:
            outward.refused(turn.node.pk, push, answer)
    log.error("switch.push.refused", customer=push.customer, generation=push.generation, **_words(answer))
    return "refused"


def _confirmed(turn: Turn, push: wire.Push, receipt: wire.Receipt) -> Outcome:
    with scope.customer(push.customer):
        if not nodes.confirm(node_id=turn.node.pk, receipt=receipt):
            return "overtaken"
        outward.effective(turn.node.pk, receipt)
        if push.base is None:
            bell.ring_on_commit(push.customer, Lane.SYNC, bell.LIVE_SYNC)
        traces.effective(receipt, after=turn.placement.generation)
    failpoints.reached("push.confirmed")
    if turn.placement.role == Placement.Role.STANDBY:
        moving.take_over(customer_id=push.customer)
    return "effective"


def _leave(turn: Turn, client: Client) -> Outcome:
    """Forget a node that has nothing of the customer any more, once it has told all that happened."""
    if client.health().spooled:
        return _failed(turn, "leaving", "it has more to tell", STILL_TELLING)
    with scope.customer(turn.placement.customer_id):
        moves.end(placement=turn.placement)
    return "left"


def _words(refusal: wire.Refusal) -> dict[str, object]:
    return {"code": refusal.code, "object": refusal.key, "detail": refusal.detail}


def _settle(turn: Turn, client: Client, push: wire.Push, conflict: wire.Conflict) -> bool:
    """Do what a conflict asks for. Return whether the next try must be a snapshot."""
    log.info("switch.push.conflict", customer=push.customer, code=conflict.code, generation=push.generation)
    if conflict.code == "missing_blobs":
        for sha256 in conflict.blobs:
            _give_sound(turn, client, push.customer, sha256)
        return False
    if conflict.code == "stale":
        _rise_above(push.customer, conflict)
    elif push.base is None:
        raise Unreachable(f"a snapshot was answered with {conflict.code}")
    return True


def _give_sound(turn: Turn, client: Client, customer_id: int, sha256: str) -> None:
    wav = contents.sound(customer_id, sha256)
    if wav is None:
        raise Unreachable(f"the node asks for a sound the customer does not have: {sha256[:64]}")
    _hold(turn)
    refusal = client.put_blob(sha256, wav)
    if refusal is not None:
        raise Unreachable(f"the node refuses sound {sha256[:64]}: {refusal.code}")


def _rise_above(customer_id: int, conflict: wire.Conflict) -> None:
    """Start a new epoch if the node, which is ours, has more than the record: it was restored to an earlier time.

    Otherwise the push was merely late: a newer one has been here.
    """
    with scope.customer(customer_id):
        publication = Publication.objects.get()
    if (conflict.epoch, conflict.generation) > (publication.epoch, publication.generation):
        epoch = actions.raise_epoch(customer_id=customer_id, above=conflict.epoch)
        log.warning("switch.epoch.raised", customer=customer_id, epoch=epoch, node_had=conflict.generation)
