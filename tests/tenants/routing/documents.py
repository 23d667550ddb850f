"""Random configurations: legal ones, and ones with anything pointing anywhere."""

from __future__ import annotations

import random
from collections.abc import Sequence

from tenants.routing.documents import MappingConfig
from tenants.routing.objects import (
    Announcement,
    AnyObject,
    Choice,
    Exit,
    External,
    Group,
    Key,
    Mailbox,
    Member,
    Menu,
    Number,
    NumberFlow,
    PersonFlow,
    Prompt,
    TimeSwitch,
    Waiting,
)
from tests.tenants.routing.sample import hours, person, prompt

KINDS = ("menu", "group", "timeswitch", "announcement", "person", "mailbox", "external")


class Maker:
    """Makes a configuration from a seed. ``forward``: what happens by itself only leads to places made later."""

    def __init__(self, seed: int, *, forward: bool, size: int = 12) -> None:
        self.rng = random.Random(seed)
        self.forward = forward
        self.places = [f"{self.rng.choice(KINDS)}/{number}" for number in range(1, size)] + [f"mailbox/{size}"]

    def config(self) -> MappingConfig:
        objects: list[AnyObject] = [hours(), *(prompt(number, seconds=1) for number in range(1, 4))]
        for number in range(1, self.rng.randint(2, 4)):
            objects.append(Number(id=number, name="", e164=f"+464062210{number:02}"))
            objects.append(NumberFlow(id=number, entry=self.target(-1)))
        for at, key in enumerate(self.places):
            objects += self.place(at, key)
        return MappingConfig(objects)

    def place(self, at: int, key: Key) -> Sequence[AnyObject]:
        ident = int(key.partition("/")[2])
        match key.partition("/")[0]:
            case "menu":
                return [self.menu(at, ident)]
            case "group":
                return [self.group(at, ident)]
            case "timeswitch":
                return [self.timeswitch(at, ident)]
            case "announcement":
                return [Announcement(id=ident, name="", prompt="prompt/1", next=self.maybe(at))]
            case "person":
                return self.person(at, ident)
            case "mailbox":
                return [Mailbox(id=ident, name="")]
        return [External(id=ident, name="", e164="+46701740606", ring_seconds=5)]

    def target(self, at: int) -> Key:
        """Return where something leads by itself."""
        return self.rng.choice(self.places[at + 1 : at + 8] if self.forward else self.places)

    def maybe(self, at: int) -> Key | None:
        return self.target(at) if self.rng.random() < 0.6 else None

    def menu(self, at: int, ident: int) -> Menu:
        digits = self.rng.sample("0123456789*#", self.rng.randint(1, 3))
        said = self.rng.choice([None, "prompt/2"])
        return Menu(
            id=ident,
            name="",
            prompt="prompt/1",
            choices=tuple(Choice(digit=digit, target=self.rng.choice(self.places), prompt=said) for digit in digits),
            no_input=self.target(at),
            invalid=self.target(at),
            invalid_prompt=self.rng.choice([None, "prompt/3"]),
            wait_seconds=1,
            tries=self.rng.randint(1, 2),
        )

    def group(self, at: int, ident: int) -> Group:
        people = [key for key in self.places if key.startswith("person/")] or ["person/99"]
        chosen = self.rng.sample(people, self.rng.randint(1, len(people)))
        members = tuple(Member(person=key, rank=self.rng.randint(0, 2)) for key in chosen)
        no_answer, nobody = self.target(at), self.maybe(at)
        full, line = self.maybe(at), self.line()
        return Group(
            id=ident, name="", members=members, ring_seconds=5, no_answer=no_answer, nobody=nobody, full=full,
            waiting=line,
        )  # fmt: skip

    def line(self) -> Waiting | None:
        if self.rng.random() < 0.5:
            return None
        digits = self.rng.sample("1*", self.rng.randint(0, 2))
        exits = tuple(Exit(digit=digit, target=self.rng.choice(self.places)) for digit in digits)
        return Waiting(max_wait_seconds=self.rng.choice([10, 400]), announce="prompt/3", exits=exits)

    def timeswitch(self, at: int, ident: int) -> TimeSwitch:
        return TimeSwitch(
            id=ident,
            name="",
            schedule="schedule/1",
            open=self.target(at),
            closed=self.target(at),
            lunch=self.maybe(at),
            holiday=self.maybe(at),
        )

    def person(self, at: int, ident: int) -> Sequence[AnyObject]:
        body = person(ident, *range(10 * ident, 10 * ident + self.rng.randint(0, 2)))
        if self.rng.random() < 0.3:
            return [body]
        ways = [self.maybe(at) for _ in range(3)]
        return [body, PersonFlow(id=ident, ring_seconds=5, busy=ways[0], no_answer=ways[1], unreachable=ways[2])]


def legal(seed: int) -> MappingConfig:
    """Return a configuration in which only keys lead back, with somebody in every group."""
    made = Maker(seed, forward=True, size=5 + seed % 40).config()
    return MappingConfig([*made.values(), person(99, 1)]) if "person/99" not in made else made


def any_document(seed: int, size: int = 12) -> MappingConfig:
    """Return a configuration whose slots point anywhere, some of them at nothing."""
    maker = Maker(seed, forward=False, size=size)
    made = dict(maker.config())
    for key in maker.rng.sample(sorted(made), maker.rng.randint(0, 2)):
        if not isinstance(made[key], Prompt):
            del made[key]
    return MappingConfig(made)
