"""A server that answers as no server should, byte by byte, and counts how often it was asked."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress

import msgspec

from tenants.routing import wire

Behaviour = Callable[[socket.socket, bytes], None]


def answer(status: str, body: bytes, headers: str = "") -> bytes:
    """Return the bytes of an answer."""
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n{headers}\r\n"
    return head.encode() + body


def says(data: bytes) -> Behaviour:
    """Send these bytes and close."""
    return lambda connection, _request: connection.sendall(data)


def hangs(connection: socket.socket, _request: bytes) -> None:
    """Accept everything and say nothing, until the other side goes."""
    connection.settimeout(30)
    with suppress(OSError):
        connection.recv(1)


def drips(connection: socket.socket, _request: bytes) -> None:
    """Send an endless answer, one byte every 50 ms: each read succeeds, and it never ends."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n")
    with suppress(OSError):
        for _ in range(600):
            connection.sendall(b" ")
            time.sleep(0.05)


def drips_headers(connection: socket.socket, _request: bytes) -> None:
    """Never finish the headers."""
    with suppress(OSError):
        connection.sendall(b"HTTP/1.1 200 OK\r\n")
        for number in range(600):
            connection.sendall(f"X-{number}: 1\r\n".encode())
            time.sleep(0.05)


def dies(connection: socket.socket, _request: bytes) -> None:
    """Break the connection without a word."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")


def floods(connection: socket.socket, _request: bytes) -> None:
    """Send more than anybody wants."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n")
    with suppress(OSError):
        while True:
            connection.sendall(b"x" * 1_000_000)


HEALTHY = answer(
    "200 OK", msgspec.json.encode(wire.Health(node="nasty", boot="nasty", switch="none", customers=0, spooled=0))
)


class Nasty:
    """The server. ``behaviour`` is what it does with the next request; it may be changed at any time.

    A ``healthy`` one says that it is well whenever it is asked, and counts that nowhere.
    """

    def __init__(self, behaviour: Behaviour, *, healthy: bool = False) -> None:
        self.behaviour, self.asked, self.healthy = behaviour, 0, healthy
        self.requests: list[bytes] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            request = _read(connection)
            if self.healthy and request.startswith(b"GET /v1/health "):
                connection.sendall(HEALTHY)
                return
            self.requests.append(request)
            self.asked += 1
            self.behaviour(connection, request)

    def close(self) -> None:
        """Stop listening."""
        self._listener.close()


def _read(connection: socket.socket) -> bytes:
    """Read one request: its head, and the body it declares."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += connection.recv(65_536) or _gone()
    head, _, body = data.partition(b"\r\n\r\n")
    lengths = [line.split(b":")[1] for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
    while lengths and len(body) < int(lengths[0]):
        body += connection.recv(65_536) or _gone()
    return head + b"\r\n\r\n" + body


def _gone() -> bytes:
    raise OSError("the other side went")
