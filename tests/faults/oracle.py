"""Whether portal and node are right, by computing all of it anew from the rows."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from pathlib import Path

from integrations.asterisk import storefile
from integrations.switch.models import Event
from tenants.changes.models import Object, Publication, Release
from tenants.changes.registry import kinds
from tenants.customers import scope
from tenants.live import queries as live
from tenants.live.models import LiveRegister
from tenants.nodes.models import Placement, Receipt
from tenants.people.models import Person
from tenants.routing.live import Register
from tenants.routing.objects import Key, digest, encode
from tenants.routing.root import buckets_of, root_of
from tenants.routing.wire import Root
from tenants.schedules.compile import compile_schedule
from tenants.schedules.models import Schedule
from tests.faults.ledger import Ledger

Registers = Mapping[tuple[str, str], Register]
NAMES: Mapping[str, Callable[[], Iterable[str]]] = {
    "schedules": lambda: Schedule.objects.values_list("name", flat=True),
    "people": lambda: Person.objects.values_list("destination__name", flat=True),
}


def recompiled() -> dict[Key, str]:
    """Return the hash of every object of the customer in scope, compiled from its rows by the rooms' own rules."""
    found = {}
    for kind in kinds():
        for row in kind.model.objects.all():  # type: ignore[attr-defined]
            if (obj := kind.compile(row)) is not None:
                found[f"{kind.name}/{row.pk}"] = digest(encode(obj))
    return found


def kept_by(store: Path, customer: int) -> dict[Key, str]:
    """Return the hash of every object a node follows, computed from the bytes on its disk."""
    with closing(sqlite3.connect(storefile.current(store))) as connection:
        rows = connection.execute(
            "SELECT key, body FROM object_rows WHERE stage = (SELECT stage FROM customers WHERE customer = ?)",
            (customer,),
        )
        return {key: digest(body) for key, body in rows}


def faults(customer: int, store: Path, registers: Registers) -> Iterator[str]:
    """Yield what is wrong with a customer that has nothing left to push."""
    with scope.customer(customer):
        rows, publication = recompiled(), Publication.objects.get()
        sides = Object.objects.values_list("key", "draft", "published")
        published = {key: sha256 for key, _draft, sha256 in sides if sha256}
        if {key: sha256 for key, sha256, _published in sides if sha256} != rows:
            yield "the drafts are not what the rows say"
        if root_of(buckets_of(published.items())) != publication.root:
            yield "the root is not that of what is published"
        if published != rows:
            yield "what is published is not what the rows say"
        if kept_by(store, customer) != rows:
            yield "what the node has on its disk is not what the rows say"
        yield from _generations(publication)
        yield from _live(registers)


def _generations(publication: Publication) -> Iterator[str]:
    """Yield what is wrong with how generations were made and applied. In the customer's scope."""
    made = list(Release.objects.order_by("generation").values_list("generation", flat=True))
    if made != list(range(1, publication.generation + 1)):
        yield f"generations are missing or double: {made}"
    placed = Placement.objects.get()
    wanted = (publication.epoch, publication.generation, publication.root)
    if (placed.epoch, placed.generation, placed.root) != wanted:
        yield f"the node has confirmed {placed.generation}, not {publication.generation}"
    told = list(Receipt.objects.order_by("epoch", "generation").values_list("generation", "root", "effective_at"))
    if told and placed.effective_at != told[-1][2]:
        yield "the newest generation was applied again: its receipt says another moment than the placement"
    if [moment for *_, moment in told] != sorted({moment for *_, moment in told}):
        yield "a generation was applied twice or out of order"
    roots = dict(Release.objects.values_list("generation", "root"))
    if any(roots.get(generation) != root for generation, root, _moment in told):
        yield "a receipt is for something that was never released"


def unequal(customer: int, held: Root | None) -> Iterator[str]:
    """Yield where what the node says it follows is not what the portal wants."""
    with scope.customer(customer):
        wanted = Publication.objects.get()
        said = Root(customer=customer, epoch=wanted.epoch, generation=wanted.generation, root=wanted.root)
    if held != said:
        yield f"the node says {held}"


def _live(registers: Registers) -> Iterator[str]:
    """Yield where portal and node differ about live state. In the customer's scope."""
    rows = [row for row in LiveRegister.objects.all() if row.version]
    if {(row.kind, row.subject): live.register_of(row) for row in rows} != dict(registers):
        yield "live state differs"


def lost_or_double(customer: int, ledger: Ledger) -> Iterator[str]:
    """Yield what was acknowledged and is not there, or is there twice, or was never asked for."""
    with scope.customer(customer):
        for collection, names in NAMES.items():
            there = sorted(names())
            wanted = sorted(name for kind, name in ledger.made.get(customer, []) if kind == collection)
            if there != wanted:
                yield f"{collection}: {len(there)} are there, {len(wanted)} were acknowledged"
        yield from _hours(ledger.first[customer], *ledger.hours[customer])


def _hours(first: str, times: int, etag: str, opens: int) -> Iterator[str]:
    """Yield what is wrong with the hours that were set so often, and stood so last. In the customer's scope."""
    hours = Schedule.objects.filter(name="Huvudnummer").first()
    if hours is None:
        yield "the hours are gone"
        return
    if etag != f'"{hours.version}"' or hours.version != int(first.strip('"')) + times:
        yield f"hours were set {times} times, and their version went from {first} to {hours.version}"
    begins = compile_schedule(hours).week[0].openings[0].start
    if times and begins != opens:
        yield f"hours begin at minute {begins}, not at {opens}"


def untold() -> Iterator[str]:
    """Yield starts of nodes of whose numbered events some never came, or came twice."""
    with scope.wide("portal_relay"):
        rows = Event.objects.order_by("boot", "seq").values_list("boot", "seq", "poisoned")
        told: dict[str, list[int]] = {}
        for boot, seq, poisoned in rows:
            if poisoned:
                yield f"a poisoned event: {poisoned}"
            told.setdefault(boot, []).append(seq or 0)
        waiting = Event.objects.filter(folded_at=None).count()
    for boot, numbers in told.items():
        if numbers != list(range(1, len(numbers) + 1)):
            yield f"events of {boot}: {len(numbers)} up to {max(numbers)}"
    if waiting:
        yield f"{waiting} events have had no effect"
