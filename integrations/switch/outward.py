"""What the customer's own systems are told of the switch: facts, as webhooks bring them (docs/webhooks.md).

Each function is called in the customer's scope and in the transaction of the fact, and may be called twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec
from django.db.models import Q
from django.utils import timezone

from integrations.webhooks.actions import Fact, tell
from integrations.webhooks.queries import listening
from tenants.mailboxes.models import Message
from tenants.nodes import actions as nodes
from tenants.nodes.models import Placement, Receipt
from tenants.people.models import Device
from tenants.routing import wire
from tenants.routing.live import Register

CALLS = ("call.started", "call.answered", "call.ended")


def unheard() -> Q:
    """Return which events nobody is told of: of calls, at customers without an endpoint. As ``portal_relay``."""
    return Q(kind__in=CALLS) & ~Q(listening())


def calls(told: Mapping[int, wire.Event]) -> Iterable[int]:
    """Tell of calls. All of the events have had their effect then."""
    people = _people({str(event.data["device"]) for event in told.values() if event.data.get("device")})
    facts = [_call(event, people) for event in told.values()]
    tell(customer_id=next((event.customer for event in told.values()), 0), facts=facts)
    return list(told)


def _people(usernames: set[str]) -> dict[str, dict[str, Any]]:
    """Return the people whose telephones these are, by the telephones' names on the switch."""
    rows = Device.objects.filter(username__in=usernames).values_list("username", "person", "person__extension")
    return {username: {"id": person, "extension": extension} for username, person, extension in rows}


def _call(event: wire.Event, people: Mapping[str, Mapping[str, Any]]) -> Fact:
    said = dict(event.data)
    data: dict[str, Any] = {"call": event.call}
    if event.kind == "call.started":
        data |= {"direction": "out" if "dialled" in said else "in", "test": "test" in said}
        data |= {name: str(said[name]) for name in ("number", "caller", "dialled") if name in said}
    elif event.kind == "call.ended":
        data |= {name: said[name] for name in ("seconds", "answers", "cause", "lost") if name in said}
    if said.get("device"):
        data["person"] = people.get(str(said["device"]))
    return Fact(event.kind, f"{event.boot}/{event.seq}", nodes.at(event.at), data)


def messages(customer_id: int, names: Iterable[Any]) -> None:
    """Tell of voice messages that are here, by their ids on the switch."""
    rows = Message.objects.filter(uuid__in=list(names)).select_related("sound")
    tell(customer_id=customer_id, facts=[_message(row) for row in rows])


def _message(row: Message) -> Fact:
    data = {"message": row.pk, "mailbox": row.mailbox_id, "caller": row.caller, "seconds": row.seconds}
    return Fact("message.left", str(row.uuid), row.left_at, data)


def registers(customer_id: int, folded: Iterable[tuple[Register | None, Register]]) -> None:
    """Tell of registers that were changed: not of lamps, and not of what was only told anew."""
    changed = [new for old, new in folded if new.kind != "unread" and (old is None or new.at > old.at)]
    tell(customer_id=customer_id, facts=[_register(one) for one in changed])


def _register(one: Register) -> Fact:
    data = {
        "kind": one.kind, "subject": one.subject, "value": msgspec.to_builtins(one.value), "by": one.by, "via": one.via,
    }  # fmt: skip
    return Fact("live.changed", f"{one.kind}/{one.subject}/{one.at!r}", datetime.fromtimestamp(one.at, UTC), data)


def effective(node_id: int, receipt: wire.Receipt) -> None:
    """Tell that a generation is what calls follow: when the node that serves the customer has said so."""
    if not _serves(node_id):
        return
    data = {"generation": receipt.generation, "milliseconds": receipt.milliseconds}
    name = f"{receipt.epoch}/{receipt.generation}"
    fact = Fact("release.effective", name, nodes.at(receipt.effective_at), data)
    tell(customer_id=receipt.customer, facts=[fact])


def _serves(node_id: int) -> bool:
    return Placement.objects.filter(node=node_id, role=Placement.Role.ACTIVE).exists()


def taken_over(customer_id: int) -> None:
    """Tell what calls follow now that another node serves."""
    serving = Placement.objects.get(role=Placement.Role.ACTIVE)
    signed = Receipt.objects.filter(node=serving.node_id, epoch=serving.epoch, generation=serving.generation).first()
    if signed is not None:
        effective(signed.node_id, wire.Receipt(
            customer=customer_id, epoch=signed.epoch, generation=signed.generation, root=signed.root,
            effective_at=signed.effective_at.timestamp(), milliseconds=signed.milliseconds,
        ))  # fmt: skip


def refused(node_id: int, push: wire.Push, answer: wire.Refusal) -> None:
    """Tell that a generation will never be what calls follow, and which object is why.

    What only a standby refuses is nobody's news: the node that serves may have taken it.
    """
    if not _serves(node_id):
        return
    data = {"generation": push.generation, "code": answer.code, "object": answer.key, "detail": answer.detail}
    fact = Fact("release.refused", f"{push.epoch}/{push.generation}", timezone.now(), data)
    tell(customer_id=push.customer, facts=[fact])
