"""A TCP proxy that hurts connections: between portal and PostgreSQL, portal and node, node and portal.

What happens to a connection is decided when it is made (``choose``), so a seed gives the same hurts to the same
connections. Towards PostgreSQL it also reads the client's messages, as far as it takes to see a COMMIT: it can let one
through, wait until the server has said that it is done, and break the connection before the client hears so.
"""

from __future__ import annotations

import random
import re
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Kind = Literal["none", "refuse", "reset", "latency", "blackhole", "cut"]
Target = tuple[str, int] | Path
"""An address, or the path of a Unix socket."""
CHUNK = 65_536
LONGEST = 60.0
"""Seconds that a connection nobody answers is kept."""
COMMITTED = b"C\x00\x00\x00\x0bCOMMIT\x00"
_COMMIT = re.compile(rb"\s*(COMMIT|END)\b", re.IGNORECASE)
_READY = re.compile(rb"Z\x00\x00\x00\x05[ITE]\Z", re.DOTALL)
_RST = b"\x01\x00\x00\x00\x00\x00\x00\x00"


@dataclass(frozen=True)
class Fault:
    """What is done to a connection.

    ``refuse`` breaks it at once, ``reset`` when the first request is in, ``latency`` holds each piece for ``seconds``,
    ``blackhole`` takes everything and answers nothing, ``cut`` breaks it after ``bytes`` of the answer.
    """

    kind: Kind = "none"
    seconds: float = 0.0
    bytes: int = 0


WELL = Fault()
Choose = Callable[[int], Fault]


def at_random(seed: int, share: float, kinds: tuple[Kind, ...] = ("reset", "latency", "blackhole", "cut")) -> Choose:
    """Return a choice that hurts a share of all connections, each as its number and the seed say."""

    def choose(number: int) -> Fault:
        dice = random.Random(f"{seed}/{number}")
        if dice.random() >= share:
            return WELL
        return Fault(dice.choice(kinds), seconds=dice.uniform(0.01, 0.2), bytes=dice.randrange(1, 2000))

    return choose


class Proxy:
    """Listens on a port of its own and connects each client with the target.

    ``choose`` and ``cut_commit`` may be replaced at any time; ``cut_commit`` is told the number of each COMMIT and says
    whether its answer is to be lost.
    """

    def __init__(
        self, target: Target, choose: Choose = lambda _: WELL, *, postgres: bool = False, port: int = 0
    ) -> None:
        """Begin to listen."""
        self.target, self.choose, self.postgres = target, choose, postgres
        self.cut_commit: Callable[[int], bool] = lambda _: False
        self.connections = self.commits = self.cut = 0
        self.hurt: dict[str, int] = {}
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        """The address as one of HTTP."""
        return f"http://127.0.0.1:{self.port}"

    def close(self) -> None:
        """Stop listening and break every connection."""
        self._listener.close()
        self.break_all()

    def break_all(self) -> None:
        """Break every connection there is; new ones may be made."""
        with self._lock:
            found = list(self._open)
        for one in found:
            _break(one)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                with self._lock:
                    number = self.connections = self.connections + 1
                threading.Thread(target=self._serve, args=(client, number), daemon=True).start()

    def _serve(self, client: socket.socket, number: int) -> None:
        fault = self.choose(number)
        if fault.kind != "none":
            with self._lock:
                self.hurt[fault.kind] = self.hurt.get(fault.kind, 0) + 1
        try:
            if fault.kind == "refuse":
                _break(client)
            elif fault.kind == "blackhole":
                _swallow(client)
            else:
                self._join(client, fault)
        except OSError:
            _break(client)

    def _join(self, client: socket.socket, fault: Fault) -> None:
        server = _connect(self.target)
        link = Link(self, client, server, fault)
        with self._lock:
            self._open |= {client, server}
        try:
            link.run()
        finally:
            with self._lock:
                self._open -= {client, server}

    def next_commit_is_cut(self) -> bool:
        """Count a COMMIT, and tell whether its answer is to be lost."""
        with self._lock:
            self.commits += 1
            cut = self.cut_commit(self.commits)
            self.cut += cut
        return cut


