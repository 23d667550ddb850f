"""Random edits of a configuration: new objects, other targets, times and sounds, and removals, legal or not."""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date
from typing import Any

from msgspec.structs import replace

from tenants.routing.objects import (
    Announcement,
    AnyObject,
    Choice,
    ExceptionRule,
    Exit,
    External,
    Group,
    HolidayRule,
    Key,
    Mailbox,
    Member,
    Menu,
    Number,
    NumberFlow,
    Person,
    PersonFlow,
    Prompt,
    Schedule,
    TimeSwitch,
    Waiting,
    key_of,
)
from tenants.routing.proof import prove_all
from tenants.routing.reach import names_of
from tenants.routing.slots import kind_in, slots_of
from tests.tenants.routing.documents import KINDS, legal
from tests.tenants.routing.sample import hours, person, prompt

CHAIN = [f"announcement/{number}" for number in range(100, 124)]
"""Places one after the other, more than a call may pass; legal as long as no call comes to the first of them."""
LINES = [f"group/{number}" for number in range(100, 103)]
"""Lines one after the other, longer in all than a caller may stand; legal as long as no call comes to the first."""
Document = dict[Key, AnyObject]
Changes = dict[Key, AnyObject | None]


class Known:
    """A configuration in memory, read as one in a database is; counts what is read."""

    def __init__(self, objects: Mapping[Key, AnyObject]) -> None:
        self.all = objects
        self.readings = self.read = 0
        self.by_name: dict[str, list[Key]] = {}
        for key, obj in objects.items():
            for name in names_of(obj):
                self.by_name.setdefault(name, []).append(key)

    def objects(self, keys: Collection[Key]) -> Mapping[Key, AnyObject]:
        found = {key: self.all[key] for key in keys if key in self.all}
        self.readings, self.read = self.readings + 1, self.read + len(found)
        return found

    def referrers(self, names: Iterable[str]) -> Collection[Key]:
        found = {key for name in names for key in self.by_name.get(name, ())}
        self.readings, self.read = self.readings + 1, self.read + len(found)
        return found


