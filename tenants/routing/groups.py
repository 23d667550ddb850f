"""How a group decides: rank by rank, everybody of a rank at once. Where callers wait in line, ``waiting`` decides."""

from __future__ import annotations

from tenants.routing.calls import Reason
from tenants.routing.objects import Group, Person, key_of
from tenants.routing.telephones import has_telephone, ring
from tenants.routing.turns import Ask, Do, Go, Turn
from tenants.routing.waiting import leave, waiting


def group(ask: Ask, place: Group) -> Turn:
    """Ring the next rank that has a telephone; after the last go on, at once if nobody has any."""
    if place.waiting is not None:
        return waiting(ask, place, place.waiting)
    ranks = people_by_rank(ask, place)
    waited = place.ring_seconds if ask.call.stage and ask.inputs.result == "no_answer" else 0
    rank = min((rank for rank in ranks if rank >= ask.call.stage), default=None)
    if rank is None:
        return _leave(place, "no_answer" if ranks else "nobody", waited)
    action = ring(ranks[rank], place.ring_seconds)
    return Do(action, (Reason(key=key_of(place), rule=f"rank:{rank}"),), stage=rank + 1, waited=waited)


def people_by_rank(ask: Ask, place: Group) -> dict[int, list[Person]]:
    """Return the members who take part now and have a telephone, by rank."""
    key = key_of(place)
    found: dict[int, list[Person]] = {}
    for member in place.members:
        person = ask.config.get(member.person)
        if isinstance(person, Person) and has_telephone(person) and ask.live.takes_part(key, member.person, ask.moment):
            found.setdefault(member.rank, []).append(person)
    return found


def _leave(place: Group, slot: str, waited: int) -> Go:
    turn = leave(place, slot)
    return Go(turn.target, turn.reasons, turn.cause, waited=waited)
