"""What a switch node without a switch keeps: every customer's active objects, in memory, by the rules of any node."""

from __future__ import annotations

import base64
import time
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tenants.routing import calls, codes, intake, objects, root
from tenants.routing.board import Board
from tenants.routing.calls import Inputs
from tenants.routing.decide import arrive, decide, moment_of
from tenants.routing.dialling import E164, check
from tenants.routing.documents import MappingConfig
from tenants.routing.intake import Held, Refused, Staged
from tenants.routing.live import Register
from tenants.routing.objects import AnyObject, Key
from tenants.routing.wire import (
    Command,
    Conflict,
    Enrolled,
    Event,
    Health,
    Push,
    Receipt,
    Root,
    Roots,
    TestCall,
    TestCallPlaced,
)

_WALK = 60
"""Steps a test call is followed at most."""


@dataclass
class Customer:
    """What is active for one customer."""

    held: Held
    objects: dict[Key, Staged]
    secrets: dict[tuple[int, int], str]
    receipt: Receipt

    @property
    def config(self) -> MappingConfig:
        """The objects as ``decide`` reads them."""
        return MappingConfig([part.obj for part in self.objects.values()])


@dataclass
class MemoryNode:
    """The whole node."""

    enrolled: Enrolled | None = None
    boot: str = field(default_factory=lambda: f"{time.time_ns():019d}-memory")
    customers: dict[int, Customer] = field(default_factory=dict)
    blobs: dict[str, bytes] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    """What the portal has not confirmed yet."""
    seq: int = 0
    boards: dict[int, Board] = field(default_factory=dict)

    def push(self, push: Push, arrived: float) -> Receipt | Conflict:
        """Make a push active, or say why not now.

        :raises Refused: if it can never be accepted.
        """
        assert self.enrolled is not None
        before = self.customers.get(push.customer)
        held = before.held if before else Held()
        verdict = intake.in_order(held, self.enrolled.portal, push)
        if isinstance(verdict, Conflict):
            return verdict
        if verdict == "same" and before:
            return before.receipt
        staged = intake.stage(push)
        if missing := intake.wanted_blobs(staged) - self.blobs.keys():
            return intake.conflict("missing_blobs", push.customer, held, tuple(sorted(missing)))
        known = before.objects if before else {}
        kept = dict(known) if push.base is not None else {}
        buckets = intake.apply_buckets(held, push, staged, lambda bucket: _hashes_in(kept, bucket))
        if root.root_of(buckets) != push.root:
            return intake.conflict("root_mismatch", push.customer, held)
        after = _applied(kept, staged)
        secrets = self._secrets(push, before)
        self._check(push.customer, after, staged, secrets)
        receipt = _receipt(push, arrived)
        now = Held(push.epoch, push.generation, push.root, buckets)
        self.customers[push.customer] = Customer(now, after, secrets, receipt)
        if push.base is None and not push.changes:
            self.boards.pop(push.customer, None)
        else:
            self._tell_live(push.customer, self.board(push.customer).rest(known.keys() - after.keys(), time.time()))
        return receipt

    def _secrets(self, push: Push, before: Customer | None) -> dict[tuple[int, int], str]:
        kept = dict(before.secrets) if before and push.base is not None else {}
        for sealed in push.secrets:
            bound = f"{push.customer}/{sealed.credential}/{sealed.version}".encode()
            kept[sealed.credential, sealed.version] = self._open(sealed.box, bound)
        return kept

    def _open(self, box: str, bound: bytes) -> str:
        assert self.enrolled is not None
        try:
            sealed = base64.b64decode(box)
            key = AESGCM(base64.b64decode(self.enrolled.sealing_key))
            return key.decrypt(sealed[:12], sealed[12:], bound).decode()
        except (InvalidTag, ValueError) as error:
            raise Refused("bad_secret", detail=bound.decode()) from error

    def _check(
        self, customer: int, after: dict[Key, Staged], staged: dict[Key, Staged | None], secrets: dict[Any, str]
    ) -> None:
        """Refuse what another customer has, what two of this customer's objects have, and telephones without secret."""
        taken = {
            name for id_, other in self.customers.items() if id_ != customer for name in _names(id_, other.objects)
        }
        for key, part in after.items():
            for name, code in _claims(customer, part.obj):
                if name in taken:
                    raise Refused(code, key)
                taken.add(name)
            if isinstance(part.obj, objects.Person) and staged.get(key):
                for device in part.obj.devices:
                    if (device.credential.id, device.credential.version) not in secrets:
                        raise Refused("missing_secret", key)

    def roots(self) -> Roots:
        """Return what every customer has active."""
        found = sorted((customer, it.held) for customer, it in self.customers.items())
        return Roots(
            roots=tuple(
                Root(customer=customer, epoch=held.epoch, generation=held.generation, root=held.root)
                for customer, held in found
            )
        )

    def health(self) -> Health:
        """Tell how the node is."""
        return Health(
            node="memory", boot=self.boot, switch="none", customers=len(self.customers), spooled=len(self.events)
        )

    def tell(self, kind: str, customer: int, call: str, **data: object) -> None:
        """Keep an event for the portal."""
        self.seq += 1
        values = {"boot": self.boot, "seq": self.seq, "at": time.time(), "kind": kind}
        self.events.append(msgspec.convert(values | {"customer": customer, "call": call, "data": data}, Event))

    def board(self, customer: int) -> Board:
        """Return the customer's live state."""
        return self.boards.setdefault(customer, Board())

    def obey(self, customer: int, command: Command) -> Register:
        """Set a register, and tell if it changed.

        :raises Refused: if the command means nothing, or nothing here.
        """
        there = self.customers.get(customer)
        known = there.objects if there else {}
        register, changed = self.board(customer).obey(command, time.time(), known.__contains__)
        if changed:
            self._tell_live(customer, [register])
        return register

    def seed(self, customer: int, theirs: Iterable[Register]) -> list[Register]:
        """Take the portal's registers where they hold, and return all there are then; none of whom has nothing here."""
        there = self.customers.get(customer)
        if there and not there.objects:
            return []
        self._tell_live(customer, self.board(customer).seed(theirs))
        return self.board(customer).since(-1)

    def dial(self, customer: int, person: Key, digits: str) -> bool:
        """Let a person dial a feature code; tell whether it meant anything."""
        config = self.customers[customer].config
        wanted = codes.orders(digits, person, config.groups(person), datetime.now(UTC))
        by = getattr(config[person], "name", "")
        for order in wanted:
            self.obey(customer, Command(id=uuid.uuid4().hex, order=order, by=by, via="phone"))
        return bool(wanted)

    def _tell_live(self, customer: int, changed: Iterable[Register]) -> None:
        for register in changed:
            self.tell("live", customer, "", register=msgspec.json.encode(register).decode())

    def place(self, wanted: TestCall) -> TestCallPlaced:
        """Walk a test call through the flow and tell its steps.

        :raises Refused: if the number or the telephone is not this customer's, or the gate is closed.
        """
        customer = self.customers.get(wanted.customer)
        if customer is None or customer.config.number(wanted.number) is None:
            raise Refused("unknown_number", detail=wanted.number)
        _rung(customer.config, wanted.to)
        id_, now = wanted.id or uuid.uuid4().hex, int(time.time())
        offset = wanted.moment - now if wanted.moment is not None else 0
        self.tell("call.started", wanted.customer, id_, number=wanted.number, test=1)
        call, inputs = arrive(customer.config, wanted.number, wanted.caller, wanted.customer, now, offset), Inputs()
        config = _drafted(customer, intake.stage(wanted))
        for _ in range(_WALK):
            step = decide(config, self.board(wanted.customer).live, call, moment_of(call, time.time()), inputs)
            self._tell_step(id_, step, customer.held.generation)
            if isinstance(step.action, calls.HangUp | calls.Record):
                break
            call, inputs = step.call, Inputs(result=_RESULTS[type(step.action)])
        self.tell("call.ended", wanted.customer, id_, cause=16, seconds=0, answers=0)
        return TestCallPlaced(call=id_)

    def _tell_step(self, id_: str, step: calls.Step, generation: int) -> None:
        last = step.reasons[-1] if step.reasons else calls.Reason(key=step.call.place, rule="end")
        action = type(step.action).__struct_config__.tag
        reasons = " ".join(f"{reason.key}={reason.rule}" for reason in step.reasons)
        values = {"generation": generation, "action": action, "key": last.key, "rule": last.rule, "reasons": reasons}
        self.tell("call.step", step.call.customer, id_, **values)


