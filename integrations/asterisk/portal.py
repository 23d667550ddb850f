"""The portal as the node sees it: enrolment, what it wants active, and where events and messages go.

Every call has a deadline for the whole of it. The portal may be down for days; nothing here is in the way of a call.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TypeVar

import httpx
import msgspec

from integrations import node_logs
from tenants.routing.wire import Batch, Enrolled, Enrolment, Push, Receipt, Roots, Stored

log = logging.getLogger(__name__)
DEADLINE = 10.0
LONG_DEADLINE = 120.0
"""For whole snapshots and sound files."""
T = TypeVar("T")


class Unavailable(Exception):
    """The portal can't be reached, or answers that it can't now. Try again later."""


class Rejected(Exception):
    """The portal will never take this; ``status`` says how it put it."""

    def __init__(self, status: int, text: str = "") -> None:
        """Take the answer's status and the beginning of its text."""
        super().__init__(f"{status} {text[:200]}")
        self.status = status


class Portal:
    """The portal's switch API."""

    def __init__(self, address: str, enrolled: Enrolled | None) -> None:
        """Talk to the portal at ``address`` as this node."""
        headers = {"Authorization": f"Bearer {enrolled.token_of_node}"} if enrolled else {}
        self._client = httpx.AsyncClient(base_url=f"{address}/api/switch/v1", headers=headers, trust_env=False)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def _send(self, method: str, path: str, seconds: float = DEADLINE, **more: object) -> httpx.Response:
        """Return the answer if it is a success.

        :raises Unavailable: if there is none in time, or one that says later (5xx, 401, 403, 408, 429).
        :raises Rejected: if it says no.
        """
        more["headers"] = {**node_logs.headers(), **more.pop("headers", {})}  # type: ignore[dict-item]
        try:
            async with asyncio.timeout(seconds):
                answer = await self._client.request(method, path, timeout=seconds, **more)  # type: ignore[arg-type]
        except (httpx.HTTPError, TimeoutError, OSError) as error:
            raise Unavailable(f"{method} {path}: {type(error).__name__} {error}") from error
        if answer.status_code >= 500 or answer.status_code in (401, 403, 408, 429):
            raise Unavailable(f"{method} {path}: {answer.status_code}")
        if answer.status_code >= 300:
            raise Rejected(answer.status_code, answer.text)
        node_logs.serves_also(answer.headers)
        return answer

    async def _read(self, type_: type[T], method: str, path: str, seconds: float = DEADLINE, **more: object) -> T:
        answer = await self._send(method, path, seconds, **more)
        try:
            return msgspec.json.decode(answer.content, type=type_)
        except msgspec.DecodeError as error:
            raise Unavailable(f"{method} {path}: an answer that makes no sense: {error}") from error

    async def enrol(self, code: str, url: str, boot: str) -> Enrolled:
        """Trade the one-time code for an identity."""
        body = msgspec.json.encode(Enrolment(code=code, url=url, boot=boot))
        return await self._read(Enrolled, "POST", "/enrol", content=body, headers=_JSON)

    async def roots(self) -> Roots:
        """Return what the portal wants active on this node."""
        return await self._read(Roots, "GET", "/roots")

    async def config(self, customer: int, since: int) -> Push:
        """Return what changed for a customer after a generation."""
        path = f"/customers/{customer}/config"
        return await self._read(Push, "GET", path, LONG_DEADLINE, params={"since": since})

    async def snapshot(self, customer: int) -> Push:
        """Return everything of a customer."""
        return await self._read(Push, "GET", f"/customers/{customer}/snapshot", LONG_DEADLINE)

    async def blob(self, sha256: str) -> bytes:
        """Return a sound file."""
        return (await self._send("GET", f"/blobs/{sha256}", LONG_DEADLINE)).content

    async def receipts(self, receipts: list[Receipt]) -> None:
        """Tell what became active by pulling."""
        await self._send("POST", "/receipts", content=msgspec.json.encode(receipts), headers=_JSON)

    async def events(self, events: list[msgspec.Raw]) -> Stored:
        """Hand over events. Returning means that they are stored."""
        body = msgspec.json.encode(Batch(events=tuple(events)))
        return await self._read(Stored, "POST", "/events", content=body, headers=_JSON)

    async def message(self, customer: int, mailbox: int, message: str, body: bytes, headers: dict[str, str]) -> None:
        """Hand over a message left in a mailbox. Returning means that it is stored."""
        path = f"/customers/{customer}/mailboxes/{mailbox}/messages/{message}"
        await self._send("PUT", path, LONG_DEADLINE, content=body, headers={"Content-Type": "audio/wav", **headers})


_JSON = {"Content-Type": "application/json"}
