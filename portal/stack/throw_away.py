"""Serve a throw-away PostgreSQL for as long as another process lives: `python -m portal.stack.throw_away FOLDER PID`.

A test run is a tree of processes of which any may be killed. This one outlives the workers, ends when the run itself
is gone, however it went, and takes the folder with it. The address is the file `FOLDER/address` once all is ready.
"""

from __future__ import annotations

import shutil
import signal
import sys
import threading
from pathlib import Path

from portal.stack.children import Identity
from portal.stack.postgres import throw_away


def serve(folder: Path, parent: Identity) -> None:
    """Serve until the parent is gone or somebody sends SIGTERM, then remove the folder."""
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    try:
        with throw_away(folder) as cluster:
            waiting = folder / "address.new"
            waiting.write_text(cluster.url("{user}", "{database}"))
            waiting.rename(folder / "address")
            while parent.alive() and not stopped.wait(0.3):
                continue
            if cluster.data.parent != folder:
                folder = cluster.data.parent
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    identity = Identity.of(int(sys.argv[2]))
    if identity is None:
        raise SystemExit("the process to serve for is gone already")
    serve(Path(sys.argv[1]), identity)
