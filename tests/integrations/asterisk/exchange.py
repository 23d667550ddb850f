"""A whole exchange for tests: one Asterisk, one node process that can be killed, hung and started again."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, TypeVar

import httpx
import msgspec

from integrations.asterisk import identity, instance
from integrations.asterisk.settings import Settings
from tests.integrations.switch.company import Company, Wire
from tests.integrations.switch.company import identity as fresh_identity
from tests.phones.phone import Phone

T = TypeVar("T")
ROOT = Path(__file__).resolve().parents[3]


def until(found: Callable[[], T], timeout: float = 8.0) -> T:
    """Wait until something is found, and return it."""
    deadline = time.monotonic() + timeout
    while not (value := found()):
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.05)
    return value


def free_port(kind: socket.SocketKind = socket.SOCK_STREAM, host: str = "127.0.0.1") -> int:
    """Return a port nobody has."""
    with closing(socket.socket(socket.AF_INET, kind)) as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
        return port


def settings_in(home: Path) -> Settings:
    """Return settings with ports nobody has."""
    first = random.randrange(10000, 30000, 1000)
    return Settings(
        home=str(home),
        port=free_port(),
        ask_port=free_port(),
        ami_port=free_port(),
        sip_port=free_port(socket.SOCK_DGRAM),
        trunk_port=free_port(socket.SOCK_DGRAM, "127.0.0.2"),
        rtp_first=first,
        rtp_last=first + 400,
    )


class NodeProcess:
    """A node in a process of its own."""

    def __init__(self, settings: Settings) -> None:
        """Enrol a node with these settings; ``start`` runs it."""
        self.settings = settings
        self.who = fresh_identity()
        identity.save(settings.folder / "identity.json", self.who)
        self.wire = Wire(f"http://127.0.0.1:{settings.port}", self.who)
        self.process: subprocess.Popen[bytes] | None = None

    def start_process(self) -> None:
        """Start the process."""
        names = self.settings.__struct_fields__
        values = {f"NODE_{name.upper()}": str(getattr(self.settings, name)) for name in names}
        log = (self.settings.folder / "node.log").open("ab")
        line = [sys.executable, "-m", "integrations.asterisk"]
        self.process = subprocess.Popen(line, cwd=ROOT, env={**os.environ, **values}, stdout=log, stderr=log)
        log.close()

    def start(self) -> None:
        """Start the process and wait until it answers."""
        self.start_process()
        deadline = time.monotonic() + 15
        while time.monotonic() < deadline:
            try:
                if self.wire.http.get("/v1/health").status_code == 200:
                    return
            except httpx.HTTPError:
                time.sleep(0.05)
        raise AssertionError((self.settings.folder / "node.log").read_text()[-2000:])

    def send(self, name: signal.Signals) -> None:
        """Send the process a signal; after SIGKILL wait for its end."""
        assert self.process is not None
        self.process.send_signal(name)
        if name in (signal.SIGKILL, signal.SIGTERM):
            self.process.wait(10)

    def stop(self) -> None:
        """End the process, if it runs."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.send(signal.SIGTERM)


class Exchange(NodeProcess):
    """A node with its Asterisk, and the outside world as one telephone behind the trunk."""

    def __init__(self, home: Path, prefix: Path) -> None:
        """Start everything under a folder."""
        super().__init__(settings_in(home))
        self.settings = self.settings.__class__(
            **{name: getattr(self.settings, name) for name in self.settings.__struct_fields__} | {"prefix": str(prefix)}
        )
        self.asterisk = instance.start(self.settings)
        self.start()
        self.outside = Phone(self.sip, "outside", bind=("127.0.0.2", self.settings.trunk_port), tone=440)
        self._customers = 0
        self._phones: list[Phone] = []

    @property
    def sip(self) -> tuple[str, int]:
        """Where Asterisk takes SIP."""
        return "127.0.0.1", self.settings.sip_port

    def company(self) -> Company:
        """Return a customer nobody else in the session has."""
        self._customers += 1
        return Company(self.wire, self._customers)

    def phone(self, company: Company, person: int, tone: int, number: int = 0, version: int = 1) -> Phone:
        """Return a person's telephone, registered."""
        username = company.username(person, number)
        password = company.passwords[person * 10 + number, version]
        phone = Phone(self.sip, username, password, bind=("127.0.0.1", 0), tone=tone)
        self._phones.append(phone)
        assert phone.register() == 200
        return phone

    def clear(self) -> None:
        """End the calls and telephones of a test."""
        for phone in self._phones:
            phone.close()
        self._phones.clear()
        for call in list(self.outside.calls.values()):
            call.hang_up()
        self.outside.calls.clear()
        self.outside.taken.clear()
        self.outside.habit = "answer"

    def events(self, kind: str, customer: int) -> list[dict[str, Any]]:
        """Return the spooled events of a customer, oldest first."""
        found = []
        for path in sorted(self.settings.spool.glob("*.jsonl")):
            for line in path.read_bytes().splitlines():
                event = msgspec.json.decode(line)["event"]
                if event["kind"] == kind and event["customer"] == customer:
                    found.append(event)
        return found

    @contextmanager
    def asterisk_away(self) -> Iterator[None]:
        """Kill Asterisk as a power cut would, for as long as the block lasts."""
        self.asterisk.kill()
        self.asterisk.wait()
        try:
            yield
        finally:
            self.asterisk = instance.start(self.settings)

    def close(self) -> None:
        """End everything."""
        self.clear()
        self.outside.close()
        self.stop()
        instance.stop(self.asterisk)
