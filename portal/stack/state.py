"""What `make run` remembers between starts: secrets, ports, which processes it started. All of it in `.dev/`."""

from __future__ import annotations

import base64
import fcntl
import os
import secrets
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from portal.stack.children import Identity
from portal.stack.valkey import free_port

PORTS = {
    "PORT_PAGES": 0,
    "PORT_STREAMS": 0,
    "PORT_BROKER": 0,
    "NODE_PORT": 8100,
    "NODE_ASK_PORT": 8101,
    "NODE_AMI_PORT": 5038,
    "NODE_SIP_PORT": 5060,
}
"""Name -> the port that people expect, taken while it is free; 0 for one that only the stack itself needs to know."""


class AlreadyRunning(Exception):
    """Another supervisor serves from this folder."""


def read_pairs(path: Path) -> dict[str, str]:
    """Return the NAME=value lines of a file; none if there is no file."""
    if not path.exists():
        return {}
    lines = (line.partition("=") for line in path.read_text().splitlines() if "=" in line)
    return {name: value for name, _, value in lines}


def write_pairs(path: Path, pairs: dict[str, str]) -> None:
    """Write NAME=value lines to a file that only we may read, whole or not at all."""
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        file.writelines(f"{name}={value}\n" for name, value in pairs.items())
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def _new_secrets() -> dict[str, str]:
    key = base64.b64encode(secrets.token_bytes(32)).decode()
    names = ("SUPERUSER_PASSWORD", "OWNER_PASSWORD", "APP_PASSWORD", "WORKER_PASSWORD")
    made = {name: secrets.token_urlsafe(24) for name in names}
    return made | {
        "SECRET_KEY": secrets.token_urlsafe(50),
        "FIELD_KEYS": f"local:{key}",
        "PORTAL_INSTANCE": f"local-{secrets.token_hex(8)}",
    }


def is_free(port: int) -> bool:
    """Tell whether a TCP and a UDP socket could be bound to this port on loopback now."""
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(socket.AF_INET, kind) as probe:
            if kind == socket.SOCK_STREAM:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                return False
    return True


def _is_port(text: str) -> bool:
    return text.isascii() and text.isdigit()


@dataclass(frozen=True, slots=True)
class State:
    """The folder of one supervised stack."""

    folder: Path

    def __post_init__(self) -> None:
        self.folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        for name in ("logs", "pids"):
            (self.folder / name).mkdir(mode=0o700, exist_ok=True)

    def lock(self) -> IO[str]:
        """Return a held lock; it goes with the process, however that ends.

        :raises AlreadyRunning: if another supervisor holds it.
        """
        file = (self.folder / "lock").open("a+")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.seek(0)
            raise AlreadyRunning(file.read().strip() or "?") from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        return file

    def secrets(self) -> dict[str, str]:
        """Return the secrets, made at the first start; a line that is missing is made now."""
        path = self.folder / "secrets.env"
        known = read_pairs(path)
        wanted = _new_secrets() | known
        if wanted != known:
            write_pairs(path, wanted)
        return wanted

    def ports(self) -> dict[str, int]:
        """Return a port for each name: the environment's, else the usual if free, the last start's, or any."""
        path = self.folder / "ports.env"
        last = {name: int(value) for name, value in read_pairs(path).items() if _is_port(value)}
        given = {name: int(os.environ[name]) for name in PORTS if _is_port(os.environ.get(name, ""))}
        chosen = {name: given.get(name) or self._port(last.get(name, 0), usual) for name, usual in PORTS.items()}
        write_pairs(path, {name: str(port) for name, port in chosen.items()})
        return chosen

    @staticmethod
    def _port(last: int, usual: int) -> int:
        return next((port for port in (usual, last) if port and is_free(port)), 0) or free_port()

    def log(self, name: str) -> Path:
        """Return where a part's output goes."""
        return self.folder / "logs" / f"{name}.log"

    def remember(self, name: str, pid: int) -> None:
        """Note a child, so that the next start can end it if this one is killed."""
        identity = Identity.of(pid)
        if identity is not None:
            identity.write(self.folder / "pids" / f"{name}.pid")

    def forget(self, name: str) -> None:
        """A child has ended."""
        (self.folder / "pids" / f"{name}.pid").unlink(missing_ok=True)

    def leftovers(self) -> dict[str, Identity]:
        """Return the children of a supervisor that was killed and that still run, youngest first."""
        paths = sorted((self.folder / "pids").glob("*.pid"), key=lambda path: path.stat().st_mtime, reverse=True)
        found = {path.stem: Identity.read(path) for path in paths}
        for name, identity in found.items():
            if identity is None or not identity.alive():
                self.forget(name)
        return {name: one for name, one in found.items() if one is not None and one.alive()}
