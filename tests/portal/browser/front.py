"""What stands in front of a test's pages: the product's own door, and its event streams beside the pages.

One thread with one loop a session. The streams' hub hears of changes only while a test has a database to hear of.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from django.db import connections

from portal.stack import door
from portal.stack.valkey import free_port
from portal.streams.app import Streams


@dataclass
class Front:
    """Door and streams. ``begin`` and ``end`` stand round each test."""

    pages: door.Address
    port: int = field(default_factory=free_port)
    streams_port: int = field(default_factory=free_port)
    streams: Streams = field(default_factory=Streams)
    loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)
    begun: bool = False
    server: uvicorn.Server | None = None
    serving: asyncio.Task[None] | None = None
    listening: asyncio.Server | None = None

    @property
    def url(self) -> str:
        """Return where the portal is."""
        return f"http://127.0.0.1:{self.port}"

    def begin(self) -> None:
        """Hear of changes, if that is not so already."""
        if not self.begun:
            self.run(self.streams.start)
        self.begun = True

    def end(self) -> None:
        """End all streams, hear no more, and leave no connection to a database that is made anew."""
        self.run(self._end)
        self.begun = False

    async def _end(self) -> None:
        from asgiref.sync import sync_to_async

        self.streams.stop()
        await sync_to_async(connections.close_all)()

    def run(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Run something in the loop's thread, to its end."""
        asyncio.run_coroutine_threadsafe(work(), self.loop).result(20)

    async def serve(self) -> None:
        """Listen on both ports."""
        both = door.Door(self.pages, ("127.0.0.1", self.streams_port))
        self.listening = await asyncio.start_server(both, "127.0.0.1", self.port, limit=door.HEAD_LIMIT)
        await self.serve_streams()

    async def serve_streams(self) -> None:
        """Start uvicorn, and wait until it answers."""
        config = uvicorn.Config(
            self.streams, port=self.streams_port, lifespan="off", log_config=None, access_log=False,
            timeout_graceful_shutdown=2,
        )  # fmt: skip
        self.server = uvicorn.Server(config)
        self.serving = asyncio.create_task(self.server._serve())
        while not self.server.started:
            await asyncio.sleep(0.01)

    async def stop_streams(self) -> None:
        """Stop uvicorn; streams end as they do when the process is told to stop."""
        self.streams.hub.end_all("stopping")
        self.streams.hub.hears.set()
        assert self.server is not None
        assert self.serving is not None
        self.server.should_exit = True
        await self.serving


@contextmanager
def serving(pages: door.Address) -> Iterator[Front]:
    """Stand in front of these pages."""
    made = Front(pages)
    thread = threading.Thread(target=made.loop.run_forever, name="front")
    thread.start()
    made.run(made.serve)
    yield made
    made.run(made.stop_streams)
    assert made.listening is not None
    made.loop.call_soon_threadsafe(made.listening.close)
    made.loop.call_soon_threadsafe(made.loop.stop)
    thread.join(10)
    made.loop.close()
