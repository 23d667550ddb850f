"""The rows Asterisk reads, as one pure function of a customer's objects.

Names in Asterisk are ids made from keys (``7-1001``, ``PJSIP/<username>``); a customer's own words never get there.

A new derived table is: a row type here, a line in ``TABLES``, its rows in ``derived``; in ``derived.sql`` the table
(``stage``, ``source``, then the row type's fields; indexed by stage and source) and a view for Asterisk that joins
``customers USING (stage)``. Staging, activation, sweeping, scrubbing and their tests go by ``TABLES``.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from typing import NamedTuple

from tenants.routing import objects
from tenants.routing.naming import blobs, references
from tenants.routing.objects import AnyObject, Key
from tenants.routing.slots import edges_of, flow_key
from tenants.routing.telephones import has_mobile, has_telephone

Get = Callable[[Key], AnyObject | None]


class Telephone(NamedTuple):
    """A SIP telephone: the name it registers as, and which secret it must know."""

    username: str
    credential: int
    version: int


class Extension(NamedTuple):
    """Whose telephones an extension means when the node can't be asked."""

    id: str
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
    """A number and its last resort."""

    e164: str
    is_main: int
    resort: str
    argument: str
    seconds: int
    greeting: str


class Sound(NamedTuple):
    """A sound file that a prompt names."""

    sha256: str


class Member(NamedTuple):
    """A person in a group."""

    person: Key


class Leg(NamedTuple):
    """What rings when a person is rung as a member of a line, and the mobile's number by itself."""

    id: str
    telephones: str
    mobile: str
    confirm: int


class Queue(NamedTuple):
    """The line of a group. ``music`` and ``announce`` are hashes of sounds, or empty."""

    id: str
    strategy: str
    ring_seconds: int
    music: str
    announce: str
    announce_every: int
    exits: int
    wrap_up_seconds: int


class QueueMember(NamedTuple):
    """A person in a group with a line; those of a lower ``rank`` are rung first."""

    queue: str
    leg: str
    person: Key
    rank: int


class Lamp(NamedTuple):
    """A person whose telephones show that a mailbox has messages nobody has heard."""

    person: Key


class Reach(NamedTuple):
    """Another object that an object's rows follow from: when that one changes, they are derived anew."""

    key: Key


Row = Telephone | Extension | Line | Sound | Member | Leg | Queue | QueueMember | Lamp | Reach


class Table(NamedTuple):
    """Where rows of a type lie. ``unique`` is a column that only one customer of the node may have a value in."""

    name: str
    row: type[Row]
    unique: str = ""
    refusal: str = ""

    @property
    def columns(self) -> tuple[str, ...]:
        """The table's columns, in the order of ``CREATE TABLE``."""
        return ("stage", "source", *self.row._fields)


TABLES = (
    Table("telephone_rows", Telephone, "username", "username_taken"),
    Table("extension_rows", Extension, "id", "extension_taken"),
    Table("number_rows", Line, "e164", "number_taken"),
    Table("sound_rows", Sound),
    Table("member_rows", Member),
    Table("leg_rows", Leg),
    Table("queue_rows", Queue),
    Table("queue_member_rows", QueueMember),
    Table("lamp_rows", Lamp),
    Table("reach_rows", Reach),
)
_SOURCES = ("person/", "number/", "prompt/", "group/", "mailbox/")
"""The kinds that rows follow from."""

_BEST_FIRST = ("mailbox", "external", "announcement", "person")
"""A message loses nothing, a person outside is better than words, words are better than a telephone ringing on."""


def sources(keys: Iterable[Key]) -> set[Key]:
    """Return the objects whose rows are derived anew when these change, besides those that reach them."""
    return {source for key in keys if (source := key.replace("number-flow/", "number/")).startswith(_SOURCES)}


def derived(customer: int, source: Key, get: Get) -> list[Row]:
    """Return the rows that follow from an object, each once; none if there is no such object."""
    return list({(type(row), row): row for row in _derived(customer, source, get)}.values())


