"""Answers the dialplan: one ask, one step. It keeps nothing between asks, so it may restart in mid-call.

An answer is one line, ``nonce|action|a|b|c|call|nonce``, made of ids, hashes, digits and the packed call only.
The actions and what a, b and c are to them stand in ``etc/extensions.conf``.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Mapping
from typing import NamedTuple

import msgspec

from integrations.asterisk import derive
from integrations.asterisk.drafts import Drafts
from integrations.asterisk.registers import Registers
from integrations.asterisk.spool import Data, Spool
from integrations.asterisk.store import Store
from tenants.routing import calls, objects
from tenants.routing.calls import Call, Config, Inputs, Step, pack, unpack
from tenants.routing.decide import arrive, decide, dialled, inside, moment_of
from tenants.routing.dialling import parse
from tenants.routing.intake import USERNAME

log = logging.getLogger(__name__)
NONCE = re.compile(r"[0-9.]{1,40}")
CAUSES = {"normal": 16, "unallocated": 1, "busy": 17, "no_answer": 19, "refused": 21, "failed": 38}
"""Q.850 causes."""
_DIAL_RESULTS = {"NOANSWER": "no_answer", "BUSY": "busy", "CHANUNAVAIL": "unreachable", "CONGESTION": "unreachable"}
_DIAL_RESULTS |= {"ANSWER": "answered", "CANCEL": "failed", "DONTCALL": "failed", "TORTURE": "failed"}


_QUEUE_RESULTS = {"TIMEOUT": "timeout", "FULL": "full"}
_QUEUE_RESULTS |= dict.fromkeys(("JOINEMPTY", "LEAVEEMPTY", "JOINUNAVAIL", "LEAVEUNAVAIL"), "empty")
_RESULTS = _DIAL_RESULTS | _QUEUE_RESULTS
_LAST_PLACE = 2**31 - 1
"""Places in line count down from here by the second, so that who came first is first."""
_LIFTED = 1000
"""The rank all members are lifted to when everybody who is free shall ring."""


Connecting = calls.Ring | calls.Dial | calls.Measure | calls.Enqueue


class Nonsense(Exception):
    """An ask that our dialplan does not make."""


class Answer(NamedTuple):
    """What the dialplan does next."""

    action: str
    a: str = ""
    b: str = ""
    c: str = ""


class Asking:
    """Decides with the store's active releases and writes each step to the spool."""

    def __init__(self, store: Store, spool: Spool, registers: Registers) -> None:
        """Read from this store and these registers, and tell this spool."""
        self._store, self._spool, self._registers = store, spool, registers
        self.drafts = Drafts()

    def answer(self, fields: Mapping[str, str]) -> str:
        """Return the line for an ask.

        :raises Nonsense: if it is none.
        """
        nonce = fields.get("nonce", "")
        if not NONCE.fullmatch(nonce):
            raise Nonsense("no nonce")
        entry = fields.get("from", "")
        try:
            packed = unpack(fields["call"]) if fields.get("call") else None
            call, digits = self._enter(entry, fields, packed) if entry else (packed, "")
        except ValueError as error:
            raise Nonsense("a call that can't be read") from error
        if call is None:
            return _line(nonce, Answer("hangup", str(CAUSES["unallocated"])), "")
        return self._step(nonce, fields, call, digits)

    def _enter(self, entry: str, fields: Mapping[str, str], packed: Call | None) -> tuple[Call | None, str]:
        """Return the call as it comes in, and what was dialled. A stranger's is None.

        Nothing a caller sends can set ``offset``: it comes from the packed call alone, and only the node packs.
        """
        now = int(time.time())
        if entry == "trunk":
            return self._from_trunk(fields, now), ""
        owner = self._store.owner_of_telephone(fields.get("device", ""))
        if entry not in ("phone", "transfer") or owner is None:
            return None, ""
        customer, person = owner
        call = inside(customer, person, now)
        if entry == "transfer" and packed and packed.customer == customer:
            call = msgspec.structs.replace(packed, person=person)
        return call, fields.get("dialled", "")

    def _from_trunk(self, fields: Mapping[str, str], now: int) -> Call | None:
        e164 = fields.get("number", "")
        customer = self._store.owner_of_number(e164)
        if customer is None:
            return None
        caller = parse(fields.get("caller", ""))
        with self._store.reading(customer) as (config, _):
            return arrive(config, e164, caller if isinstance(caller, str) else "", customer, now)

    def _step(self, nonce: str, fields: Mapping[str, str], call: Call, digits: str) -> str:
        moment = moment_of(call, time.time())
        with self._store.reading(call.customer) as (stored, generation):
            config = self.drafts.over(stored, call.customer, call.draft) if call.draft else stored
            live = self._registers.live(call.customer)
            if digits:
                step = dialled(config, live, call, moment, digits)
            else:
                step = decide(config, live, call, moment, _inputs(fields))
            answer = self._translate(config, step)
        self._tell(fields.get("id", ""), step, answer.action, generation)
        return _line(nonce, answer, pack(step.call))

    def _tell(self, id_: str, step: Step, action: str, generation: int) -> None:
        """Write down the step with its generation, so that a past call can be explained."""
        last = step.reasons[-1] if step.reasons else calls.Reason(key=step.call.place, rule="end")
        data: Data = {
            "generation": generation,
            "action": action,
            "key": last.key,
            "rule": last.rule,
            "reasons": " ".join(f"{reason.key}={reason.rule}" for reason in step.reasons),
        }
        try:
            self._spool.append("call.step", step.call.customer, id_[:64], data)
        except OSError:
            log.exception("a step could not be written down; the call goes on")

    def _translate(self, config: Config, step: Step) -> Answer:
        call, action = step.call, step.action
        match action:
            case calls.Play():
                return Answer("play", action.prompt)
            case calls.Gather():
                return Answer("gather", action.prompt or "", str(action.seconds))
            case calls.Record():
                caller = _inside_caller(config, call).removeprefix("+")
                name = f"{call.customer}_{action.mailbox}_{caller}"
                return Answer("record", name, str(action.seconds), action.greeting or "")
            case calls.Confirm():
                return Answer("confirm", "yes" if self._set(config, step) else "no")
            case calls.HangUp():
                return Answer("hangup", str(CAUSES[action.cause]))
            case _:
                return self._connect(config, call, action)

    def _connect(self, config: Config, call: Call, action: Connecting) -> Answer:
        """Return how the call comes to people: it rings them, or waits for them in line."""
        match action:
            case calls.Ring():
                names = tuple(name for name in action.devices if USERNAME.fullmatch(name))
                mobiles = tuple(derive.name_of(call.customer, person) for person in action.mobiles)
                rung = derive.dial_string(names, mobiles)
                return Answer("ring", rung, str(action.seconds), _inside_caller(config, call))
            case calls.Dial():
                outside = call.number or self._store.presented(call.customer)
                return Answer("dial", f"PJSIP/{action.e164}@trunk", str(action.seconds), outside)
            case calls.Measure():
                return Answer("measure", derive.name_of(call.customer, f"group/{action.group}"))
            case calls.Enqueue():
                return _enqueue(call, action)

    def _set(self, config: Config, step: Step) -> bool:
        """Carry out what a feature code asks for; tell whether it meant anything."""
        assert isinstance(step.action, calls.Confirm)
        person = config.get(step.call.person or "")
        by = person.name if isinstance(person, objects.Person) else ""
        orders = step.action.orders
        self._registers.dialled(step.call.customer, orders, by, lambda key: config.get(key) is not None)
        return bool(orders)


