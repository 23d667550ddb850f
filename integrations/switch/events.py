"""Facts from the nodes: stored as they came, answered, and folded afterwards."""

from __future__ import annotations

import hashlib
import math
import uuid
from collections.abc import Sequence

import msgspec
import structlog

from integrations.switch import actions
from integrations.switch.models import Event
from tenants.customers import scope
from tenants.mailboxes.models import Message
from tenants.nodes import actions as nodes
from tenants.nodes import queries
from tenants.nodes.models import Node
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
        served = queries.customers_on(node.pk)
        rows = [_row(node.pk, bytes(raw), served) for raw in batch.events]
        actions.keep(rows)
    poisoned = tuple(position for position, row in enumerate(rows) if row.poisoned)
    if poisoned:
        log.warning("switch.events.poisoned", node=node.name, why=[rows[position].poisoned for position in poisoned])
    return wire.Stored(stored=len(rows) - len(poisoned), poisoned=poisoned)


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

    Calls and registrations need only be kept: what is known of a call is read from its events. A message that was
    told of has had its effect once the message itself is here.
    """
    with scope.wide("portal_relay"):
        waiting = Event.objects.filter(folded_at=None, poisoned="").order_by("pk")
        kept = list(waiting.exclude(kind="message.left").values_list("pk", flat=True)[:FOLD_AT_ONCE])
        told = list(waiting.filter(kind="message.left")[:FOLD_AT_ONCE])
    done = [*kept, *_arrived(told)]
    with scope.wide("portal_relay"):
        actions.mark_folded(done)
    return len(done)


def _arrived(told: Sequence[Event]) -> list[int]:
    """Return those of the told messages that are here, or that can never be recognised."""
    wanted: dict[int, dict[uuid.UUID, int]] = {}
    done = []
    for row in told:
        name = _message_of(row)
        if name is None or row.customer_id is None:
            done.append(row.pk)
        else:
            wanted.setdefault(row.customer_id, {})[name] = row.pk
    for customer_id, rows in wanted.items():
        with scope.customer(customer_id):
            here = Message.objects.filter(uuid__in=rows).values_list("uuid", flat=True)
            done += [rows[name] for name in here]
    return done


def _message_of(row: Event) -> uuid.UUID | None:
    """Return the id of the message an event tells of, or None if it names none."""
    event = msgspec.json.decode(bytes(row.body), type=wire.Event)
    try:
        return uuid.UUID(str(event.data.get("message")))
    except ValueError:
        return None
