"""Runs a node: ``python -m integrations.asterisk``. Asterisk itself is ``python -m integrations.asterisk.instance``."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Iterator

import uvicorn

from integrations import node_logs
from integrations.asterisk import app
from integrations.asterisk.node import Node
from integrations.asterisk.settings import Misconfigured, Settings, load


class Server(uvicorn.Server):
    """One of the two doors. Signals are the process's, not a door's."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals alone."""
        yield


def _server(application: object, host: str, port: int) -> Server:
    config = uvicorn.Config(
        application,  # type: ignore[arg-type]
        host=host,
        port=port,
        log_level="warning",
        log_config=None,
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=3,
    )
    return Server(config)


async def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT."""
    node, loop = Node(settings), asyncio.get_running_loop()
    doors = [
        _server(app.wire(node), settings.host, settings.port),
        _server(app.ask(node), "127.0.0.1", settings.ask_port),
    ]

    def leave() -> None:
        for door in doors:
            door.should_exit = True

    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, leave)
    node.start()
    try:
        await asyncio.gather(*(door.serve() for door in doors))
    finally:
        await node.stop()


def main() -> int:
    """Read the settings and serve."""
    node_logs.configure(os.environ.get("NODE_LOG", "json"), os.environ.get("NODE_LOG_LEVEL", "INFO"))
    try:
        settings = load()
    except Misconfigured as error:
        sys.stderr.write(f"{error}\n")
        return 1
    asyncio.run(serve(settings))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
