"""What the switch does next with a call, and why. The live call, the simulator and the proofs ask here.

``arrive`` and ``inside`` make the call, ``decide`` answers the first step and, fed with what came of it, every
later one; ``dialled`` answers the first step when a person dials or transfers. 112 should not come here: the
switch connects it before any rule of a customer is asked. If it does after all, it is connected first.
"""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from tenants.routing import codes
from tenants.routing.calls import Action, Call, Config, Confirm, Dial, HangUp, Inputs, Reason, Step
from tenants.routing.dialling import EMERGENCY, gate, is_emergency, short_number
from tenants.routing.live import Live
from tenants.routing.objects import Key, Person
from tenants.routing.places import PLACES, finished, missing
from tenants.routing.turns import END, Ask, Do, Go, Turn, end

MAX_HOPS = 20
"""Places a call may pass without pressing a key. Proven configurations stay below it; it is the belt."""
OUTSIDE_SECONDS = 60
"""How long a number somebody dialled rings."""
_START = Inputs()


def arrive(config: Config, e164: str, caller: str, customer: int, joined_at: int, offset: int = 0) -> Call:
    """Return a call from outside to one of the customer's numbers, standing at that number.

    ``joined_at`` is seconds since 1970 by the node's clock, ``offset`` what a test call adds to it.
    """
    place = config.number(e164) or "number/0"
    return Call(customer=customer, place=place, number=e164, caller=caller, joined_at=joined_at, offset=offset)


def inside(customer: int, person: Key, joined_at: int, offset: int = 0) -> Call:
    """Return a call a person begins. It stands nowhere until ``dialled`` is told what was dialled."""
    return Call(customer=customer, place=END, person=person, joined_at=joined_at, offset=offset)


def moment_of(call: Call, clock: float) -> datetime:
    """Return the instant (UTC) a call is decided as of, given the node's clock in seconds since 1970."""
    return datetime.fromtimestamp(clock + call.offset, UTC)


def decide(config: Config, live: Live, call: Call, moment: datetime, inputs: Inputs = _START) -> Step:
    """Return the next step of a call: pass instant places, collecting why, until the switch has something to do."""
    if inputs.result == "digit":
        call = msgspec.structs.replace(call, keys=call.keys + 1)
    if inputs.result == "answered":
        return _step(call, HangUp(), (Reason(key=call.place, rule="answered"),), END)
    reasons: list[Reason] = []
    while True:
        turn = _turn(Ask(config, live, call, moment, inputs))
        reasons += turn.reasons
        if isinstance(turn, Do):
            return _done(call, turn, tuple(reasons))
        if turn.target is None:
            return _step(_moved(call, turn, END), HangUp(cause=turn.cause), tuple(reasons), END)
        call, inputs = _moved(call, turn, turn.target), _START


def dialled(config: Config, live: Live, call: Call, moment: datetime, digits: str) -> Step:
    """Return the first step when ``call.person`` dials, or blindly transfers a call to, some digits.

    A call for help is connected whoever dials. A feature code sets what it says. An extension is that person, one of
    the customer's own numbers is that number's flow, anything else is outside and passes the gate; a local number is
    completed by the person's area code. A transferred call keeps its number and caller.
    """
    person = call.person or END
    if is_emergency(digits):
        return _outside(call, person, EMERGENCY)
    who = config.get(person)
    if not isinstance(who, Person):
        return _step(call, HangUp(cause="refused"), (Reason(key=person, rule="missing"),), END)
    if codes.is_code(digits):
        return _code(config, call, person, moment, digits)
    if extension := config.extension(digits.strip()):
        return _begin(config, live, call, moment, extension)
    if short := short_number(digits):
        return _outside(call, person, short)
    e164 = gate(digits, "call", who.area)
    if not isinstance(e164, str):
        return _step(call, HangUp(cause="refused"), (Reason(key=person, rule=f"gate:{e164.code}"),), END)
    if own := config.number(e164):
        return _begin(config, live, call, moment, own)
    return _outside(call, person, e164)


def _outside(call: Call, person: Key, number: str) -> Step:
    return _step(call, Dial(e164=number, seconds=OUTSIDE_SECONDS), (Reason(key=person, rule="dialled"),), END)


def _code(config: Config, call: Call, person: Key, moment: datetime, digits: str) -> Step:
    orders = codes.orders(digits, person, config.groups(person), moment)
    rule = f"code:{digits[:3]}" if orders else "code:unknown"
    return _step(call, Confirm(orders=orders), (Reason(key=person, rule=rule),), END)


def _begin(config: Config, live: Live, call: Call, moment: datetime, place: Key) -> Step:
    fresh = msgspec.structs.replace(call, place=place, stage=0, tries=0, hops=0, queued_at=0)
    return decide(config, live, fresh, moment)


def _turn(ask: Ask) -> Turn:
    key = ask.call.place
    if key == END:
        return finished(ask)
    if ask.call.hops > MAX_HOPS:
        return end(key, "hops", "failed")
    place = ask.config.get(key)
    answer = PLACES.get(type(place))
    return answer(ask, place) if answer else missing(key)


def _moved(call: Call, turn: Go, place: Key) -> Call:
    """Return the call at another place. A key the caller pressed starts the count of hops anew."""
    hops, waited = 0 if turn.pressed else call.hops + 1, call.waited + turn.waited
    return msgspec.structs.replace(call, place=place, stage=0, tries=0, hops=hops, waited=waited, queued_at=0)


def _done(call: Call, turn: Do, reasons: tuple[Reason, ...]) -> Step:
    waited = call.waited + turn.waited
    after = msgspec.structs.replace(call, stage=turn.stage, tries=turn.tries, waited=waited, queued_at=turn.queued_at)
    return _step(after, turn.action, reasons, END if turn.over else call.place)


def _step(call: Call, action: Action, reasons: tuple[Reason, ...], place: Key) -> Step:
    if place == END:
        call = msgspec.structs.replace(call, place=END, stage=0, tries=0, queued_at=0)
    return Step(action=action, reasons=reasons, call=call)
