"""The whole product in a folder of its own, started by its one command: its processes, its facts, its end."""

from __future__ import annotations

import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, TypeVar

import httpx

from portal.stack.children import Identity
from portal.stack.state import is_free, read_pairs

T = TypeVar("T")
ROOT = Path(__file__).resolve().parents[2]
READY = "Ctrl-C ends all"
PATIENCE = 180.0
"""Seconds the start may take on a machine that is busy with other tests; on a quiet one it takes about 20."""
RTP = 31000
PORTAL = ("web", "streams", "worker", "bulk", "beat")
SERVERS = ("postgres", "valkey")
KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "VIRTUAL_ENV", "PORTAL_POSTGRES_BIN")


def until(found: Callable[[], T], timeout: float = 20.0, what: str = "it") -> T:
    """Wait until something is found, and return it."""
    deadline = time.monotonic() + timeout
    while not (value := found()):
        assert time.monotonic() < deadline, f"{what} did not come within {timeout:g} s"
        time.sleep(0.05)
    return value


def free_port(kind: socket.SocketKind = socket.SOCK_STREAM, host: str = "127.0.0.1") -> int:
    """Return a port nobody has."""
    with closing(socket.socket(socket.AF_INET, kind)) as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
        return port


class Product:
    """`python -m portal.stack run`, as a person starts it, in a state folder and on ports of its own."""

    def __init__(self, folder: Path) -> None:
        """Start it and wait until it says that it is ready."""
        self.folder, self.port = folder, free_port()
        self._own = [port for port in random.sample(range(6200, 9900), 200) if is_free(port)][:4]
        self.trunk = ("127.0.0.2", free_port(socket.SOCK_DGRAM, "127.0.0.2"))
        self.said: list[str] = []
        began = time.monotonic()
        self.process = subprocess.Popen(
            self._command("run"), cwd=ROOT, env=self._environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True,
        )  # fmt: skip
        self._ready = threading.Event()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        if not self._ready.wait(PATIENCE) or self.process.poll() is not None:
            self.end()
            raise AssertionError("the product did not start:\n" + "\n".join(self.said))
        self.seconds = time.monotonic() - began
        self.ports = {name: int(port) for name, port in read_pairs(folder / "ports.env").items()}
        self._clerk: Clerk | None = None

    def _command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "portal.stack", "--state", str(self.folder), *arguments]

    def _environment(self) -> dict[str, str]:
        """Return what a fresh shell has: the tests' own settings must not reach the product."""
        clean = {name: os.environ[name] for name in KEPT if name in os.environ}
        node = ("NODE_PORT", "NODE_ASK_PORT", "NODE_AMI_PORT", "NODE_SIP_PORT")
        ours = dict(zip(node, self._own, strict=True)) | {
            "PORT": self.port,
            "NODE_TRUNK_PORT": self.trunk[1],
            "NODE_RTP_FIRST": RTP,
            "NODE_RTP_LAST": RTP + 400,
        }
        return clean | {name: str(value) for name, value in ours.items()}

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said.append(line.rstrip())
            if READY in line:
                self._ready.set()
        self._ready.set()

    @property
    def site(self) -> str:
        """Where people open it."""
        return f"http://localhost:{self.port}"

    @property
    def sip(self) -> tuple[str, int]:
        """Where telephones register."""
        return "127.0.0.1", self.ports["NODE_SIP_PORT"]

    def demo(self) -> dict[str, Any]:
        """Return what the start says of the demo: logins, and telephones by extension."""
        text = "\n".join(self.said)
        emails = re.findall(r"\S+@\S+[.]test", text)
        password = re.search(r"Password of all: (\S+)", text)
        assert password, text
        phones = {found[1]: [found[2], found[3]] for found in re.finditer(r"(\d{3})  (d[0-9a-f]{16})  (\S+)", text)}
        admin, user, owner, staff = emails[:4]
        said = {"admin": admin, "user": user, "owner": owner, "staff": staff}
        return said | {"password": password[1], "phones": phones}

    def ask(self, do: str, **given: Any) -> Any:
        """Have a function of ``furniture`` called in the product's own environment; return what it returns."""
        if self._clerk is None:
            self._clerk = Clerk(self._command("manage", "shell", "-v", "0", "-c", SERVE), self._environment())
        return self._clerk.ask(do, given)

    def _identity(self) -> dict[str, str]:
        known: dict[str, str] = json.loads((self.folder / "node" / "identity.json").read_text())
        return known

    def node(self) -> httpx.Client:
        """Return the portal's way to the node, with the portal's own token."""
        headers = {"Authorization": f"Bearer {self._identity()['token_of_portal']}"}
        address = f"http://127.0.0.1:{self.ports['NODE_PORT']}"
        return httpx.Client(base_url=address, headers=headers, timeout=10, trust_env=False)

    def recorded(self, customer: int) -> float:
        """Return how many seconds of messages to a customer Asterisk has on disk and the node has not taken yet."""
        files = (self.folder / "node" / "messages" / "recording").glob(f"{customer}_*.wav")
        return sum(path.stat().st_size for path in files) / 16_000

    def node_answers(self) -> bool:
        """Tell whether the node is up and its Asterisk with it."""
        try:
            with self.node() as wire:
                return bool(wire.get("/v1/health").json()["switch"].startswith("asterisk 22."))
        except (httpx.HTTPError, OSError, ValueError, KeyError):
            return False

    def portal_answers(self) -> bool:
        """Tell whether the portal answers its node, which takes the database."""
        headers = {"Authorization": f"Bearer {self._identity()['token_of_node']}"}
        try:
            answer = httpx.get(f"{self.site}/api/switch/v1/roots", headers=headers, timeout=5, trust_env=False)
        except httpx.HTTPError:
            return False
        return answer.status_code == 200

    # --- its processes ---------------------------------------------------------------------------------------------

    def part(self, name: str) -> Identity:
        """Return a process of the supervisor's."""
        found = Identity.read(self.folder / "pids" / f"{name}.pid")
        assert found is not None, name
        return found

    def send(self, number: signal.Signals, *names: str) -> None:
        """Send parts, and all that descends from them, a signal."""
        for name in names:
            for pid in _family(self.part(name).pid):
                with _gone():
                    os.kill(pid, number)

    @contextmanager
    def hung(self, *names: str) -> Iterator[None]:
        """Hold parts still, as a machine without memory does; the supervisor sees nothing wrong with them."""
        self.send(signal.SIGSTOP, *names)
        try:
            yield
        finally:
            self.send(signal.SIGCONT, *names)

    @contextmanager
    def down(self, *names: str) -> Iterator[None]:
        """Kill parts and keep the supervisor from starting them again as long as the block lasts."""
        killed = [self.part(name) for name in names]
        self.process.send_signal(signal.SIGSTOP)
        try:
            self.send(signal.SIGKILL, *names)
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)
            for name, old in zip(names, killed, strict=True):
                until(lambda name=name, old=old: self._again(name, old), what=f"{name}, started again")  # type: ignore[misc]

    def _again(self, name: str, old: Identity) -> bool:
        new = Identity.read(self.folder / "pids" / f"{name}.pid")
        return new is not None and new != old and new.alive()

    def end(self) -> None:
        """End it cleanly, and remove what it made."""
        if getattr(self, "_clerk", None):
            self._clerk.end()  # type: ignore[union-attr]
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(40)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._reader.join(5)
        subprocess.run(self._command("forget"), cwd=ROOT, env=self._environment(), check=False, timeout=60)

    def logs(self, lines: int = 30) -> str:
        """Return the end of every log, and what the supervisor said last."""
        parts = [f"--- supervisor\n{_last(self.said, lines)}"]
        files = {path.stem: path.read_text(errors="replace") for path in sorted((self.folder / "logs").glob("*.log"))}
        parts += [f"--- {name}\n{_last(text.splitlines(), lines)}" for name, text in files.items()]
        return "\n".join(parts)


