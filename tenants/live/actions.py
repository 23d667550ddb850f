"""Asking for live state, bringing home what the node made of it, and keeping the copy."""

from __future__ import annotations

import random
import time
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec
from django.db import transaction
from django.utils import timezone

from tenants.changes import bell
from tenants.changes.models import Lane, trace_of_request
from tenants.customers import scope
from tenants.customers.models import User
from tenants.live import queries
from tenants.live.models import Kind, LiveChange, LiveRegister
from tenants.live.refusals import BadOrder, BadTarget, NotInSwitch, TargetDiverted, TimeOut
from tenants.nodes import actions as nodes
from tenants.nodes.models import Node, Placement
from tenants.routing import live, wire
from tenants.routing.live import Diversion, Order, Register, Unread, Via
from tenants.routing.objects import Key

LEASE_SECONDS = 15.0
"""Longer than any one request to a node."""
LONGEST_WAIT = 5.0
PATIENCE = 6
"""How often a node may say that it does not know the subject: what was just published is on its way."""
KEPT = timedelta(days=30)
"""How long what is at rest of a subject that is gone is kept: as long as removals can be undone."""
LATER = 0.001
"""Seconds by which what the portal puts to rest is later than what it was."""
LONGEST_UNTIL = timedelta(days=400)


# --- asking ------------------------------------------------------------------------------------------------------


@transaction.atomic
def want(*, customer_id: int, order: Order, by: User | None, via: Via = "web") -> LiveRegister:
    """Ask for a register to be set; it is sent as soon as this is in the record. A later wish replaces one unsent.

    In the customer's scope.

    :raises BadOrder: if it is none.
    :raises NotInSwitch: if what it is about, or leads to, is not published.
    :raises TimeOut: if it would end in the past, or in more than ``LONGEST_UNTIL``.
    :raises BadTarget: if calls can't be diverted there.
    """
    _refuse(order)
    row = _locked(customer_id, order.kind, order.subject)
    row.wanted = _json(_joined(row, order))
    row.wanted_command, row.wanted_at, row.wanted_by, row.wanted_via = uuid.uuid4(), timezone.now(), by, via
    row.wanted_trace = trace_of_request()
    row.attempts, row.next_try_at, row.refused = 0, timezone.now(), ""
    row.save()
    bell.ring_on_commit(customer_id, Lane.EMERGENCY, bell.LIVE)
    return row


def _refuse(order: Order) -> None:
    if live.fault(order):
        raise BadOrder
    if not all(queries.is_active(key) for key in live.subjects(order)):
        raise NotInSwitch
    until, now = getattr(order.value, "until", None), timezone.now()
    if until is not None and not now < until < now + LONGEST_UNTIL:
        raise TimeOut
    if isinstance(order.value, Diversion):
        _refuse_target(order.subject, order.value)
    prompt = getattr(order.value, "prompt", None)
    if prompt is not None and not queries.is_active(prompt):
        raise NotInSwitch(field="prompt")


def _refuse_target(person: str, value: Diversion) -> None:
    if value.reason not in live.REASONS.values():
        raise BadOrder(field="reason")
    if value.target is None:
        return
    kind = value.target.partition("/")[0]
    if kind not in ("mailbox", "external", "person") or value.target == person or not queries.is_active(value.target):
        raise BadTarget
    away = queries.standing(Kind.DIVERSION, value.target)
    if kind == "person" and away.holding(timezone.now()) is not None:
        raise TargetDiverted


def _joined(row: LiveRegister, order: Order) -> live.LiveValue | None:
    """Return what to ask for: messages read since the unsent wish go with it, all else takes its place."""
    unsent = queries.value_of(row.wanted) if row.wanted_command else None
    if isinstance(unsent, Unread) and isinstance(order.value, Unread):
        return Unread(messages=tuple(dict.fromkeys([*unsent.messages, *order.value.messages])))
    return order.value


def _locked(customer_id: int, kind: str, subject: str) -> LiveRegister:
    """Return a register's row, locked; made at rest if there is none."""
    fresh = LiveRegister(customer_id=customer_id, kind=kind, subject=subject)
    LiveRegister.objects.bulk_create([fresh], ignore_conflicts=True)
    return LiveRegister.objects.select_for_update(no_key=True).get(kind=kind, subject=subject)


