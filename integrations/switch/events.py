"""Facts from the nodes: stored as they came, answered, and folded afterwards."""

from __future__ import annotations

import hashlib
import math
import uuid
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

import msgspec
import structlog
from django.db import InterfaceError, OperationalError, connection
from django.db.models import Q

from integrations.switch import actions, live, outward, queries
from integrations.switch.models import Event
from tenants import failpoints
from tenants.changes import bell
from tenants.changes.models import Lane
from tenants.customers import scope
from tenants.mailboxes.models import Message
from tenants.nodes import actions as nodes
from tenants.nodes.models import Node
from tenants.nodes.queries import customers_on
from tenants.routing import wire

log = structlog.get_logger(__name__)
FOLD_AT_ONCE = 500
LARGEST_NUMBER = 2**63 - 1


class _Name(msgspec.Struct):
    """What names an event, read from one that may be poisoned otherwise."""

    boot: str = ""
    seq: int | None = None


def store(node: Node, batch: wire.Batch) -> wire.Stored:
    """Store a batch. A repeat is a no-op; what is no event is kept as poisoned and reported by its position."""
    with scope.wide("portal_node"):
        served = customers_on(node.pk)
        rows = [_row(node.pk, bytes(raw), served) for raw in batch.events]
        actions.keep(rows)
    _ring({row.kind for row in rows})
    poisoned = tuple(position for position, row in enumerate(rows) if row.poisoned)
    log.info("switch.events.stored", node=node.name, stored=len(rows) - len(poisoned), poisoned=len(poisoned))
    if poisoned:
        log.warning("switch.events.poisoned", node=node.name, why=[rows[position].poisoned for position in poisoned])
    return wire.Stored(stored=len(rows) - len(poisoned), poisoned=poisoned)


def _ring(kinds: Collection[str]) -> None:
    """Have what somebody waits to see folded at once: live state on pages, calls in customers' own systems."""
    if "live" in kinds:
        bell.ring_on_commit(0, Lane.INTERACTIVE, bell.FOLD)
    elif not set(outward.CALLS).isdisjoint(kinds):
        bell.ring_on_commit(0, Lane.SYNC, bell.FOLD)


def _row(node_id: int, raw: bytes, served: set[int]) -> Event:
    """Return the row of one entry, sound or poisoned."""
    row = Event(node_id=node_id, body=raw, digest=hashlib.sha256(raw).hexdigest())
    try:
        event = msgspec.json.decode(raw, type=wire.Event)
    except (ValueError, RecursionError) as error:
        return _poisoned(row, f"no event: {error}", *_name(raw))
    if why := _fault(event, served):
        return _poisoned(row, why, event.boot, event.seq)
    row.boot, row.seq, row.kind, row.call = event.boot, event.seq, event.kind, event.call
    row.customer_id, row.at = event.customer, nodes.at(event.at)
    return row


def _fault(event: wire.Event, served: set[int]) -> str:
    """Return what is wrong with an event although its types are right; nothing if it is sound."""
    if not _is_name(event.boot, event.seq):
        return "boot or seq out of range"
    if not (math.isfinite(event.at) and 0 < event.at < 1e11):
        return "an impossible time"
    if len(event.call) > 100 or "\0" in event.call:
        return "an impossible call id"
    return "" if event.customer in served else "a customer this node does not serve"


def _is_name(boot: str, seq: int | None) -> bool:
    return 0 < len(boot) <= 64 and "\0" not in boot and seq is not None and 0 <= seq <= LARGEST_NUMBER


def _name(raw: bytes) -> tuple[str, int | None]:
    """Return boot and seq of a poisoned entry, as far as they can be read."""
    try:
        name = msgspec.json.decode(raw, type=_Name)
    except (ValueError, RecursionError):
        return "", None
    return name.boot, name.seq


def _poisoned(row: Event, why: str, boot: str, seq: int | None) -> Event:
    row.poisoned = why.replace("\0", "")[:200]
    if _is_name(boot, seq):
        row.boot, row.seq = boot, seq
    return row


