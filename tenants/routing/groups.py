"""How a group decides: rank by rank, everybody of a rank at once."""

from __future__ import annotations

from tenants.routing.calls import Reason, Ring
from tenants.routing.objects import Group, Person, key_of
from tenants.routing.turns import Ask, Do, Go, Turn


def group(ask: Ask, place: Group) -> Turn:
    """Ring the next rank that has a telephone; after the last go on, at once if nobody has any."""
    ranks = devices_by_rank(ask, place)
    waited = place.ring_seconds if ask.call.stage and ask.inputs.result == "no_answer" else 0
    rank = min((rank for rank in ranks if rank >= ask.call.stage), default=None)
    if rank is None:
        return _leave(place, "no_answer" if ranks else "nobody", waited)
    action = Ring(devices=ranks[rank], seconds=place.ring_seconds)
    return Do(action, (Reason(key=key_of(place), rule=f"rank:{rank}"),), stage=rank + 1, waited=waited)


def devices_by_rank(ask: Ask, place: Group) -> dict[int, tuple[str, ...]]:
    """Return the SIP usernames to ring by rank, ranks without any left out."""
    found: dict[int, list[str]] = {}
    for member in place.members:
        person = ask.config.get(member.person)
        if isinstance(person, Person) and person.devices:
            found.setdefault(member.rank, []).extend(device.username for device in person.devices)
    return {rank: tuple(dict.fromkeys(names)) for rank, names in found.items()}


def _leave(place: Group, slot: str, waited: int) -> Go:
    target = getattr(place, slot) or place.no_answer
    return Go(target, (Reason(key=key_of(place), rule=f"slot:{slot}"),), "no_answer", waited=waited)