def _json(value: object) -> Any:
    return None if value is None else msgspec.to_builtins(value)


# --- sending -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Turn:
    """The right to send one wish to a node, until the lease ends. ``trace`` is the request that asked for it."""

    customer_id: int
    register_id: int
    node: Node
    command: wire.Command
    trace: str


def take_turn() -> Turn | None:
    """Lease the wish whose turn it is, or None if none is due. Rows another worker looks at are passed over."""
    with scope.wide("portal_relay"):
        found = _claimed()
        if found is None:
            return None
        row, node = found
        row.lease_until = timezone.now() + timedelta(seconds=LEASE_SECONDS)
        row.save(update_fields=["lease_until"])
    with scope.customer(row.customer_id):
        asker = LiveRegister.objects.filter(pk=row.pk).values_list("wanted_by__name", flat=True).first()
    return Turn(row.customer_id, row.pk, node, _command(row, asker or ""), row.wanted_trace)


def _claimed() -> tuple[LiveRegister, Node] | None:
    """Return the first wish whose node may be asked, and the node, claimed; what others got first is passed over."""
    passed: list[int] = []
    rows = queries.due().select_for_update(of=("self",), skip_locked=True, no_key=True)
    while (row := rows.exclude(pk__in=passed).first()) is not None:
        placed = Placement.objects.filter(customer_id=row.customer_id, role=Placement.Role.ACTIVE)
        node = Node.objects.get(pk__in=placed.values("node_id"))
        if nodes.claim(node=node, seconds=LEASE_SECONDS):
            return row, node
        passed.append(row.pk)
    return None


def _command(row: LiveRegister, by: str) -> wire.Command:
    assert row.wanted_at is not None
    order = Order(kind=row.kind, subject=row.subject, value=queries.value_of(row.wanted))  # type: ignore[arg-type]
    age = max(0.0, (timezone.now() - row.wanted_at).total_seconds())
    return wire.Command(id=str(row.wanted_command), order=order, by=by, via=row.wanted_via, age=age)  # type: ignore[arg-type]


def carried_out(*, turn: Turn, register: Register) -> list[tuple[Register | None, Register]]:
    """Take the node's word for what a register is now, and return what ``fold`` does.

    The wish is done with, unless a newer one has come since.
    """
    with scope.customer(turn.customer_id):
        folded = fold(customer_id=turn.customer_id, registers=[register])
        row = LiveRegister.objects.select_for_update(no_key=True).get(pk=turn.register_id)
        if str(row.wanted_command) == turn.command.id:
            _forget(row)
        row.lease_until = timezone.now()
        row.save()
    return folded


def refused(*, turn: Turn, code: str) -> None:
    """Note that the node will not. What it does not know yet it is asked again for a while."""
    with scope.customer(turn.customer_id):
        row = LiveRegister.objects.select_for_update(no_key=True).get(pk=turn.register_id)
        row.lease_until = timezone.now()
        if str(row.wanted_command) == turn.command.id:
            if code == "unknown_subject" and row.attempts < PATIENCE:
                row.attempts, row.next_try_at = row.attempts + 1, timezone.now() + _wait(row.attempts)
            else:
                _forget(row)
                row.refused = code[:40]
        row.save()


def failed(*, turn: Turn) -> None:
    """Note that the node could not be asked; the wish itself is the retry, after its back-off."""
    with scope.customer(turn.customer_id):
        row = LiveRegister.objects.select_for_update(no_key=True).get(pk=turn.register_id)
        row.next_try_at, row.lease_until = timezone.now() + _wait(row.attempts), timezone.now()
        row.attempts = min(row.attempts + 1, 1000)
        row.save(update_fields=["attempts", "next_try_at", "lease_until"])


def _wait(attempts: int) -> timedelta:
    """Return how long to wait after so many failures: full jitter under a doubling cap of a few seconds."""
    return timedelta(seconds=random.uniform(0.1, min(LONGEST_WAIT, 0.4 * 2 ** min(attempts, 8))))  # noqa: S311


def _forget(row: LiveRegister) -> None:
    row.wanted, row.wanted_command, row.wanted_at, row.wanted_by, row.attempts = None, None, None, None, 0


def drop_late() -> int:
    """Drop the wishes nobody could carry out in time, so that pages say so; return how many. Across customers."""
    with scope.wide("portal_relay"):
        late = LiveRegister.objects.filter(queries.too_late(timezone.now()))
        return late.update(wanted=None, wanted_command=None, wanted_at=None, wanted_by=None, attempts=0, refused="late")


