"""Event streams, served by uvicorn: whatever lies under `/streams/`. Pages and API are wsgi.py's.

A page served here would cost five times as much (docs/decisions/0003-one-port.md), so other paths answer 404.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
django.setup()

from portal import metrics  # noqa: E402  (Django must be set up first)
from portal.logins import refuse_powerful  # noqa: E402
from portal.streams.app import Streams  # noqa: E402

PREFIX = "/streams/"
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

refuse_powerful()
streams = Streams()


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Serve one stream; know the start and end of the server; refuse what isn't a stream."""
    if scope["type"] == "lifespan":
        await _lifespan(receive, send)
    elif scope["type"] == "http" and scope["path"].startswith(PREFIX):
        await streams(scope, receive, send)
    elif scope["type"] == "http":
        await send({"type": "http.response.start", "status": 404, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body"})
    else:
        await send({"type": "websocket.close", "code": 1008})


async def _lifespan(receive: Receive, send: Send) -> None:
    while (await receive())["type"] != "lifespan.shutdown":
        await streams.start()
        await send({"type": "lifespan.startup.complete"})
    streams.stop()
    metrics.process_ended(os.getpid())
    await send({"type": "lifespan.shutdown.complete"})
