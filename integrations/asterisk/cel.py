"""Calls as Asterisk tells them, line by line, in a file of its own (``cel_custom``).

AMI's events are lost while nobody listens; this file is not, so a call made while the node was away is told when
it is back. A mark (``file:offset``) travels with every event into the spool, so no line is told twice or never; a
file is named in it by the hash of its first line, since inodes are used again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import msgspec

from integrations.asterisk.spool import Fact, Spool

ROTATE_BYTES = 16_000_000


class Line(NamedTuple):
    """One line of the file."""

    kind: str
    at: float
    channel: str
    unique: str
    call: str
    customer: int
    extra: str


Telling = tuple[str, dict[str, str | int]]
"""An event's kind and data."""


class _Open:
    """What is known of a call that has not ended."""

    def __init__(self, customer: int, at: float) -> None:
        self.customer, self.at, self.cause = customer, at, 0
        self.answered: set[str] = set()
        self.line, self.since = 0, 0.0
        """The group in whose line the caller stands, 0 for none, and since when."""


def parse(raw: bytes) -> Line | None:
    """Read a line; None for one that is none, of which Asterisk writes some at a crash."""
    parts = raw.decode(errors="replace").rstrip("\n").split("|", 6)
    try:
        kind, at, channel, unique, call, customer, extra = parts
        return Line(kind, float(at), channel, unique, call, int(customer or 0), extra)
    except ValueError:
        return None


def device_of(channel: str) -> str:
    """Return the endpoint of a channel's name, ``PJSIP/<endpoint>-<8 hex digits>``."""
    return channel.partition("/")[2][:-9]


class Told:
    """Folds lines into the events of calls: started, answered (once for each who answers), ended."""

    def __init__(self, spool: Spool) -> None:
        """Write events to this spool."""
        self._spool = spool
        self._calls: dict[str, _Open] = {}

    def tell(self, line: Line, mark: str, *, aloud: bool = True) -> None:
        """Take in a line. Not ``aloud``, it was told before and only serves to know the calls that go on."""
        fold = {"BRIDGE_ENTER": self._bridged, "HANGUP": self._hung_up, "LINKEDID_END": self._ended}
        rule = fold.get(line.kind, self._said)
        for kind, data in rule(line):
            if aloud:
                self._spool.append(kind, self._customer(line), line.call, data, Fact(line.at, mark))
        if line.kind == "LINKEDID_END":
            self._calls.pop(line.call, None)

    def _customer(self, line: Line) -> int:
        known = self._calls.get(line.call)
        return known.customer if known else line.customer

    def _said(self, line: Line) -> Iterator[Telling]:
        """What our own dialplan says: ``started``, ``transferred`` or ``lost`` with ``name=value`` words."""
        extra = _extra(line.extra)
        pairs = (word.partition("=") for word in str(extra.get("extra", line.extra)).split())
        words: dict[str, str | int] = {name: value for name, _, value in pairs}
        if line.kind == "started":
            self._calls.setdefault(line.call, _Open(line.customer, line.at))
            yield "call.started", words
        elif line.kind in ("queued", "unqueued"):
            yield from self._lined_up(line, words)
        elif line.kind in ("lost", "transferred"):
            key = "node/0" if line.kind == "lost" else "transfer/0"
            told: dict[str, str | int] = {"generation": 0, "action": line.kind, "key": key, "rule": line.kind}
            yield "call.step", words | told | {"reasons": f"{key}={line.kind}"}

    def _lined_up(self, line: Line, words: Mapping[str, str | int]) -> Iterator[Telling]:
        """A caller takes a place in a line, or leaves it unanswered. One who comes back to it has never left."""
        call = self._calls.get(line.call)
        group = int(str(words.get("group", "0")).rpartition("_")[2] or 0)
        if call is None or group == call.line:
            return
        yield from _left(call, line.at, str(words.get("result", "moved")).lower())
        if group:
            call.line, call.since = group, line.at
            yield "queue.joined", {"group": group}

    def _bridged(self, line: Line) -> Iterator[Telling]:
        call = self._calls.get(line.call)
        if call and _is_answer(line) and line.unique not in call.answered:
            call.answered.add(line.unique)
            yield from _left(call, line.at, "answered")
            yield "call.answered", {"device": device_of(line.channel)}

    def _hung_up(self, line: Line) -> Iterator[Telling]:
        call = self._calls.get(line.call)
        if call and line.unique == line.call:
            call.cause = int(_extra(line.extra).get("hangupcause", 0))
        return iter(())

    def _ended(self, line: Line) -> Iterator[Telling]:
        call = self._calls.get(line.call)
        if call:
            yield from _left(call, line.at, "abandoned")
            seconds = max(0, round(line.at - call.at))
            yield "call.ended", {"cause": call.cause, "seconds": seconds, "answers": len(call.answered)}

    def end_all_but(self, alive: frozenset[str]) -> None:
        """End the calls Asterisk no longer has although it never told so, because it was killed."""
        for call in set(self._calls) - alive:
            self._spool.append("call.ended", self._calls.pop(call).customer, call, {"cause": 0, "lost": True})