def _derived(customer: int, source: Key, get: Get) -> list[Row]:
    obj = get(source)
    if isinstance(obj, objects.Person):
        return [*telephones(obj), *extension(customer, obj), *leg(customer, obj)]
    if isinstance(obj, objects.Number):
        row, seen = line(customer, obj, get)
        return [row, *(Reach(key) for key in sorted(seen))]
    if isinstance(obj, objects.Prompt):
        return [Sound(name) for name in sorted(blobs(obj))]
    if isinstance(obj, objects.Group):
        members = [Member(person) for person in sorted({member.person for member in obj.members})]
        return [*members, *queue(customer, obj, get)]
    if isinstance(obj, objects.Mailbox):
        return [Lamp(obj.owner)] if obj.owner else []
    return []


def telephones(person: objects.Person) -> list[Telephone]:
    """Return the rows of a person's telephones."""
    return [Telephone(device.username, device.credential.id, device.credential.version) for device in person.devices]


def extension(customer: int, person: objects.Person) -> list[Extension]:
    """Return the row of a person's extension, or none for a person without one."""
    if not person.extension:
        return []
    names = tuple(device.username for device in person.devices)
    return [Extension(f"{customer}-{person.extension}", dial_string(names))]


def name_of(customer: int, key: Key) -> str:
    """Return what a group's line or a person is called in Asterisk: ``7_3``. Lines and people are never mixed there."""
    return f"{customer}_{key.partition('/')[2]}"


def leg(customer: int, person: objects.Person) -> list[Leg]:
    """Return the row of a person who can be rung."""
    if not has_telephone(person):
        return []
    name, mobile = name_of(customer, objects.key_of(person)), person.mobile if has_mobile(person) else ""
    names = tuple(device.username for device in person.devices)
    return [Leg(name, dial_string(names, (name,) if mobile else ()), mobile, int(person.mobile_confirm))]


_STRATEGIES = {"ranks": "ringall", "turns": "rrmemory", "longest_free": "leastrecent"}


def queue(customer: int, group: objects.Group, get: Get) -> list[Row]:
    """Return the rows of a group whose callers wait in line."""
    rules = group.waiting
    if rules is None:
        return []
    name = name_of(customer, objects.key_of(group))
    sounds = [key for key in (rules.music, rules.announce) if key]
    music, announce = _narrow(rules.music, get), _narrow(rules.announce, get)
    line = Queue(
        name, _STRATEGIES[rules.order], group.ring_seconds, music, announce, rules.announce_every if announce else 0,
        int(bool(rules.exits)), rules.wrap_up_seconds,
    )  # fmt: skip
    members = {member.person: member.rank for member in group.members}
    lines = (QueueMember(name, name_of(customer, person), person, rank) for person, rank in members.items())
    return [line, *lines, *(Reach(key) for key in sounds)]


def dial_string(usernames: tuple[str, ...], mobiles: tuple[str, ...] = ()) -> str:
    """Return what ``Dial`` takes to ring telephones, and the mobiles of people by their names, together."""
    return "&".join([*(f"PJSIP/{name}" for name in usernames), *(f"Local/{name}@mobile/n" for name in mobiles)])


def line(customer: int, number: objects.Number, get: Get) -> tuple[Line, frozenset[Key]]:
    """Return a number's row and the keys its last resort was found by; when one of those changes, so may the row."""
    seen, ends = _walk(flow_key(objects.key_of(number)), get)
    ends.sort(key=lambda end: _BEST_FIRST.index(objects.kind_of(end)))
    resorts = (_resort(customer, end, get) for end in ends)
    resort = next((resort for resort in resorts if resort != Resort()), Resort())
    row = Line(number.e164, int(number.is_main), *resort)
    prompts = {key for end in ends for key in references(end) if key.startswith("prompt/")}
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
        return Resort("phones", dial_string(tuple(device.username for device in end.devices)))
    return Resort()


def _narrow(prompt: Key | None, get: Get) -> str:
    found = get(prompt) if prompt else None
    return found.narrow if isinstance(found, objects.Prompt) else ""
