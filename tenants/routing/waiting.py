"""How a group decides whose callers wait in line.

First the line is measured. If everybody is away the call leaves; if the line is full it leaves; else it takes its
place, which it keeps by the moment it came, and comes back here whenever something ends its wait: its time, a key,
the last member leaving, or five minutes, after which the configuration of the moment is asked again.

Where people ring in order of rank, somebody is free and nobody waits ahead, each rank has its turn first.
"""

from __future__ import annotations

from datetime import datetime

from tenants.routing.calls import Enqueue, Measure, Reason
from tenants.routing.live import Live, membership
from tenants.routing.objects import Group, Key, Waiting, key_of
from tenants.routing.telephones import has_telephone
from tenants.routing.turns import Ask, Do, Go, Turn

MAX_SECONDS = 300
"""How long a caller stands in line at most before the configuration is asked again."""
_MEASURED, _IN_LINE, _RANK = 1, 2, 3
"""Stages. From ``_RANK`` on the stage is this plus the place of a rank among the group's ranks."""


def waiting(ask: Ask, place: Group, rules: Waiting) -> Turn:
    """Measure, take a place, and judge what ended the wait."""
    if not logged_in(ask, place):
        return leave(place, "nobody")
    stage = ask.call.stage
    if stage == 0:
        return Do(Measure(group=place.id), (_reason(place, "measured"),), stage=_MEASURED)
    if stage == _MEASURED:
        return _join(ask, place, rules)
    return _judge(ask, place, rules)


def logged_in(ask: Ask, place: Group) -> bool:
    """Tell whether anybody is logged in to the group and has a telephone; somebody on a break is."""
    key = key_of(place)
    return any(
        has_telephone(ask.config.get(member.person)) and is_in(ask.live, key, member.person, ask.moment)
        for member in place.members
    )


def is_in(live: Live, group: Key, person: Key, moment: datetime) -> bool:
    """Tell whether a member is logged in and not diverted. Somebody on a break is in, though not rung."""
    login = live.logins.get(membership(group, person))
    return (login is None or login.on) and live.diversion(person, moment) is None


def leave(place: Group, slot: str, *reasons: Reason) -> Go:
    """Go on by a slot, by ``no_answer`` where that one is empty."""
    target = getattr(place, slot) or place.no_answer
    return Go(target, (*reasons, _reason(place, f"slot:{slot}")), "no_answer")


def _join(ask: Ask, place: Group, rules: Waiting) -> Turn:
    line = ask.inputs
    if line.result == "measured" and line.present == 0:
        return leave(place, "nobody")
    if line.waiting >= rules.max_waiting:
        return leave(place, "full")
    ranks = _ranks(place)
    if rules.order == "ranks" and len(ranks) > 1 and line.free and not line.waiting:
        return _ring(ask, place, rules, 0)
    return _wait(ask, place, rules)


def _judge(ask: Ask, place: Group, rules: Waiting) -> Turn:
    result, rank = ask.inputs.result, ask.call.stage - _RANK
    if result == "digit":
        return _pressed(ask, place, rules)
    if result == "empty":
        return leave(place, "nobody")
    if result == "full":
        return leave(place, "full")
    if result != "timeout":
        return leave(place, "no_answer", _reason(place, "failed"))
    if _left(ask, rules) <= 0:
        return leave(place, "no_answer", _reason(place, "waited"))
    if 0 <= rank < len(_ranks(place)) - 1:
        return _ring(ask, place, rules, rank + 1)
    return _wait(ask, place, rules)


def _pressed(ask: Ask, place: Group, rules: Waiting) -> Turn:
    """A key that leads out; any other leaves the caller where they stand."""
    digit = ask.inputs.digit
    target = next((way.target for way in rules.exits if way.digit == digit), None)
    if target:
        return Go(target, (_reason(place, f"key:{digit}"),), pressed=True)
    if _left(ask, rules) <= 0:
        return leave(place, "no_answer", _reason(place, "waited"))
    return _wait(ask, place, rules)


def _ring(ask: Ask, place: Group, rules: Waiting, index: int) -> Do:
    rank = _ranks(place)[index]
    return _enqueue(ask, place, rules, place.ring_seconds, rank, _RANK + index, f"rank:{rank}")


def _wait(ask: Ask, place: Group, rules: Waiting) -> Do:
    return _enqueue(ask, place, rules, MAX_SECONDS, None, _IN_LINE, "waits")


def _enqueue(ask: Ask, place: Group, rules: Waiting, most: int, rank: int | None, stage: int, rule: str) -> Do:
    seconds = max(1, min(most, _left(ask, rules)))
    action = Enqueue(group=place.id, seconds=seconds, joined=_joined(ask), rank=rank)
    return Do(action, (_reason(place, rule),), stage=stage, queued_at=_joined(ask))


def _joined(ask: Ask) -> int:
    return ask.call.queued_at or int(ask.moment.timestamp())


def _left(ask: Ask, rules: Waiting) -> int:
    """Return how many seconds the caller may still wait."""
    return rules.max_wait_seconds - (int(ask.moment.timestamp()) - _joined(ask))


def _ranks(place: Group) -> list[int]:
    return sorted({member.rank for member in place.members})


def _reason(place: Group, rule: str) -> Reason:
    return Reason(key=key_of(place), rule=rule)
