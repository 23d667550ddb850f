"""How each kind of place decides. One function a kind, chosen by ``PLACES``; ``decide`` walks between them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tenants.routing.calls import Dial, HangUp, Play, Reason, Record
from tenants.routing.dialling import check
from tenants.routing.groups import group
from tenants.routing.live import Diversion
from tenants.routing.menus import menu
from tenants.routing.objects import (
    Announcement,
    External,
    Group,
    Key,
    Mailbox,
    Menu,
    Number,
    NumberFlow,
    Person,
    PersonFlow,
    Schedule,
    State,
    TimeSwitch,
    key_of,
)
from tenants.routing.schedules import Verdict, evaluate
from tenants.routing.slots import flow_key
from tenants.routing.telephones import has_telephone, ring
from tenants.routing.turns import Ask, Cause, Do, Go, Turn, end

_ENDS: Mapping[str, Cause] = {
    "busy": "busy",
    "no_answer": "no_answer",
    "unreachable": "no_answer",
    "failed": "failed",
    "timeout": "no_answer",
    "empty": "no_answer",
    "full": "busy",
}
_REASONS_TO_LEAVE = {"busy": "busy", "no_answer": "no_answer"}


def after_ringing(result: str) -> Cause:
    """Return how a call ends when what it rang last did not answer."""
    return _ENDS.get(result, "normal")


def number(ask: Ask, place: Number) -> Turn:
    """A number sends the call into its flow; without one it is not in use."""
    key = key_of(place)
    flow = ask.config.get(flow_key(key))
    if not isinstance(flow, NumberFlow) or flow.entry is None:
        return end(key, "unused", "unallocated")
    return Go(flow.entry, (Reason(key=key, rule="slot:entry"),))


def timeswitch(ask: Ask, place: TimeSwitch) -> Turn:
    """A time switch parts calls by its schedule's state, after the prompt of the rule in force."""
    key, verdict = key_of(place), _verdict(ask, place)
    why = Reason(key=place.schedule, rule=verdict.rule if verdict else "missing", until=_until(verdict))
    sound = ask.sound(verdict.prompt) if verdict else None
    if sound and ask.call.stage == 0:
        return Do(Play(prompt=sound), (why,), stage=1)
    state = verdict.state if verdict else "closed"
    slot = _slot_for(place, state)
    return Go(getattr(place, slot), (why, Reason(key=key, rule=f"state:{state}", until=why.until)), "failed")


def _verdict(ask: Ask, place: TimeSwitch) -> Verdict | None:
    """Return what the schedule says, None if there is none or its zone or times mean nothing: then it is closed."""
    schedule = ask.config.get(place.schedule)
    if not isinstance(schedule, Schedule):
        return None
    try:
        return evaluate(schedule, ask.moment, ask.live.override(place.schedule))
    except (KeyError, ValueError, OverflowError, OSError):
        return None


def _until(verdict: Verdict | None) -> Any:
    return verdict.valid_until if verdict else None


def _slot_for(place: TimeSwitch, state: State) -> str:
    return state if getattr(place, state) else "closed" if state != "open" else "open"


def announcement(ask: Ask, place: Announcement) -> Turn:
    """An announcement is heard, then the call goes on or ends."""
    key, sound = key_of(place), ask.sound(place.prompt)
    if sound and ask.call.stage == 0:
        return Do(Play(prompt=sound), (Reason(key=key, rule="played"),), stage=1)
    return Go(place.next, (Reason(key=key, rule="slot:next" if place.next else "ended"),))


def person(ask: Ask, place: Person) -> Turn:
    """A person's telephones ring together; busy, no answer and unreachable each have a way on. One who is diverted
    by hand is not rung."""
    key = key_of(place)
    flow = _flow_of(ask, place)
    if ask.call.stage == 0 and (away := ask.live.diversion(key, ask.moment)):
        why = Reason(key=key, rule=f"diversion:{away.reason}", until=away.until)
        return Go(_answers_for(ask, away) or flow.no_answer or flow.unreachable, (why,), "no_answer")
    if ask.call.stage == 0 and has_telephone(place):
        return Do(ring((place,), flow.ring_seconds), (Reason(key=key, rule="ring"),), stage=1)
    result = ask.inputs.result if ask.call.stage else "unreachable"
    slot = _REASONS_TO_LEAVE.get(result, "unreachable")
    target = getattr(flow, slot) or flow.no_answer
    waited = flow.ring_seconds if ask.call.stage and slot == "no_answer" else 0
    return Go(target, (Reason(key=key, rule=f"slot:{slot}"),), after_ringing(result), waited=waited)


def _answers_for(ask: Ask, away: Diversion) -> Key | None:
    """Return where a diverted person's calls go, None if it is gone or diverted too: nobody is sent in a circle."""
    target = away.target
    if target is None or ask.live.diversion(target, ask.moment):
        return None
    return target if isinstance(ask.config.get(target), Person | Mailbox | External) else None


def _flow_of(ask: Ask, place: Person) -> PersonFlow:
    flow = ask.config.get(flow_key(key_of(place)))
    return flow if isinstance(flow, PersonFlow) else PersonFlow(id=place.id)


def external(ask: Ask, place: External) -> Turn:
    """A number outside is dialled if the gate still lets it through."""
    key = key_of(place)
    if ask.call.stage:
        return end(key, f"result:{ask.inputs.result}", after_ringing(ask.inputs.result))
    if refused := check(place.e164, "target"):
        return end(key, f"gate:{refused.code}", "refused")
    return Do(Dial(e164=place.e164, seconds=place.ring_seconds), (Reason(key=key, rule="dial"),), stage=1)


def mailbox(ask: Ask, place: Mailbox) -> Turn:
    """A mailbox takes a message, then the call is over."""
    key = key_of(place)
    if ask.call.stage:
        return end(key, "recorded")
    action = Record(mailbox=place.id, greeting=ask.sound(place.greeting), seconds=place.max_seconds)
    return Do(action, (Reason(key=key, rule="record"),), stage=1)


def finished(ask: Ask) -> Turn:
    """Nothing is left: the call ends as its last ringing did."""
    return Do(HangUp(cause=after_ringing(ask.inputs.result)), over=True)


def missing(key: Key) -> Turn:
    """What a place names is not there, or is nothing a call can be at."""
    return end(key, "missing", "unallocated" if key.startswith("number") else "failed")


PLACES: Mapping[type, Callable[[Ask, Any], Turn]] = {
    Number: number,
    TimeSwitch: timeswitch,
    Announcement: announcement,
    Menu: menu,
    Group: group,
    Person: person,
    External: external,
    Mailbox: mailbox,
}
"""The kinds a call can be at."""
