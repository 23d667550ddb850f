"""Sound files on disk, named by their hash, so that Asterisk plays them by path and the same sound is kept once."""

from __future__ import annotations

import hashlib
import os
import re
import time
from collections.abc import Iterable
from pathlib import Path

HASH = re.compile("[0-9a-f]{64}")
KEEP_SECONDS = 24 * 3600.0
"""How long a sound no prompt names any more is kept: calls in progress and a rollback may want it."""


class Blobs:
    """A folder of sound files."""

    def __init__(self, folder: Path) -> None:
        """Use this folder, making it if need be."""
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder

    def path(self, sha256: str) -> Path:
        """Return where a sound lies or will lie. Asterisk wants the name without ``.wav``."""
        return self._folder / f"{sha256}.wav"

    def missing(self, names: Iterable[str]) -> tuple[str, ...]:
        """Return the hashes that are not here, in order."""
        return tuple(sorted(name for name in names if not self.path(name).is_file()))

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
        return True

    def sweep(self, wanted: frozenset[str]) -> int:
        """Delete sounds nobody has named for a day, and what a killed ``put`` left. Return how many."""
        old = time.time() - KEEP_SECONDS
        swept = [
            path
            for path in self._folder.iterdir()
            if path.stem.split(".")[0] not in wanted and path.stat().st_mtime < old
        ]
        for path in swept:
            path.unlink(missing_ok=True)
        return len(swept)