def _last(lines: Iterable[str], count: int) -> str:
    return "\n".join(list(lines)[-count:])


@contextmanager
def _gone() -> Iterator[None]:
    try:
        yield
    except ProcessLookupError:
        return


def _family(pid: int) -> list[int]:
    """Return a process and its descendants; PostgreSQL's are sessions of their own, so a group does not do."""
    parents: dict[int, list[int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents.setdefault(int(fields[1]), []).append(int(path.parent.name))
    family = [pid]
    for member in family:
        family += parents.get(member, [])
    return family


SERVE = "from tests.journeys.clerk import serve; serve()"


class Clerk:
    """A process inside the product's environment that does as it is told, one line of JSON at a time."""

    def __init__(self, command: list[str], environment: dict[str, str]) -> None:
        """Start it; the first answer waits for it."""
        self._errors = tempfile.TemporaryFile("w+")  # noqa: SIM115  (closed by end)
        self._process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors,
            text=True,
        )  # fmt: skip

    def ask(self, do: str, given: dict[str, Any]) -> Any:
        """Have a function called; return what it returns.

        :raises AssertionError: with the traceback, if it raised.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([do, given]) + "\n")
        self._process.stdin.flush()
        for line in self._process.stdout:
            if line.startswith("{"):
                answer = json.loads(line)
                assert "raised" not in answer, f"{do}: {answer.get('raised')}"
                return answer["returned"]
        self._errors.seek(0)
        raise AssertionError(f"{do}: the clerk is gone: {self._errors.read()[-3000:]}")

    def end(self) -> None:
        """Let it go."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()
        self._errors.close()
