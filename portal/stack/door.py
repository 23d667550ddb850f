"""One port for a laptop: pages and API to gunicorn, `/streams/` to uvicorn.

`python -m portal.stack.door --listen HOST:PORT --pages HOST:PORT --streams HOST:PORT`

The first line of a connection decides, and `Connection: close` makes every request the first of its connection: so
bytes can be handed on unread. A deployment has nginx or Caddy here, with the same one rule (docs/decisions/0003).
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import re

HEAD_LIMIT = 65_536
HEAD_SECONDS = 20
CONNECTION = re.compile(rb"^connection:[^\r\n]*\r\n", re.IGNORECASE | re.MULTILINE)
Address = tuple[str, int]


def address(text: str) -> Address:
    """Read `host:port`."""
    host, _, port = text.rpartition(":")
    return host or "127.0.0.1", int(port)


def route(head: bytes, pages: Address, streams: Address) -> Address:
    """Return whose request this is, by the path in its first line."""
    parts = head.split(b"\r\n", 1)[0].split(b" ")
    return streams if len(parts) > 1 and parts[1].startswith(b"/streams/") else pages


def closing(head: bytes) -> bytes:
    """Return the request's head with `Connection: close`."""
    first, rest = head.split(b"\r\n", 1)
    return first + b"\r\nConnection: close\r\n" + CONNECTION.sub(b"", rest)


def plain(status: str, text: str) -> bytes:
    """Return a whole answer of our own."""
    body = text.encode()
    head = f"HTTP/1.1 {status}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {len(body)}\r\n"
    return f"{head}Connection: close\r\nRetry-After: 1\r\n\r\n".encode() + body


class Door:
    """Hands each connection to one of two servers."""

    def __init__(self, pages: Address, streams: Address) -> None:
        self.pages = pages
        self.streams = streams

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection to its end."""
        with contextlib.suppress(ConnectionError, TimeoutError, asyncio.IncompleteReadError):
            await self._serve(reader, writer)
        writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), HEAD_SECONDS)
        except asyncio.LimitOverrunError:
            writer.write(plain("431 Request Header Fields Too Large", "The request's headers are too large.\n"))
            await writer.drain()
            return
        try:
            there_reader, there_writer = await asyncio.open_connection(*route(head, self.pages, self.streams))
        except OSError:
            writer.write(plain("502 Bad Gateway", "Portalen startar. Ladda om om en stund.\n"))
            await writer.drain()
            return
        there_writer.write(closing(head))
        await exchange(reader, there_writer, there_reader, writer)


async def exchange(
    browser: asyncio.StreamReader,
    server_out: asyncio.StreamWriter,
    server: asyncio.StreamReader,
    browser_out: asyncio.StreamWriter,
) -> None:
    """Hand bytes on both ways until the server has answered or the browser has gone.

    A server may refuse a large upload before it has read it: then the way up breaks and the answer still comes.
    """
    up = asyncio.create_task(pump(browser, server_out))
    down = asyncio.create_task(pump(server, browser_out))
    try:
        await asyncio.wait({up, down}, return_when=asyncio.FIRST_COMPLETED)
        if up.done() and up.exception() is not None:
            await down
    finally:
        for task in (up, down):
            task.cancel()
        await asyncio.gather(up, down, return_exceptions=True)
        server_out.close()


async def pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    """Copy until the end."""
    while data := await source.read(65_536):
        sink.write(data)
        await sink.drain()


async def serve(listen: Address, door: Door) -> None:
    """Listen until cancelled."""
    server = await asyncio.start_server(door, *listen, limit=HEAD_LIMIT)
    async with server:
        await server.serve_forever()


def main() -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("--listen", "--pages", "--streams"):
        parser.add_argument(name, type=address, required=True)
    given = parser.parse_args()
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(given.listen, Door(given.pages, given.streams)))


if __name__ == "__main__":
    main()
