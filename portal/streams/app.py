"""The streams themselves: ``/streams/c/<customer>/``, one for each page that somebody looks at.

Written for ASGI directly: three fixed texts need no framework, and a stream costs a few kilobytes instead of eighty
(docs/decisions/0009-streams.md).
"""

from __future__ import annotations

import asyncio
import random
import re
import signal
import threading
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any

import structlog
from django.conf import settings

from portal.streams import source
from portal.streams.entry import Turned, admitted
from portal.streams.hub import Hub, Listener

log = structlog.get_logger(__name__)
ADDRESS = re.compile(r"/streams/c/([-a-zA-Z0-9_]+)/")
PING_SECONDS, CHECK_SECONDS, LIFE_SECONDS = 20.0, 50.0, 600.0
HEARS_SECONDS = 3.0
"""How long a page that comes while we connect to the database is let wait."""
PING = b"event: ping\ndata: ping\n\n"
HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
    (b"x-content-type-options", b"nosniff"),
]

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


def _jittered(seconds: float) -> float:
    """Return some time less, so that those who came together do not go together."""
    return seconds * random.uniform(0.8, 1)  # noqa: S311 - no secret


class Streams:
    """An ASGI application with its hub."""

    def __init__(self) -> None:
        self.hub = Hub()
        self._following: asyncio.Task[None] | None = None
        self._open: Counter[int] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one stream, or say why not."""
        match = ADDRESS.fullmatch(scope["path"])
        if match is None or scope["method"] != "GET":
            await _answer(405 if match else 404, send)
            return
        try:
            await self._serve(_cookies(scope), match[1], receive, send)
        except Turned as turned:
            log.info("streams.turned", status=turned.status)
            await _answer(turned.status, send)

    async def _serve(self, cookies: str, slug: str, receive: Receive, send: Send) -> None:
        user, customer = await admitted(cookies, slug)
        with self._counted(user):
            await self._heard()
            with self.hub.joined(customer) as listener:
                gone = asyncio.create_task(_gone(receive, listener))
                await _stream(listener, lambda: _may_stay(cookies, slug), send)
                gone.cancel()

    @contextmanager
    def _counted(self, user: int) -> Iterator[None]:
        """Count a stream for as long as the block lasts.

        :raises Turned: 429 if the user has as many as a user may, 503 if the process has.
        """
        if self._open[user] >= settings.STREAMS_PER_USER:
            raise Turned(429)
        if self._open.total() >= settings.STREAMS_PER_PROCESS:
            raise Turned(503)
        self._open[user] += 1
        try:
            yield
        finally:
            self._open -= Counter((user,))

    async def _heard(self) -> None:
        """Wait until the hub hears; 503 if it doesn't, rather than a stream that would say nothing."""
        try:
            await asyncio.wait_for(self.hub.hears.wait(), HEARS_SECONDS)
        except TimeoutError:
            raise Turned(503) from None

    async def start(self) -> None:
        """Begin to hear; and, where the process's signals are ours, end the streams as soon as it is told to stop.

        uvicorn tells an application so only when all connections are closed, which streams would never be.
        """
        self._following = asyncio.create_task(source.follow(self.hub))
        if threading.current_thread() is threading.main_thread():
            loop = asyncio.get_running_loop()
            for number in (signal.SIGTERM, signal.SIGINT):
                _before(number, lambda: loop.call_soon_threadsafe(self.stop))

    def stop(self) -> None:
        """End all streams and hear no more."""
        if self._following:
            self._following.cancel()
        self.hub.end_all("stopping")


def _before(number: signal.Signals, run: Callable[[], object]) -> None:
    """Run something before whoever takes a signal now."""
    taker = signal.getsignal(number)

    def taken(signum: int, frame: Any) -> None:
        run()
        if callable(taker):
            taker(signum, frame)

    signal.signal(number, taken)


def _cookies(scope: Scope) -> str:
    return "; ".join(value.decode("latin-1") for name, value in scope["headers"] if name == b"cookie")


async def _answer(status: int, send: Send) -> None:
    headers = [(b"content-length", b"0"), (b"cache-control", b"no-store")]
    if status in {429, 503}:
        headers.append((b"retry-after", b"10"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body"})


async def _gone(receive: Receive, listener: Listener) -> None:
    """End the stream when nobody reads it any more."""
    while (await receive())["type"] != "http.disconnect":
        pass
    listener.end("left")


async def _may_stay(cookies: str, slug: str) -> bool:
    try:
        await admitted(cookies, slug)
    except Turned:
        return False
    return True


async def _stream(listener: Listener, may_stay: Callable[[], Awaitable[bool]], send: Send) -> None:
    """Write what the listener is told until it ends: the reader left, may listen no more, or has had its time."""
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    now = asyncio.get_running_loop().time
    began, ping_at = now(), now() + PING_SECONDS
    end_at, check_at = began + _jittered(LIFE_SECONDS), began + _jittered(CHECK_SECONDS)
    while True:
        await _woken(listener, min(ping_at, check_at, end_at))
        if now() >= check_at:
            check_at = now() + _jittered(CHECK_SECONDS)
            if not await may_stay():
                listener.end("turned")
        if now() >= end_at:
            listener.end("old")
        if listener.ended:
            break
        if text := listener.taken() or (PING if now() >= ping_at else b""):
            ping_at = now() + PING_SECONDS
            await send({"type": "http.response.body", "body": text, "more_body": True})
    await send({"type": "http.response.body"})
    log.info("streams.ended", why=listener.ended, seconds=round(now() - began, 1))


async def _woken(listener: Listener, until: float) -> None:
    """Wait for something to write, or until a moment of the loop's clock."""
    try:
        async with asyncio.timeout_at(until):
            await listener.wake.wait()
    except TimeoutError:
        pass