def fold_some() -> int:
    """Let the oldest events have their effect, and return how many had it.

    Registrations, steps, and calls of customers without webhooks need only be kept: what is known of a call is read
    from its events. What an effect fails on is noted with its reason and tried again later; it holds up no other.
    """
    with scope.wide("portal_relay"):
        waiting = queries.to_fold()
        idle = ~Q(kind__in=EFFECTS) | outward.unheard()
        done = list(waiting.filter(idle).values_list("pk", flat=True)[:FOLD_AT_ONCE])
        due = list(waiting.exclude(idle)[:FOLD_AT_ONCE])
    failed: dict[int, str] = {}
    for (customer_id, kind), rows in _grouped(due).items():
        had, wrong = _let_have(customer_id, EFFECTS[kind], rows)
        done += had
        failed |= wrong
    failpoints.reached("fold.applied")
    with scope.wide("portal_relay"):
        actions.mark_folded(done)
        actions.mark_failed(failed)
        actions.mark_waiting({row.pk for row in due} - {*done, *failed})
    for ident, why in failed.items():
        log.error("switch.fold.failed", row=ident, why=why)
    if done:
        log.info("switch.events.folded", count=len(done))
    return len(done)


def _grouped(rows: Sequence[Event]) -> dict[tuple[int, str], list[Event]]:
    """Return the events by customer and kind, each in the order they came."""
    groups: dict[tuple[int, str], list[Event]] = {}
    for row in rows:
        groups.setdefault((row.customer_id or 0, row.kind), []).append(row)
    return groups


def _let_have(customer_id: int, effect: Effect, rows: Sequence[Event]) -> tuple[list[int], dict[int, str]]:
    """Return which of a customer's events had their effect, and on which it failed and why.

    If it fails on them together it is tried on each alone, so that one cannot spoil the rest. A database that is away
    is nobody's fault and goes on as it is.
    """
    try:
        with scope.customer(customer_id):
            return list(effect({row.pk: _told(row) for row in rows})), {}
    except Exception as error:
        if isinstance(error, (OperationalError, InterfaceError)) and not connection.is_usable():
            raise
        if len(rows) == 1:
            return [], {rows[0].pk: f"{type(error).__name__}: {error}"}
    had: list[int] = []
    failed: dict[int, str] = {}
    for row in rows:
        one, wrong = _let_have(customer_id, effect, [row])
        had += one
        failed |= wrong
    return had, failed


def _told(row: Event) -> wire.Event:
    return msgspec.json.decode(bytes(row.body), type=wire.Event)


def messages_here(events: Mapping[int, wire.Event]) -> Iterable[int]:
    """Tell of the messages that are here; return those and what can never be recognised. In the customer's scope."""
    wanted = {name: ident for ident, event in events.items() if (name := _message_of(event))}
    here = set(Message.objects.filter(uuid__in=wanted).values_list("uuid", flat=True))
    outward.messages(next((event.customer for event in events.values()), 0), here)
    return {*events} - {*wanted.values()} | {wanted[name] for name in here}


def _message_of(event: wire.Event) -> uuid.UUID | None:
    """Return the id of the message an event tells of, or None if it names none."""
    try:
        return uuid.UUID(str(event.data.get("message")))
    except ValueError:
        return None


Effect = Callable[[Mapping[int, wire.Event]], Iterable[int]]
"""What a customer's events of one kind do, by their ids, in its scope; it returns those that have had their effect.
The others wait and are asked again. It may be given an event twice."""

EFFECTS: dict[str, Effect] = {
    "message.left": messages_here,
    "live": live.registers_told,
    **dict.fromkeys(outward.CALLS, outward.calls),
}
"""By kind of event. A kind that is not here needs only be kept."""


def read_again() -> int:
    """Read the poisoned events that staff asked for once more, and return how many are sound now.

    One becomes so when a customer has been placed on the node since, or the portal has learnt to read it.
    """
    with scope.wide("portal_relay"):
        rows = list(Event.objects.filter(again_at__isnull=False).exclude(poisoned="").order_by("pk")[:FOLD_AT_ONCE])
        served = {node: customers_on(node) for node in {row.node_id for row in rows}}
        read = [(row.pk, _row(row.node_id, bytes(row.body), served[row.node_id])) for row in rows]
        return sum(actions.read_again(event_id=ident, read=row) for ident, row in read)
