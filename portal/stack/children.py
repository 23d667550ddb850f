"""Start a child in a session of its own, know it again later, and end it."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from portal.stack.places import Account

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


def _follow(parent: int, death: int) -> None:
    """In the child: ask the kernel for a signal when the parent dies, and leave at once if it already has."""
    if _libc is not None:
        _libc.prctl(PR_SET_PDEATHSIG, death)
        if os.getppid() != parent:
            os._exit(1)


def spawn(
    command: Sequence[str | Path],
    *,
    log: IO[bytes] | int,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    account: Account | None = None,
    death: int | None = signal.SIGTERM,
) -> subprocess.Popen[bytes]:
    """Start a child in its own session (so Ctrl-C reaches only us), with its output in ``log``.

    ``death`` is the signal the kernel sends it should we be killed; None leaves it alone.
    """
    parent = os.getpid()
    drop = {} if account is None else {"user": account.uid, "group": account.gid, "extra_groups": []}
    return subprocess.Popen(  # type: ignore[call-overload, no-any-return]
        [str(part) for part in command],
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        cwd=cwd,
        env=None if env is None else dict(env),
        start_new_session=True,
        preexec_fn=None if death is None else lambda: _follow(parent, death),  # noqa: PLW1509  (two system calls)
        **drop,
    )


@dataclass(frozen=True, slots=True)
class Identity:
    """A process by pid and start time: a pid alone may since have gone to somebody else."""

    pid: int
    started: str

    @classmethod
    def of(cls, pid: int) -> Identity | None:
        """Return the identity of a running process (zombies count as gone), or None."""
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return cls._by_ps(pid)
        return None if fields[0] == "Z" else cls(pid, fields[19])

    @classmethod
    def _by_ps(cls, pid: int) -> Identity | None:
        if Path("/proc/self/stat").exists():
            return None
        found = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
        return cls(pid, found.stdout.strip()) if found.stdout.strip() else None

    def alive(self) -> bool:
        """Tell whether this very process still runs."""
        return Identity.of(self.pid) == self

    def write(self, path: Path) -> None:
        """Keep it in a file for the next start."""
        path.write_text(f"{self.pid} {self.started}\n")

    @classmethod
    def read(cls, path: Path) -> Identity | None:
        """Return what a file holds, or None if it is missing or torn."""
        try:
            pid, _, started = path.read_text().strip().partition(" ")
            return cls(int(pid), started)
        except (OSError, ValueError):
            return None


def signal_group(pid: int, number: int) -> None:
    """Send a signal to a child's whole session, which is gone or not."""
    try:
        os.killpg(pid, number)
    except (ProcessLookupError, PermissionError):
        return


def end(identity: Identity, *, first: int = signal.SIGTERM, patience: float = 5.0) -> bool:
    """End a process and its session: ask with ``first``, wait, then kill. Return whether asking was enough."""
    if not identity.alive():
        return True
    os.kill(identity.pid, first)
    gone = wait_gone(identity, patience)
    signal_group(identity.pid, signal.SIGKILL)
    return gone or not wait_gone(identity, 2.0)


def wait_gone(identity: Identity, seconds: float) -> bool:
    """Wait until a process is gone; tell whether it is."""
    until = time.monotonic() + seconds
    while identity.alive():
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True
