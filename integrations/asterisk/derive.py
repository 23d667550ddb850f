"""The rows Asterisk reads, as one pure function of a customer's objects.

Names in Asterisk are ids made from keys (``7-1001``, ``PJSIP/<username>``); a customer's own words never get there.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from typing import NamedTuple

from tenants.routing import objects
from tenants.routing.objects import AnyObject, Key
from tenants.routing.slots import edges_of, flow_key

Get = Callable[[Key], AnyObject | None]


class Telephone(NamedTuple):
    """A SIP telephone: the name it registers as, who has it, and which secret it must know."""

    username: str
    customer: int
    person: Key
    credential: int
    version: int


class Extension(NamedTuple):
    """Whose telephones an extension means when the node can't be asked."""

    id: str
    customer: int
    person: Key
    telephones: str


class Resort(NamedTuple):
    """What becomes of a caller when the node can't be asked.

    ``resort`` is an extension of the dialplan's context ``last``: ``mailbox``, ``external``, ``announcement``,
    ``phones`` or ``tone``; ``argument``, ``seconds`` and ``greeting`` are what it takes.
    """

    resort: str = "tone"
    argument: str = ""
    seconds: int = 30
    greeting: str = ""


class Line(NamedTuple):
    """A number: whose it is and its last resort."""

    e164: str
    customer: int
    number: Key
    is_main: int
    resort: str
    argument: str
    seconds: int
    greeting: str


_BEST_FIRST = ("mailbox", "external", "announcement", "person")
"""A message loses nothing, a person outside is better than words, words are better than a telephone ringing on."""


def telephones(customer: int, person: objects.Person) -> list[Telephone]:
    """Return the rows of a person's telephones."""
    key = objects.key_of(person)
    return [
        Telephone(device.username, customer, key, device.credential.id, device.credential.version)
        for device in person.devices
    ]


def extension(customer: int, person: objects.Person) -> Extension | None:
    """Return the row of a person's extension, or None for a person without one."""
    if not person.extension:
        return None
    id_ = f"{customer}-{person.extension}"
    return Extension(id_, customer, objects.key_of(person), dial_string(device.username for device in person.devices))


def dial_string(usernames: Iterator[str] | tuple[str, ...]) -> str:
    """Return what ``Dial`` takes to ring telephones together."""
    return "&".join(f"PJSIP/{name}" for name in usernames)


def line(customer: int, number: objects.Number, get: Get) -> tuple[Line, frozenset[Key]]:
    """Return a number's row and the keys its last resort was found by; when one of those changes, so may the row."""
    seen, ends = _walk(flow_key(objects.key_of(number)), get)
    ends.sort(key=lambda end: _BEST_FIRST.index(objects.kind_of(end)))
    resorts = (_resort(customer, end, get) for end in ends)
    resort = next((resort for resort in resorts if resort != Resort()), Resort())
    row = Line(number.e164, customer, objects.key_of(number), int(number.is_main), *resort)
    prompts = {key for end in ends for key in objects.references(end) if key.startswith("prompt/")}
    return row, frozenset(seen | prompts)


def _walk(start: Key, get: Get) -> tuple[set[Key], list[AnyObject]]:
    """Return the keys seen from a flow on, breadth first, and the ends among them; a mailbox ends the search."""
    seen, ends, queue = {start}, [], deque([start])
    while queue:
        key = queue.popleft()
        obj = get(key)
        if obj is None:
            continue
        if objects.kind_of(obj) in _BEST_FIRST:
            ends.append(obj)
        if isinstance(obj, objects.Mailbox):
            break
        fresh = [near for near in _near(key, obj) if near not in seen]
        seen.update(fresh)
        queue.extend(fresh)
    return seen, ends


def _near(key: Key, obj: AnyObject) -> list[Key]:
    near = [edge.target for edge in edges_of(key, obj)]
    if isinstance(obj, objects.Group):
        near += [member.person for member in obj.members]
    if isinstance(obj, objects.Person):
        near.append(flow_key(key))
    return near


def _resort(customer: int, end: AnyObject, get: Get) -> Resort:
    if isinstance(end, objects.Mailbox):
        return Resort("mailbox", f"{customer}_{end.id}", end.max_seconds, _narrow(end.greeting, get))
    if isinstance(end, objects.External):
        return Resort("external", end.e164, end.ring_seconds)
    if isinstance(end, objects.Announcement) and (prompt := _narrow(end.prompt, get)):
        return Resort("announcement", prompt)
    if isinstance(end, objects.Person) and end.devices:
        return Resort("phones", dial_string(device.username for device in end.devices))
    return Resort()


def _narrow(prompt: Key | None, get: Get) -> str:
    found = get(prompt) if prompt else None
    return found.narrow if isinstance(found, objects.Prompt) else ""