class Editor:
    """Changes a document here and there, from a seed."""

    def __init__(self, document: Mapping[Key, AnyObject], rng: random.Random) -> None:
        self.document: Document = dict(document)
        self.rng = rng

    def edit(self) -> None:
        kinds = sorted({kind_in(key) for key in self.document})
        key = self.some([self.rng.choice(kinds)]) or ""
        act = self.rng.choice([self.turn, self.turn, self.turn, self.turn, self.set, self.set, self.drop, self.add])
        act(key)

    def some(self, kinds: Collection[str]) -> Key | None:
        return (
            self.rng.choice(found)
            if (found := [key for key in sorted(self.document) if kind_in(key) in kinds])
            else None
        )

    def target(self) -> Key | None:
        """Return a place, seldom none or something that is none."""
        odd = self.rng.random()
        if odd < 0.08:
            return None
        if odd > 0.85 and (links := [key for key in sorted(self.document) if key in {*CHAIN, *LINES}]):
            return links[0] if odd > 0.9 else self.rng.choice(links)
        return f"{self.rng.choice([*KINDS, 'prompt'])}/{self.rng.randint(1, 60)}" if odd < 0.14 else self.some(KINDS)

    def sound(self) -> Key | None:
        return self.some(["prompt"]) if self.rng.random() < 0.9 else self.rng.choice([None, "prompt/77", "menu/1"])

    def put(self, obj: AnyObject, **fields: Any) -> None:
        self.document[key_of(obj)] = replace(obj, **fields)

    def turn(self, key: Key) -> None:
        """Lead one way out somewhere else."""
        obj, slots = self.document[key], slots_of(key)
        if isinstance(obj, Menu) and self.rng.random() < 0.5:
            choices = list(obj.choices)[: self.rng.randint(0, 3)]
            target = self.target() or "mailbox/1"
            choices.append(Choice(digit=self.rng.choice("012345678xx"), target=target, prompt=self.sound()))
            self.put(obj, choices=tuple(choices))
        elif slots:
            self.put(obj, **{self.rng.choice(slots).field: self.target()})

    def set(self, key: Key) -> None:
        """Change what else an object has."""
        obj, rng = self.document[key], self.rng
        seconds = rng.choice([5, 20, 100, 290])
        sets: dict[type, Callable[[], dict[str, Any]]] = {
            Prompt: lambda: {"milliseconds": rng.choice([seconds, 590]) * 1000, "name": "Ny"},
            Group: lambda: {"ring_seconds": seconds, "members": self.members(obj), "waiting": self.line()},
            PersonFlow: lambda: {"ring_seconds": seconds},
            External: lambda: {"ring_seconds": rng.choice([2, seconds])},
            Menu: lambda: {"tries": rng.randint(1, 11), "prompt": self.sound(), "invalid_prompt": self.sound()},
            Mailbox: lambda: {"greeting": self.sound(), "owner": self.some(["person"])},
            Announcement: lambda: {"prompt": self.sound()},
            TimeSwitch: lambda: {"schedule": rng.choice(["schedule/1", "schedule/2", "schedule/3"])},
            Schedule: lambda: {"holidays": (HolidayRule(day="midsommarafton", prompt=self.sound()),)},
            Person: lambda: {"extension": f"10{rng.randint(1, 15)}", "name": "Ny"},
            Number: lambda: {"e164": f"+464062210{rng.randint(1, 6):02}", "name": "Ny"},
        }
        if made := sets.get(type(obj)):
            self.put(obj, **made())

    def members(self, obj: Any) -> tuple[Member, ...]:
        new = Member(person=self.some(["person"]) or "person/99", rank=self.rng.randint(0, 3))
        return (*obj.members[: self.rng.randint(0, 4)], new)

    def line(self) -> Waiting | None:
        """Return a line, with a key out of it, or none."""
        way = Exit(digit=self.rng.choice("0123456789x"), target=self.target() or "mailbox/1")
        long = Waiting(max_wait_seconds=self.rng.choice([3600, 3500, 10]))
        return self.rng.choice([None, Waiting(), long, Waiting(announce=self.sound(), exits=(way,))])

    def drop(self, key: Key) -> None:
        """Remove an object, seldom one that others need."""
        alone = [
            key for key in sorted(self.document) if not any(key in names_of(obj) for obj in self.document.values())
        ]
        del self.document[key if self.rng.random() < 0.3 or not alone else self.rng.choice(alone)]

    def add(self, _key: Key) -> None:
        """Add an object, often with somebody who names it."""
        ident = self.rng.randint(40, 60)
        made: list[AnyObject] = [
            *(person(ident, ident), PersonFlow(id=ident, ring_seconds=100, no_answer=self.target())),
            Number(id=ident, name="", e164=f"+4640622{ident}00"),
            NumberFlow(id=ident, entry=self.target()),
            Announcement(id=ident, name="", prompt=self.sound(), next=self.target()),
            TimeSwitch(id=ident, name="", schedule="schedule/1", open=self.target(), closed=self.target()),
            Mailbox(id=ident, name="", greeting=self.sound()),
            prompt(ident, seconds=self.rng.choice([3, 280])),
            replace(hours(), id=self.rng.randint(2, 3), exceptions=self.exceptions()),
        ]
        chosen = self.rng.choice(made)
        self.put(chosen)
        if kind_in(key_of(chosen)) in KINDS and (where := self.some(["announcement", "group", "menu", "timeswitch"])):
            self.put(self.document[where], **{self.rng.choice(slots_of(where)).field: key_of(chosen)})

    def exceptions(self) -> tuple[ExceptionRule, ...]:
        day = date(2026, 12, 24)
        return (ExceptionRule(id=1, name="", first=day, last=day, prompt=self.sound()),)


def lived_in(seed: int) -> tuple[Document, random.Random]:
    """Return a legal configuration after a life of edits that kept it legal, and the dice that made it."""
    rng = random.Random(seed)
    document: Document = dict(legal(seed))
    if rng.random() < 0.4:
        end = next(key for key in document if key.startswith("mailbox/"))
        document |= _chain(CHAIN[rng.randint(0, 3) :], end)
    elif rng.random() < 0.4:
        end = next(key for key in document if key.startswith("mailbox/"))
        someone = next(key for key in document if key.startswith("person/"))
        document |= _lines(someone, end)
    for _ in range(rng.randint(0, 6)):
        editor = Editor(document, rng)
        editor.edit()
        document = document if prove_all(editor.document) else editor.document
    return document, rng


def _chain(links: list[Key], end: Key) -> Document:
    ways = zip(links, [*links[1:], end], strict=True)
    idents = {key: int(key.partition("/")[2]) for key in links}
    return {key: Announcement(id=idents[key], name="", prompt="prompt/1", next=following) for key, following in ways}


def _lines(someone: Key, end: Key) -> Document:
    ways = zip(LINES, [*LINES[1:], end], strict=True)
    members, waiting = (Member(person=someone),), Waiting(max_wait_seconds=3600)
    return {
        key: Group(id=int(key.partition("/")[2]), name="", members=members, waiting=waiting, no_answer=following)
        for key, following in ways
    }


def edited(document: Document, rng: random.Random, most: int = 7) -> Changes:
    """Return some edits of it, legal or not."""
    editor = Editor(document, rng)
    for _ in range(rng.randint(1, most)):
        editor.edit()
    keys = {*document, *editor.document}
    return {key: editor.document.get(key) for key in sorted(keys) if editor.document.get(key) != document.get(key)}
