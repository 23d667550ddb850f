"""The one port of a laptop: which server gets which request, and what comes back."""

from __future__ import annotations

import http.client
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest

from portal.stack import door
from portal.stack.valkey import free_port


class Answer(BaseHTTPRequestHandler):
    """Says which server it is and what it was sent."""

    name: ClassVar[str] = ""
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        said = f"{self.name} {self.path} {self.headers['Connection']} {self.headers['Cookie']} {len(body)}".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    do_GET = do_POST

    def log_message(self, *_: object) -> None:
        return


def serve(name: str) -> ThreadingHTTPServer:
    server = ThreadingHTTPServer(("127.0.0.1", 0), type(name, (Answer,), {"name": name}))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


@pytest.fixture
def port() -> Iterator[int]:
    import asyncio

    pages, streams = serve("pages"), serve("streams")
    loop, chosen = asyncio.new_event_loop(), free_port()
    one = door.Door(("127.0.0.1", pages.server_port), ("127.0.0.1", streams.server_port))
    listening = loop.run_until_complete(asyncio.start_server(one, "127.0.0.1", chosen, limit=door.HEAD_LIMIT))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    yield chosen
    loop.call_soon_threadsafe(listening.close)
    for server in (pages, streams):
        server.shutdown()
        server.server_close()
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.run_until_complete(asyncio.sleep(0))
    loop.close()


def ask(port: int, path: str, body: bytes = b"", **headers: str) -> tuple[int, str]:
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    link.request("POST" if body else "GET", path, body or None, headers)
    answer = link.getresponse()
    said = answer.status, answer.read().decode()
    link.close()
    return said


def test_pages_and_streams_go_to_their_servers(port: int) -> None:
    assert ask(port, "/c/norrsken-bygg/") == (200, "pages /c/norrsken-bygg/ close None 0")
    assert ask(port, "/streams/c/norrsken-bygg/") == (200, "streams /streams/c/norrsken-bygg/ close None 0")
    assert ask(port, "/c/streams/")[1].startswith("pages")


def test_a_large_body_and_the_headers_arrive(port: int) -> None:
    status, said = ask(port, "/upload/", b"x" * 3_000_000, Cookie="a=b", Connection="keep-alive")
    assert (status, said) == (200, "pages /upload/ close a=b 3000000")


def test_a_server_that_is_down_is_said_in_words() -> None:
    import asyncio

    async def try_it() -> bytes:
        nowhere = ("127.0.0.1", free_port())
        listening = await asyncio.start_server(door.Door(nowhere, nowhere), "127.0.0.1", 0)
        reader, writer = await asyncio.open_connection(*listening.sockets[0].getsockname())
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        said = await reader.read()
        writer.close()
        listening.close()
        return said

    said = asyncio.run(try_it())
    assert said.startswith(b"HTTP/1.1 502")
    assert "Portalen startar" in said.decode()


def test_endless_headers_are_refused(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port)) as link:
        link.sendall(b"GET / HTTP/1.1\r\n" + b"X: " + b"x" * 200_000)
        assert link.recv(100).startswith(b"HTTP/1.1 431")


def test_only_the_path_of_the_first_line_decides() -> None:
    pages, streams = ("a", 1), ("b", 2)
    assert door.route(b"GET /?next=/streams/ HTTP/1.1\r\nReferer: /streams/\r\n\r\n", pages, streams) == pages
    assert door.route(b"nonsense\r\n\r\n", pages, streams) == pages
    assert door.route(b"GET /streams/x HTTP/1.1\r\n\r\n", pages, streams) == streams


def test_the_connection_header_is_replaced() -> None:
    head = door.closing(b"GET / HTTP/1.1\r\nHost: x\r\nconnection: keep-alive\r\nA: b\r\n\r\n")
    assert head == b"GET / HTTP/1.1\r\nConnection: close\r\nHost: x\r\nA: b\r\n\r\n"