def _drafted(customer: Customer, draft: dict[Key, Staged | None]) -> MappingConfig:
    return MappingConfig([part.obj for part in _applied(customer.objects, draft).values()])


_RESULTS: dict[type, Any] = {
    calls.Play: "done",
    calls.Gather: "silence",
    calls.Ring: "no_answer",
    calls.Dial: "no_answer",
}


def _hashes_in(kept: dict[Key, Staged], bucket: int) -> dict[str, str]:
    return {key: part.sha256 for key, part in kept.items() if root.bucket_of(key) == bucket}


def _applied(kept: dict[Key, Staged], staged: dict[Key, Staged | None]) -> dict[Key, Staged]:
    merged: dict[Key, Staged | None] = {**kept, **staged}
    return {key: part for key, part in merged.items() if part is not None}


def _claims(customer: int, obj: AnyObject) -> list[tuple[str, str]]:
    """Return the names an object needs for itself on the whole node, with the refusal if it can't have one."""
    if isinstance(obj, objects.Number):
        return [(obj.e164, "number_taken")]
    if isinstance(obj, objects.Person):
        own = [(f"{customer} {obj.extension}", "extension_taken")] if obj.extension else []
        return own + [(device.username, "username_taken") for device in obj.devices]
    return []


def _names(customer: int, parts: dict[Key, Staged]) -> list[str]:
    return [name for part in parts.values() for name, _ in _claims(customer, part.obj)]


def _rung(config: MappingConfig, to: str) -> None:
    devices = (device for obj in config.values() if isinstance(obj, objects.Person) for device in obj.devices)
    if any(device.username == to for device in devices):
        return
    if not E164.fullmatch(to):
        raise Refused("unknown_telephone", detail=to)
    if refused := check(to, "call"):
        raise Refused("gate", detail=refused.code)


def _receipt(push: Push, arrived: float) -> Receipt:
    return Receipt(
        customer=push.customer,
        epoch=push.epoch,
        generation=push.generation,
        root=push.root,
        effective_at=time.time(),
        milliseconds=(time.perf_counter() - arrived) * 1000,
    )