# --- folding -----------------------------------------------------------------------------------------------------


@transaction.atomic
def fold(*, customer_id: int, registers: Iterable[Register]) -> list[tuple[Register | None, Register]]:
    """Take what a node told where it holds; return each that did, after what was there before.

    In the customer's scope. Told twice or out of order it is harmless; a register that nobody ever set (version 0)
    says nothing.
    """
    told = sorted((one for one in registers if one.version), key=lambda one: (one.kind, one.subject, one.version))
    taken = [(_taken(customer_id, one), one) for one in told]
    return [(old, new) for (took, old), new in taken if took]


def _taken(customer_id: int, theirs: Register) -> tuple[bool, Register | None]:
    """Write a register down if it holds; return whether it did, and what was there before."""
    row = _locked(customer_id, theirs.kind, theirs.subject)
    mine = queries.register_of(row) if row.version else None
    if mine == theirs or live.merged(mine, theirs) != theirs:
        return False, mine
    row.value, row.version, row.at = _json(theirs.value), theirs.version, theirs.at
    row.by, row.via, row.command = theirs.by[:100], theirs.via, theirs.command[:100]
    changed = mine is None or theirs.at > mine.at
    if str(row.wanted_command) == theirs.command:
        _forget(row)
    if row.wanted_command is None and changed:
        row.refused = ""
    row.save()
    if theirs.kind != "unread" and changed:
        _log(row)
    return True, mine


def _log(row: LiveRegister) -> None:
    same = {"customer_id": row.customer_id, "kind": row.kind, "subject": row.subject}
    said = {"value": row.value, "version": row.version, "at": row.at, "by": row.by, "via": row.via}
    LiveChange.objects.bulk_create([LiveChange(**same, **said)], ignore_conflicts=True)


# --- what is gone ------------------------------------------------------------------------------------------------


@transaction.atomic
def rest(*, customer_id: int) -> int:
    """Put to rest whatever speaks of subjects that are not published any more; return how many registers.

    The node does so by itself when it loses them. This is for what nobody has heard from it: who comes back by an undo
    begins at rest, and no node is told what was. What nobody has heard of a mailbox stays, as its messages do. In the
    customer's scope.
    """
    rows = LiveRegister.objects.filter(value__isnull=False).exclude(kind=Kind.UNREAD)
    gone = queries.of_what_is_gone(rows.select_for_update(no_key=True).order_by("pk"))
    _put_to_rest(gone)
    return len(gone)


@transaction.atomic
def rest_unread(*, customer_id: int, mailbox: Key) -> None:
    """Put to rest what nobody has heard of a mailbox that is deleted for good; its node is told. In the scope."""
    unread = LiveRegister.objects.filter(kind=Kind.UNREAD, subject=mailbox, value__isnull=False)
    if found := list(unread.select_for_update(no_key=True)):
        _put_to_rest(found)
        bell.ring_on_commit(customer_id, Lane.BULK, bell.LIVE_SYNC)


def _put_to_rest(rows: Iterable[LiveRegister]) -> None:
    for row in rows:
        row.value, row.at = None, max(time.time(), row.at + LATER)
        row.by, row.via, row.command = "", "portal", live.GONE
        row.save(update_fields=["value", "at", "by", "via", "command"])


@transaction.atomic
def drop(*, customer_id: int, before: datetime) -> int:
    """Forget what speaks of subjects that are gone and was put to rest before a moment; return how many registers.

    Who set what with them goes too. The newest stays, since heights are compared. In the customer's scope.
    """
    rest(customer_id=customer_id)
    old = LiveRegister.objects.filter(value__isnull=True, wanted_command=None, at__lt=before.timestamp())
    gone = queries.of_what_is_gone(old.filter(version__lt=queries.height()))
    for row in gone:
        LiveChange.objects.filter(kind=row.kind, subject=row.subject).delete()
    LiveRegister.objects.filter(pk__in=[row.pk for row in gone]).delete()
    return len(gone)


def note_compared(*, node_id: int, boot: str) -> None:
    """Note that a node's live state has been compared whole since it started. As ``portal_relay``."""
    Node.objects.filter(pk=node_id).update(live_boot=boot[:64])