class Link:
    """One client joined with the target."""

    def __init__(self, proxy: Proxy, client: socket.socket, server: socket.socket, fault: Fault) -> None:
        """Join them."""
        self.proxy, self.client, self.server, self.fault = proxy, client, server, fault
        self.frontend = Frontend() if proxy.postgres else None
        self.losing = threading.Event()
        self.answered = 0

    def run(self) -> None:
        """Carry bytes both ways until one side is done."""
        back = threading.Thread(target=self._back, daemon=True)
        back.start()
        try:
            while data := self.client.recv(CHUNK):
                if self.fault.kind == "reset":
                    break
                self._hold()
                if self.frontend and self.frontend.sees_commit(data) and self.proxy.next_commit_is_cut():
                    self.losing.set()
                self.server.sendall(data)
        finally:
            if self.fault.kind == "reset":
                _break(self.client)  # first, since the other thread ends the client politely once the server has ended
            _shut(self.server)
            back.join(LONGEST)
            _shut(self.client)
            self.client.close()
            self.server.close()

    def _back(self) -> None:
        with suppress(OSError):
            while data := self.server.recv(CHUNK):
                if self.losing.is_set() and self._lost(data):
                    return
                self._hold()
                if not self._pass(data):
                    return
        _shut(self.client)

    def _lost(self, data: bytes) -> bool:
        """Wait for the server's word on a COMMIT whose answer is to be lost; break the connection if it is done."""
        while COMMITTED not in data and not _READY.search(data):
            more = self.server.recv(CHUNK)
            if not more:
                break
            data += more
        self.losing.clear()
        if COMMITTED in data:
            _break(self.client)
            return True
        self.client.sendall(data)
        return False

    def _pass(self, data: bytes) -> bool:
        """Hand an answer on, as far as it may go; tell whether the connection lives."""
        left = self.fault.bytes - self.answered
        if self.fault.kind == "cut" and len(data) >= left:
            self.client.sendall(data[: max(left, 0)])
            _break(self.client)
            return False
        self.answered += len(data)
        self.client.sendall(data)
        return True

    def _hold(self) -> None:
        if self.fault.kind == "latency":
            time.sleep(self.fault.seconds)


class Frontend:
    """Reads what a client says to PostgreSQL, in pieces as they come: version 3 of its protocol, without TLS."""

    def __init__(self) -> None:
        """Begin before the start-up message, which alone has no letter."""
        self._rest, self._started = b"", False

    def sees_commit(self, data: bytes) -> bool:
        """Take in the next bytes and tell whether they complete a query, simple or extended, that commits."""
        self._rest += data
        found = False
        while message := self._next():
            found = found or _commits(message)
        return found

    def _next(self) -> bytes | None:
        """Return the next whole message with its letter, None if there is none yet."""
        head = 1 if self._started else 0
        if len(self._rest) < head + 4:
            return None
        length = head + int.from_bytes(self._rest[head : head + 4], "big")
        if len(self._rest) < length:
            return None
        message, self._rest = self._rest[:length], self._rest[length:]
        if not self._started:
            self._started = message[4:8] == b"\x00\x03\x00\x00"
            return b"-" + message
        return message


def _commits(message: bytes) -> bool:
    """Tell whether a message is a query that commits: ``Q`` with its text, ``P`` with a name before it."""
    letter, text = message[:1], message[5:]
    if letter == b"P":
        text = text.partition(b"\0")[2]
    return letter in (b"Q", b"P") and _COMMIT.match(text) is not None


def _connect(target: Target) -> socket.socket:
    if isinstance(target, Path):
        link = socket.socket(socket.AF_UNIX)
        try:
            link.connect(str(target))
        except OSError:
            link.close()
            raise
        return link
    return socket.create_connection(target, timeout=None)


def _swallow(client: socket.socket) -> None:
    client.settimeout(LONGEST)
    with client:
        while client.recv(CHUNK):
            pass


def _shut(link: socket.socket) -> None:
    with suppress(OSError):
        link.shutdown(socket.SHUT_RDWR)


def _break(link: socket.socket) -> None:
    """Reset a connection: what is under way is lost, and the other side sees an error."""
    with suppress(OSError):
        link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RST)
    _shut_reading(link)
    with suppress(OSError):
        link.close()


def _shut_reading(link: socket.socket) -> None:
    """Wake whoever waits for bytes of it; a plain close would leave them waiting."""
    with suppress(OSError):
        link.shutdown(socket.SHUT_RD)