def _inputs(fields: Mapping[str, str]) -> Inputs:
    """Return what came of the last action, from the dialplan's words."""
    result, digit = fields.get("result", ""), fields.get("digit", "")
    if result == "read":
        return Inputs(result="digit", digit=digit) if digit else Inputs(result="silence")
    if result == "done":
        return Inputs(result="done")
    if result == "measured":
        return _measured(digit)
    return msgspec.convert({"result": _RESULTS.get(result, "failed") if result else "start"}, Inputs)


def _measured(figures: str) -> Inputs:
    """Return how a line stands: ``waiting.free.present``, each nothing where Asterisk knows of no such line."""
    waiting, free, present = (int(figure or 0) for figure in (figures + "..").split(".")[:3])
    return Inputs(result="measured", waiting=waiting, free=free, present=present)


def _enqueue(call: Call, action: calls.Enqueue) -> Answer:
    line = derive.name_of(call.customer, f"group/{action.group}")
    place = _LAST_PLACE - action.joined
    ranks = f"0.{_LIFTED}" if action.rank is None else f"{action.rank}."
    return Answer("enqueue", line, str(action.seconds), f"{place}.{ranks}")


def _inside_caller(config: Config, call: Call) -> str:
    """Return what a telephone inside shows: the caller's number, or the extension of who calls from inside."""
    if call.caller or not call.person:
        return call.caller
    person = config.get(call.person)
    return person.extension if isinstance(person, objects.Person) else ""


def _line(nonce: str, answer: Answer, call: str) -> str:
    return "|".join((nonce, *answer, call, nonce))
