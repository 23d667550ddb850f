"""Nodes in memory that can be made to hang together: ``python -m bench._nodes FILE``.

The file is JSON: a list of port and what the node was told when it was let in. They live in one process, so that
stopping it (SIGSTOP) silences all in one instant: the kernel goes on taking connections, and nobody answers.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import msgspec
import uvicorn

from integrations.switch.memory_node import application
from integrations.switch.memory_state import MemoryNode
from tenants.routing.wire import Enrolled


async def serve(nodes: list[tuple[int, Enrolled]]) -> None:
    """Serve all of them until the process ends."""
    servers = [
        uvicorn.Server(uvicorn.Config(application(MemoryNode(who)), port=port, log_level="warning", access_log=False))
        for port, who in nodes
    ]
    await asyncio.gather(*(server.serve() for server in servers))


if __name__ == "__main__":
    asyncio.run(serve(msgspec.json.decode(Path(sys.argv[1]).read_bytes(), type=list[tuple[int, Enrolled]])))
