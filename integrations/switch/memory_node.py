"""A switch node without a switch: everything of the wire, nothing on disk, and calls that are only decided.

Tests use it where no telephone is needed, and ``make run`` where Asterisk can't be installed:
``python -m integrations.switch.memory_node``, set up by the same ``NODE_…`` variables as the reference node.
A test call walks through the flow by the same ``decide``, as a caller who presses nothing and whom nobody answers.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import os
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import httpx
import msgspec
import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from integrations import node_logs
from integrations.switch.memory_state import MemoryNode
from tenants.routing import objects
from tenants.routing.intake import Refused
from tenants.routing.wire import (
    Batch,
    Command,
    Conflict,
    Enrolled,
    Enrolment,
    Height,
    Heights,
    Push,
    Refusal,
    Registers,
    TestCall,
)

Answer = Callable[[Request], Awaitable[Response]]
_JSON = {"Content-Type": "application/json"}


def _answer(value: object, status: int = 200) -> Response:
    return Response(msgspec.json.encode(value), status, media_type="application/json")


class Door:
    """The wire of one node."""

    def __init__(self, node: MemoryNode) -> None:
        """Speak for this node."""
        self._node = node

    def routes(self) -> list[Route]:
        """Return the addresses of the wire."""
        return [
            Route("/v1/customers/{customer:int}/push", self._guarded(self._push), methods=["POST"]),
            Route("/v1/customers/{customer:int}/live", self._guarded(self._command), methods=["POST"]),
            Route("/v1/customers/{customer:int}/live", self._guarded(self._registers)),
            Route("/v1/customers/{customer:int}/live", self._guarded(self._seed), methods=["PUT"]),
            Route("/v1/live", self._guarded(self._heights)),
            Route("/v1/blobs/{sha256}", self._guarded(self._blob), methods=["PUT"]),
            Route("/v1/roots", self._guarded(self._roots)),
            Route("/v1/calls", self._guarded(self._call), methods=["POST"]),
            Route("/v1/health", self._guarded(self._health)),
        ]

    def _guarded(self, behind: Answer) -> Answer:
        async def guarded(request: Request) -> Response:
            who = self._node.enrolled
            token, given = f"Bearer {who.token_of_portal}" if who else "", request.headers.get("authorization", "")
            if not token or not hmac.compare_digest(token.encode(), given.encode()):
                return _answer(Refusal(code="unauthorized"), 401)
            try:
                return await behind(request)
            except Refused as error:
                return _answer(error.refusal, 422)
            except (ValueError, RecursionError) as error:
                return _answer(Refusal(code="bad_body", detail=str(error)[:300]), 422)

        return guarded

    async def _push(self, request: Request) -> Response:
        arrived = time.perf_counter()
        wanted = msgspec.json.decode(await request.body(), type=Push)
        if wanted.customer != request.path_params["customer"]:
            raise Refused("bad_body", detail="the address names another customer")
        result = self._node.push(wanted, arrived)
        node_logs.pushed(wanted, result)
        return _answer(result, 409 if isinstance(result, Conflict) else 200)

    async def _blob(self, request: Request) -> Response:
        name, body = request.path_params["sha256"], await request.body()
        if not re.fullmatch("[0-9a-f]{64}", name) or objects.digest(body) != name:
            raise Refused("hash_mismatch", detail=name)
        self._node.blobs[name] = body
        return Response(status_code=204)

    async def _roots(self, _: Request) -> Response:
        return _answer(self._node.roots())

    async def _command(self, request: Request) -> Response:
        command = msgspec.json.decode(await request.body(), type=Command)
        return _answer(self._node.obey(request.path_params["customer"], command))

    async def _registers(self, request: Request) -> Response:
        since = int(request.query_params.get("since", "-1"))
        return _answer(Registers(registers=tuple(self._node.board(request.path_params["customer"]).since(since))))

    async def _seed(self, request: Request) -> Response:
        theirs = msgspec.json.decode(await request.body(), type=Registers)
        kept = self._node.seed(request.path_params["customer"], theirs.registers)
        return _answer(Registers(registers=tuple(kept)))

    async def _heights(self, _: Request) -> Response:
        heights = (Height(customer=it, version=board.height) for it, board in sorted(self._node.boards.items()))
        return _answer(Heights(heights=tuple(heights)))

    async def _call(self, request: Request) -> Response:
        return _answer(self._node.place(msgspec.json.decode(await request.body(), type=TestCall)), 202)

    async def _health(self, _: Request) -> Response:
        return _answer(self._node.health())


async def _alive(_: Request) -> Response:
    """Answer ``/health/live`` and ``/health/ready``: nothing here can be missing while it answers."""
    return _answer({"state": "ready"})


def application(node: MemoryNode, portal: str = "") -> Starlette:
    """Return the app that speaks for a node, and delivers its events to a portal if one is given."""

    @contextlib.asynccontextmanager
    async def live(_: Starlette) -> AsyncIterator[None]:
        task = asyncio.create_task(_towards(node, portal)) if portal else None
        yield
        if task:
            task.cancel()

    alive = Route("/health/{what}", _alive)
    followed = [Middleware(node_logs.Followed)]
    return Starlette(routes=[*Door(node).routes(), alive], lifespan=live, middleware=followed)


async def _towards(node: MemoryNode, portal: str) -> None:
    """Enrol if need be, then hand over events for ever."""
    async with httpx.AsyncClient(base_url=f"{portal}/api/switch/v1", timeout=10, trust_env=False) as client:
        while True:
            with contextlib.suppress(httpx.HTTPError, msgspec.DecodeError):
                await (_enrol(node, client) if node.enrolled is None else _deliver(node, client, node.enrolled))
            await asyncio.sleep(0.5)


async def _enrol(node: MemoryNode, client: httpx.AsyncClient) -> None:
    address = os.environ.get("NODE_URL") or f"http://127.0.0.1:{os.environ.get('NODE_PORT', '8100')}"
    wanted = Enrolment(code=os.environ.get("NODE_CODE", ""), url=address, boot=node.boot)
    answer = await client.post("/enrol", content=msgspec.json.encode(wanted), headers=_JSON)
    node.enrolled = msgspec.json.decode(answer.raise_for_status().content, type=Enrolled)
    if path := _identity():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_bytes(msgspec.json.encode(node.enrolled))


async def _deliver(node: MemoryNode, client: httpx.AsyncClient, who: Enrolled) -> None:
    events = node.events[:500]
    if not events:
        return
    body = msgspec.json.encode(Batch(events=tuple(msgspec.Raw(msgspec.json.encode(event)) for event in events)))
    headers = {**_JSON, "Authorization": f"Bearer {who.token_of_node}"}
    (await client.post("/events", content=body, headers=headers)).raise_for_status()
    del node.events[: len(events)]


def _identity() -> Path | None:
    home = os.environ.get("NODE_HOME")
    return Path(home) / "identity.json" if home else None


def main() -> None:
    """Serve as the environment says."""
    node_logs.configure(os.environ.get("NODE_LOG", "json"))
    path = _identity()
    known = msgspec.json.decode(path.read_bytes(), type=Enrolled) if path and path.exists() else None
    host, port = os.environ.get("NODE_HOST", "127.0.0.1"), int(os.environ.get("NODE_PORT", "8100"))
    app = application(MemoryNode(known), os.environ.get("NODE_PORTAL", ""))
    uvicorn.run(app, host=host, port=port, log_level="warning", access_log=False, log_config=None)


if __name__ == "__main__":
    main()
