"""Event streams, served by uvicorn: whatever lies under `/streams/`. Pages and API are wsgi.py's.

A page served here would cost five times as much (docs/decisions/0003-one-port.md), so other paths answer 404.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

PREFIX = "/streams/"
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_django = get_asgi_application()

from portal.logins import refuse_powerful  # noqa: E402  (Django must be set up first)

refuse_powerful()


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Serve one stream; know the start and end of the server; refuse what isn't a stream."""
    if scope["type"] == "lifespan":
        await _lifespan(receive, send)
    elif scope["type"] == "http" and scope["path"].startswith(PREFIX):
        await _django(scope, receive, send)  # type: ignore[arg-type]
    elif scope["type"] == "http":
        await send({"type": "http.response.start", "status": 404, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body"})
    else:
        await send({"type": "websocket.close", "code": 1008})


async def _lifespan(receive: Receive, send: Send) -> None:
    while (await receive())["type"] != "lifespan.shutdown":
        await send({"type": "lifespan.startup.complete"})
    await send({"type": "lifespan.shutdown.complete"})
