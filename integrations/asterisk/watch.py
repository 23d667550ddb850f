"""Doors for whoever watches over a node: on loopback, beside the dialplan's. They tell nothing of any customer."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from integrations.asterisk import metrics

if TYPE_CHECKING:
    from integrations.asterisk.node import Node

LEAST_BYTES = 200_000_000
"""Less free space than this will soon cost messages and events."""


def routes(node: Node) -> list[Route]:
    """Return ``/health/live``, ``/health/ready`` and ``/metrics`` of a node."""

    async def live(_: Request) -> Response:
        return JSONResponse({"state": "live"})

    async def ready(_: Request) -> Response:
        parts = await asyncio.to_thread(parts_of, node)
        state = state_of(parts)
        return JSONResponse({"state": state, **parts}, 503 if state == "failing" else 200)

    async def figures(_: Request) -> Response:
        return await asyncio.to_thread(metrics.page, node)

    return [Route("/health/live", live), Route("/health/ready", ready), Route("/metrics", figures)]


def state_of(parts: dict[str, str]) -> str:
    """Return ``failing`` if calls can't be decided, ``degraded`` if something else is wrong, ``ready``."""
    if parts["store"] != "ok" or parts["switch"] != "ok":
        return "failing"
    return "ready" if set(parts.values()) == {"ok"} else "degraded"


def parts_of(node: Node) -> dict[str, str]:
    """Return each part as ``ok`` or with what is wrong. The portal is none: calls are decided without it."""
    return {
        "store": _store(node),
        "switch": "ok" if node.ami.connected.is_set() else "away",
        "enrolled": "ok" if node.enrolled else "not yet",
        "disk": "ok" if shutil.disk_usage(node.settings.folder).free >= LEAST_BYTES else "nearly full",
    }


def _store(node: Node) -> str:
    try:
        node.store.held(0)
    except sqlite3.Error:
        return "unreadable"
    return "ok"
