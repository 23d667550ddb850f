"""What happened, on disk until the portal has confirmed it.

Events are appended to segments, one line each, and are written (not only queued) when ``append`` returns, so a
killed node loses none; the disk is synced a moment later by a thread of its own, and nothing is sent before.
A mark says up to where the portal has confirmed. Only segments wholly behind it are deleted.
"""

from __future__ import annotations

import itertools
import os
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import msgspec

from integrations.asterisk import metrics
from integrations.asterisk.settings import write_private
from tenants.routing.wire import Event

Data = Mapping[str, str | int | float | bool | None]
SEGMENT_BYTES = 4_000_000
SYNC_SECONDS = 0.02
_ASIDE = "refused"
"""The file of what the portal would not take."""


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A spooled event and up to where, by then, Asterisk's own event file had been read."""

    cel: str = ""
    event: msgspec.Raw


class Fact(NamedTuple):
    """Where a fact is from: when it happened (now if 0), and how far Asterisk's event file is told with it."""

    at: float = 0.0
    cel: str = ""


NOW = Fact()


class Mark(NamedTuple):
    """A place in the spool: a segment's name and a number of bytes."""

    segment: str
    offset: int


class Spool:
    """The folder of segments. Each start of the node is a boot of its own, whose events count from 1."""

    def __init__(self, folder: Path) -> None:
        """Open the folder and begin a new boot."""
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._lock, self._encoder = folder, threading.Lock(), msgspec.json.Encoder()
        self.boot = f"{time.time_ns():019d}-{secrets.token_hex(4)}"
        self._seq, self._part, self._synced, self._size, self._handle = 0, 0, 0, 0, -1
        self.cel = self._last_cel()
        self.waiting = sum(1 for _ in self._lines(synced_only=False))
        """How many events the portal has not confirmed."""
        self._open_segment()
        self._dirty, self._closed = threading.Event(), False
        self._thread = threading.Thread(target=self._sync_forever, daemon=True, name="spool-sync")
        self._thread.start()

    def append(self, kind: str, customer: int, call: str = "", data: Data | None = None, fact: Fact = NOW) -> Event:
        """Write down a fact of one of ``Event``'s kinds."""
        with self._lock:
            self._seq += 1
            values = {"boot": self.boot, "seq": self._seq, "at": fact.at or time.time(), "kind": kind}
            event = msgspec.convert(values | {"customer": customer, "call": call, "data": data or {}}, Event)
            cel = self.cel = fact.cel or self.cel
            line = self._encoder.encode(Line(cel=cel, event=msgspec.Raw(self._encoder.encode(event)))) + b"\n"
            os.write(self._handle, line)
            self._size += len(line)
            self.waiting += 1
            if self._size > SEGMENT_BYTES:
                self._open_segment()
        self._dirty.set()
        metrics.told(event)
        return event

    def _open_segment(self) -> None:
        if self._handle >= 0:
            os.fsync(self._handle)
            os.close(self._handle)
        self._part += 1
        self._segment = f"{self.boot}.{self._part:06d}.jsonl"
        self._handle = os.open(self._folder / self._segment, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._size = self._synced = 0

    def _sync_forever(self) -> None:
        while not self._closed:
            self._dirty.wait()
            self._dirty.clear()
            time.sleep(SYNC_SECONDS)
            self.sync()

    def sync(self) -> None:
        """Bring everything appended so far onto the disk."""
        with self._lock:
            if self._closed:
                return
            size = self._size
            os.fsync(self._handle)
            self._synced = size

    def batch(self, most: int) -> tuple[list[msgspec.Raw], Mark | None]:
        """Return up to ``most`` of the oldest unconfirmed events, and the mark to confirm them by."""
        found = list(itertools.islice(self._lines(synced_only=True), most))
        return [line.event for line, _ in found], found[-1][1] if found else None

    def confirm(self, mark: Mark, count: int) -> None:
        """The portal has ``count`` more events, up to a mark: remember so, and delete what lies wholly behind it."""
        write_private(self._folder / "cel", self.cel)
        write_private(self._folder / "confirmed", msgspec.json.encode(mark).decode())
        self.waiting -= count
        self._drop_confirmed(mark)

    def _drop_confirmed(self, mark: Mark) -> None:
        for path in self._segments():
            done = path.name < mark.segment or (path.name == mark.segment and mark.offset >= path.stat().st_size)
            if done and path.name != self._segment:
                path.unlink(missing_ok=True)

    def forget(self, customer: int) -> None:
        """Delete what the portal has confirmed, or never took, of a customer's events. The rest stays."""
        with self._lock:
            if self._size:
                self._open_segment()
        self._drop_confirmed(self._confirmed())
        self._keep_aside(lambda event: event.customer != customer)

    def set_aside(self, event: msgspec.Raw) -> None:
        """Keep an event the portal refuses, for somebody to look at."""
        with self._lock, (self._folder / _ASIDE).open("ab") as file:
            file.write(bytes(event) + b"\n")

    def drop_aside(self, before: float) -> None:
        """Delete what was set aside and happened before a moment."""
        self._keep_aside(lambda event: event.at >= before)

    def _keep_aside(self, wanted: Callable[[_Aside], bool]) -> None:
        """Write anew what is set aside, without what is not wanted any more, if there is any."""
        aside = self._folder / _ASIDE
        with self._lock:
            lines = aside.read_bytes().splitlines(keepends=True) if aside.exists() else []
            kept = [line for line in lines if wanted(_read_aside(line))]
            if len(kept) < len(lines):
                write_private(aside, b"".join(kept).decode(errors="replace"))

    def _segments(self) -> list[Path]:
        return sorted(self._folder.glob("*.jsonl"))

    def _confirmed(self) -> Mark:
        try:
            return msgspec.json.decode((self._folder / "confirmed").read_bytes(), type=Mark)
        except (FileNotFoundError, msgspec.DecodeError):
            return Mark("", 0)

    def _lines(self, *, synced_only: bool) -> Iterator[tuple[Line, Mark]]:
        confirmed = self._confirmed()
        for path in self._segments():
            if path.name >= confirmed.segment:
                start = confirmed.offset if path.name == confirmed.segment else 0
                limit = self._synced if synced_only and path.name == self._segment else None
                yield from _read(path, start, limit)

    def _last_cel(self) -> str:
        """Return the last mark in Asterisk's event file that any spooled or confirmed event bears."""
        found = ""
        for path in self._segments():
            for line, _ in _read(path, 0, None):
                found = line.cel or found
        kept = self._folder / "cel"
        return found or (kept.read_text() if kept.exists() else "")

    def close(self) -> None:
        """Sync and close."""
        self.sync()
        with self._lock:
            self._closed = True
            os.close(self._handle)
        self._dirty.set()


class _Aside(msgspec.Struct):
    """Whose an event is that was set aside, and when it happened."""

    customer: int = 0
    at: float = 0.0


def _read_aside(line: bytes) -> _Aside:
    """Read a line set aside; one that can't be read is nobody's, and long ago."""
    try:
        return msgspec.json.decode(line, type=_Aside)
    except (msgspec.DecodeError, UnicodeError):
        return _Aside()


def _read(path: Path, start: int, limit: int | None) -> Iterator[tuple[Line, Mark]]:
    """Yield the whole lines of a segment; a line torn by a kill was never confirmed to anybody and is left out."""
    offset = start
    with path.open("rb") as file:
        file.seek(start)
        for raw in file:
            offset += len(raw)
            if not raw.endswith(b"\n") or (limit is not None and offset > limit):
                return
            try:
                yield msgspec.json.decode(raw, type=Line), Mark(path.name, offset)
            except msgspec.DecodeError:
                continue
