"""Sound files on disk, named by their hash, so that Asterisk plays them by path and the same sound is kept once."""

from __future__ import annotations

import hashlib
import os
import re
import threading
import time
from collections.abc import Iterable
from pathlib import Path

HASH = re.compile("[0-9a-f]{64}")
KEEP_SECONDS = 30 * 24 * 3600.0
"""How long a sound that no prompt names any more is kept: calls in progress and a rollback may want it."""


class Blobs:
    """A folder of sound files. A file's time of change is when it was last known to be named by some prompt."""

    def __init__(self, folder: Path) -> None:
        """Use this folder, making it if need be."""
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._turn = folder, threading.Lock()

    def path(self, sha256: str) -> Path:
        """Return where a sound lies or will lie. Asterisk wants the name without ``.wav``."""
        return self._folder / f"{sha256}.wav"

    def missing(self, names: Iterable[str]) -> tuple[str, ...]:
        """Return the hashes that are not here, in order. Those that are here are named from now on."""
        with self._turn:
            return tuple(sorted(name for name in names if not self._named(name)))

    def _named(self, sha256: str) -> bool:
        """Note that somebody names a sound; False if it is not here."""
        try:
            os.utime(self.path(sha256))
        except FileNotFoundError:
            return False
        return True

    def wrong(self, names: Iterable[str]) -> tuple[str, ...]:
        """Return the hashes that are missing or whose bytes have another hash, in order; every byte is read.

        A rotten file stays until a good one takes its place: callers hear a click rather than nothing.
        """
        return tuple(sorted(name for name in names if self._hash(name) != name))

    def _hash(self, sha256: str) -> str:
        try:
            with self.path(sha256).open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest()
        except OSError:
            return ""

    def put(self, sha256: str, body: bytes) -> bool:
        """Keep a sound, durably. Return False, keeping nothing, if its bytes have another hash."""
        if not HASH.fullmatch(sha256) or hashlib.sha256(body).hexdigest() != sha256:
            return False
        fresh = self._folder / f"{sha256}.{os.getpid()}.{time.monotonic_ns()}"
        with fresh.open("wb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self.path(sha256))
        self._sync_folder()
        return True

    def _sync_folder(self) -> None:
        """Have the new name on the disk too."""
        folder = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def sweep(self, wanted: frozenset[str]) -> int:
        """Delete sounds nobody has named for 30 days, and what a killed ``put`` left. Return how many.

        ``wanted`` is all that some prompt names, active or being staged. A push that comes meanwhile notes the sounds
        it names (``missing``) before it counts on them, so one is either seen as named here or asked for there.
        """
        swept = 0
        for path in list(self._folder.iterdir()):
            with self._turn:
                swept += self._sweep(path, wanted)
        return swept

    def _sweep(self, path: Path, wanted: frozenset[str]) -> bool:
        name = path.stem.split(".")[0]
        if path.suffix == ".wav" and name in wanted:
            self._named(name)
            return False
        if path.stat().st_mtime >= time.time() - KEEP_SECONDS:
            return False
        path.unlink(missing_ok=True)
        return True