def _is_answer(line: Line) -> bool:
    """Tell whether somebody else than the caller is connected. Local channels are only the way there."""
    return line.unique != line.call and not line.channel.startswith("Local/")


def _left(call: _Open, at: float, result: str) -> Iterator[Telling]:
    """Tell how the wait in a line ended and how long it was; nothing for who stands in none."""
    if call.line:
        yield "queue.left", {"group": call.line, "result": result, "seconds": max(0, round(at - call.since))}
    call.line = 0


def _extra(text: str) -> dict[str, str | int]:
    try:
        return msgspec.json.decode(text.encode(), type=dict[str, str | int])
    except ValueError:
        return {}


def _name_of(path: Path) -> str:
    """Return the name of a file's contents, nothing while it has no whole line."""
    if not path.exists():
        return ""
    with path.open("rb") as file:
        first = file.readline()
    return hashlib.sha256(first).hexdigest()[:16] if first.endswith(b"\n") else ""


class CelFile:
    """The file, read on from where the spool says it was told. Full, it is set aside and read to its end first."""

    def __init__(self, path: Path, spool: Spool) -> None:
        """Read this file into this spool; what was told before is only learnt from."""
        self._path, self._aside, self._told = path, path.with_name(path.name + ".old"), Told(spool)
        self.told = self._told
        name, _, offset = spool.cel.partition(":")
        self._name, self._offset = "", 0
        path = self._current()
        self._learn(path, int(offset) if offset and name == self._name else 0)

    def _learn(self, path: Path, told: int) -> None:
        for line, mark in self._lines(path):
            if self._offset > told:
                break
            self._told.tell(line, mark, aloud=False)
        self._offset = told

    def _current(self) -> Path:
        """Return the file to read: the one set aside while there is one."""
        path = self._aside if self._aside.exists() else self._path
        name = _name_of(path)
        if name != self._name:
            self._name, self._offset = name, 0
        return path

    def _lines(self, path: Path) -> Iterator[tuple[Line, str]]:
        if not path.exists():
            return
        with path.open("rb") as file:
            file.seek(self._offset)
            for raw in file:
                if not raw.endswith(b"\n"):
                    return
                self._offset += len(raw)
                if line := parse(raw):
                    yield line, f"{self._name}:{self._offset}"

    def poll(self) -> int:
        """Tell what is new; return how many lines."""
        path, count = self._current(), 0
        for line, mark in self._lines(path):
            self._told.tell(line, mark)
            count += 1
        self._turn_over(path, count)
        return count

    def _turn_over(self, path: Path, count: int) -> None:
        """Set a full file aside (Asterisk opens it by name for each line); delete one set aside that has ended."""
        if path == self._aside:
            if not count:
                path.unlink()
        elif path.exists() and path.stat().st_size > ROTATE_BYTES:
            path.rename(self._aside)
