"""What would happen if somebody called, and why, as data that pages turn into sentences.

The simulator has no logic of its own: it asks ``decide`` and feeds it with what callers and telephones might do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec

from tenants.routing.calls import (
    Call,
    Config,
    Confirm,
    Dial,
    Enqueue,
    Gather,
    HangUp,
    Inputs,
    Measure,
    Play,
    Record,
    Ring,
    Step,
)
from tenants.routing.decide import arrive, decide
from tenants.routing.live import Live
from tenants.routing.objects import Group, Key, Menu, Number, Value
from tenants.routing.slots import DIGITS

RULES: Mapping[str, str] = {
    "slot": "the way named here was taken",
    "key": "the caller pressed this key",
    "state": "the schedule was in this state",
    "override": "the schedule was forced by hand",
    "exception": "the exception with this id governed",
    "holiday": "this named day governed",
    "period": "the period with this id governed",
    "week": "this weekday of the ordinary week governed",
    "closed": "no rule of the schedule spoke of the day",
    "rank": "the members of this rank rang",
    "measured": "the switch was asked how many wait and who is free",
    "waits": "the caller waited in line for whoever becomes free",
    "waited": "the caller had waited as long as callers may",
    "failed": "the switch could not keep the caller in line",
    "ring": "the person's telephones rang",
    "dial": "the number outside was rung",
    "dialled": "a person dialled a number outside",
    "gate": "the number may not be dialled, for this reason",
    "result": "the number outside gave this result",
    "listen": "the menu was played",
    "no_input": "no key came, the menu is heard again",
    "invalid": "the key means nothing in this menu",
    "played": "the announcement was played",
    "ended": "nothing follows the announcement",
    "record": "a message could be left",
    "recorded": "the message is taken",
    "answered": "somebody answered",
    "unused": "the number is not in use",
    "diversion": "the person is away, for this reason",
    "code": "a feature code was dialled",
    "missing": "the object does not exist",
    "hops": "the call passed too many places without a key",
}
"""Every first word of a reason's rule, and what it says. What stands after the colon is the fact's ``value``."""

ActionCode = Literal["play", "gather", "ring", "dial", "measure", "enqueue", "record", "confirm", "hangup"]


class Fact(Value, frozen=True):
    """One thing to tell: which object, what of it (a word of ``RULES``), and until when it stays so."""

    key: Key
    code: str
    value: str = ""
    until: datetime | None = None


class Explanation(Value, frozen=True):
    """A step in facts, in the order the call met them, and what the switch did then with its parameters."""

    facts: tuple[Fact, ...]
    action: ActionCode
    params: dict[str, Any]


class Walk(Value, frozen=True):
    """One way a call can go: each step and what came of it. ``loops``: the caller presses keys in a circle there."""

    steps: tuple[Step, ...]
    inputs: tuple[Inputs, ...]
    loops: bool = False


Chooser = Callable[[Step], Inputs | None]


def explain(step: Step) -> Explanation:
    """Return a step as facts."""
    facts = tuple(
        Fact(key=reason.key, code=code, value=value, until=reason.until)
        for reason in step.reasons
        for code, _, value in [reason.rule.partition(":")]
    )
    params = msgspec.to_builtins(step.action)
    return Explanation(facts=facts, action=params.pop("type"), params=params)


def simulate(
    config: Config, live: Live, call: Call, moment: datetime, inputs: Iterable[Inputs] | Chooser = ()
) -> list[Step]:
    """Return the steps of a call, fed with inputs one by one, until it ends or no input is left.

    Instead of a list ``inputs`` may be a function from the last step to what comes of it, None to stop.
    """
    choose = inputs if callable(inputs) else _in_turn(inputs)
    steps = [decide(config, live, call, moment)]
    while not is_over(steps[-1]) and (given := choose(steps[-1])) is not None:
        moment = later(moment, steps[-1], given)
        steps.append(decide(config, live, steps[-1].call, moment, given))
    return steps


def later(moment: datetime, step: Step, given: Inputs) -> datetime:
    """Return the moment after a step. Only what waits its whole time in a line takes any here."""
    if isinstance(step.action, Enqueue) and given.result == "timeout":
        return moment + timedelta(seconds=step.action.seconds)
    return moment


def is_over(step: Step) -> bool:
    """Tell whether the call ends with this step."""
    return isinstance(step.action, HangUp)


def outcomes(config: Config, step: Step) -> tuple[Inputs, ...]:
    """Return what can come of a step's action: for a menu each of its keys, one wrong key and none."""
    match step.action:
        case HangUp():
            return ()
        case Play() | Record() | Confirm():
            return (Inputs(result="done"),)
        case Gather():
            return (*_keys(config, step.call.place), Inputs(result="silence"))
        case Ring() | Dial():
            return _RUNG
        case Measure():
            return tuple(LINES.values())
        case Enqueue():
            return (*_keys_out(config, step.call.place), *_WAITED)


_RUNG = (
    Inputs(result="answered"),
    Inputs(result="no_answer"),
    Inputs(result="busy"),
    Inputs(result="unreachable"),
)
LINES: Mapping[str, Inputs] = {
    "free": Inputs(result="measured", free=1, present=1),
    "busy": Inputs(result="measured", present=1),
    "full": Inputs(result="measured", waiting=10_000, present=1),
    "nobody": Inputs(result="measured"),
}
"""How a line can stand: somebody is free, everybody is busy, it is full, nobody is there."""
_WAITED = (Inputs(result="answered"), Inputs(result="timeout"), Inputs(result="empty"), Inputs(result="full"))


def walks(config: Config, number: Key, moment: datetime, live: Live | None = None, limit: int = 1000) -> Iterator[Walk]:
    """Yield the ways a call to a number can go at a moment, at most ``limit``, each cut where it repeats itself."""
    place = config.get(number)
    call = arrive(config, place.e164 if isinstance(place, Number) else "", "", 0, 0)
    first = decide(config, live or Live(), call, moment)
    pending: list[tuple[tuple[Step, ...], tuple[Inputs, ...], datetime]] = [((first,), (), moment)]
    while pending and limit:
        steps, given, now = pending.pop()
        loops = any(_same(steps[-1].call, step.call) for step in steps[:-1])
        ways = () if loops else outcomes(config, steps[-1])
        if not ways:
            limit -= 1
            yield Walk(steps=steps, inputs=given, loops=loops)
        for way in reversed(ways):
            then = later(now, steps[-1], way)
            step = decide(config, live or Live(), steps[-1].call, then, way)
            pending.append(((*steps, step), (*given, way), then))


def _same(one: Call, other: Call) -> bool:
    """Tell whether a call is where it was; in a line time passes, so it is not."""
    return not one.queued_at and (one.place, one.stage, one.tries) == (other.place, other.stage, other.tries)


def _keys(config: Config, place: Key) -> Iterator[Inputs]:
    menu = config.get(place)
    known = [choice.digit for choice in menu.choices] if isinstance(menu, Menu) else []
    wrong = [digit for digit in DIGITS if digit not in known][:1]
    return (Inputs(result="digit", digit=digit) for digit in known + wrong)


def _keys_out(config: Config, place: Key) -> tuple[Inputs, ...]:
    group = config.get(place)
    exits = group.waiting.exits if isinstance(group, Group) and group.waiting else ()
    return tuple(Inputs(result="digit", digit=way.digit) for way in exits)


def _in_turn(inputs: Iterable[Inputs]) -> Chooser:
    given = iter(inputs)
    return lambda _step: next(given, None)
