"""The node's two doors: the wire towards the portal, and the ask of its own dialplan on loopback."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar
from urllib.parse import parse_qsl

import msgspec
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from integrations import node_logs
from integrations.asterisk import metrics, watch
from integrations.asterisk.ask import Nonsense
from integrations.asterisk.identity import is_portal
from integrations.asterisk.node import Node, SwitchDown
from tenants.routing.intake import Refused
from tenants.routing.wire import Command, Conflict, Heights, Push, Refusal, Registers, Roots, TestCall

log = logging.getLogger(__name__)
LARGEST_PUSH = 256 * 1024 * 1024
LARGEST_SOUND = 64 * 1024 * 1024
LARGEST_ASK = 8 * 1024
LARGEST_COMMAND = 256 * 1024
T = TypeVar("T")
Door = Callable[[Request], Awaitable[Response]]


def answer(value: object, status: int = 200) -> Response:
    """Return a value of the wire as an answer."""
    return Response(msgspec.json.encode(value), status, media_type="application/json")


async def body_of(request: Request, most: int) -> bytes:
    """Return a request's body.

    :raises Refused: if it is larger than ``most`` bytes.
    """
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > most:
            raise Refused("too_large", detail=f"more than {most} bytes")
        parts.append(part)
    return b"".join(parts)


async def read(request: Request, type_: type[T], most: int) -> T:
    """Return a request's body as a value of the wire.

    :raises Refused: if it is none.
    """
    try:
        return msgspec.json.decode(await body_of(request, most), type=type_)
    except (ValueError, RecursionError) as error:
        raise Refused("bad_body", detail=str(error)) from error


def wire(node: Node) -> Starlette:
    """Return the app the portal talks to."""

    async def push(request: Request) -> Response:
        arrived = time.perf_counter()
        wanted = await read(request, Push, LARGEST_PUSH)
        if wanted.customer != request.path_params["customer"]:
            raise Refused("bad_body", detail="the address names another customer")
        result = await node.push(wanted, arrived)
        return answer(result, 409 if isinstance(result, Conflict) else 200)

    async def blob(request: Request) -> Response:
        name = request.path_params["sha256"]
        if not await asyncio.to_thread(node.blobs.put, name, await body_of(request, LARGEST_SOUND)):
            raise Refused("hash_mismatch", detail=name)
        return Response(status_code=204)

    async def roots(_: Request) -> Response:
        return answer(Roots(roots=tuple(node.store.roots())))

    async def call(request: Request) -> Response:
        return answer(await node.place(await read(request, TestCall, LARGEST_ASK)), 202)

    async def health(_: Request) -> Response:
        return answer(node.health())

    door, pushed = _portal_only(node), metrics.timed(metrics.PUSHES, metrics.PUSHED)
    return Starlette(
        routes=[
            Route("/v1/customers/{customer:int}/push", pushed(door(push)), methods=["POST"]),
            *_live(node, door),
            Route("/v1/blobs/{sha256}", door(blob), methods=["PUT"]),
            Route("/v1/roots", door(roots)),
            Route("/v1/calls", door(call), methods=["POST"]),
            Route("/v1/health", door(health)),
        ],
        middleware=[Middleware(node_logs.Followed)],
    )


def _live(node: Node, door: Callable[[Door], Door]) -> list[Route]:
    """Return the doors of live state."""

    async def command(request: Request) -> Response:
        wanted = await read(request, Command, LARGEST_COMMAND)
        return answer(await asyncio.to_thread(node.obey, request.path_params["customer"], wanted))

    async def registers(request: Request) -> Response:
        since = request.query_params.get("since", "-1")
        if not since.removeprefix("-").isdecimal():
            raise Refused("bad_body", detail="since is no number")
        return answer(Registers(registers=tuple(node.registers.since(request.path_params["customer"], int(since)))))

    async def seed(request: Request) -> Response:
        theirs = await read(request, Registers, LARGEST_PUSH)
        customer = request.path_params["customer"]
        kept = await asyncio.to_thread(node.seed, customer, theirs.registers)
        return answer(Registers(registers=tuple(kept)))

    async def heights(_: Request) -> Response:
        return answer(Heights(heights=tuple(node.registers.heights())))

    address = "/v1/customers/{customer:int}/live"
    return [
        Route(address, door(command), methods=["POST"]),
        Route(address, door(registers)),
        Route(address, door(seed), methods=["PUT"]),
        Route("/v1/live", door(heights)),
    ]


def _portal_only(node: Node) -> Callable[[Door], Door]:
    """Return what lets only the portal through a door, and turns what goes wrong behind it into answers."""

    def guard(door: Door) -> Door:
        async def guarded(request: Request) -> Response:
            if not is_portal(node.enrolled, request.headers.get("authorization", "")):
                return answer(Refusal(code="unauthorized"), 401)
            try:
                return await door(request)
            except Refused as error:
                return answer(error.refusal, 422)
            except SwitchDown as error:
                return answer(Refusal(code="switch_down", detail=str(error)), 503)
            except ClientDisconnect:
                return Response(status_code=499)
            except Exception as error:
                log.exception("%s %s", request.method, request.url.path)
                return answer(Refusal(code="node_failure", detail=type(error).__name__), 503)

        return guarded

    return guard


def ask(node: Node) -> Starlette:
    """Return the app the dialplan asks. Whatever goes wrong here, it must not look like an answer."""

    async def step(request: Request) -> Response:
        try:
            text = (await body_of(request, LARGEST_ASK)).decode("ascii")
            return PlainTextResponse(node.asking.answer(dict(parse_qsl(text, max_num_fields=16))))
        except (Nonsense, Refused, ValueError) as error:
            return PlainTextResponse(f"no ask: {error}", 422)
        except ClientDisconnect:
            return Response(status_code=499)
        except Exception:
            log.exception("an ask failed; the call goes to its last resort")
            return PlainTextResponse("failed", 503)

    asked = metrics.timed(metrics.ASKS, metrics.ASKED)
    return Starlette(routes=[Route("/ask", asked(step), methods=["POST"]), *watch.routes(node)])
