"""Speaking with one node, in the wire's types. An answer that is no such type is never taken for one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import msgspec

from integrations import http
from integrations.errors import NotAuthorised, Unreachable
from integrations.switch import traces
from tenants.routing import wire
from tenants.routing.live import Register

T = TypeVar("T")
BYTES_A_SECOND = 1_000_000
"""A large push or sound gets a second more for each of these."""
LARGEST_ROOTS = 64_000_000
LARGEST_EPOCH = 1_000_000_000


@dataclass(frozen=True)
class Client:
    """A node's address and the token by which it knows the portal."""

    url: str
    token: str

    def push(self, push: wire.Push) -> wire.Receipt | wire.Conflict | wire.Refusal:
        """Give a customer's configuration, and return what the node makes of it.

        :raises OutsideError: if it makes nothing of it; an answer that does not fit what was pushed counts as none.
        """
        path = f"/v1/customers/{push.customer}/push"
        answer = self._send("POST", path, msgspec.json.encode(push), expect=(200, 409, 422))
        if answer.status == 422:
            return _read(answer, wire.Refusal)
        if answer.status == 409:
            return _fitting_conflict(_read(answer, wire.Conflict), push)
        return _fitting_receipt(_read(answer, wire.Receipt), push)

    def put_blob(self, sha256: str, wav: bytes) -> wire.Refusal | None:
        """Give a sound file; return the node's refusal, or None if it has it."""
        answer = self._send("PUT", f"/v1/blobs/{sha256}", wav, expect=(204, 422), kind="audio/wav")
        return _read(answer, wire.Refusal) if answer.status == 422 else None

    def roots(self) -> wire.Roots:
        """Return what every customer on the node has active."""
        return _read(self._send("GET", "/v1/roots", largest=LARGEST_ROOTS), wire.Roots)

    def command(self, customer: int, command: wire.Command) -> Register | wire.Refusal:
        """Set a register, and return it as it is then, or why the node will not."""
        path = f"/v1/customers/{customer}/live"
        answer = self._send("POST", path, msgspec.json.encode(command), expect=(200, 422))
        return _read(answer, wire.Refusal) if answer.status == 422 else _read(answer, Register)

    def registers(self, customer: int, since: int) -> wire.Registers:
        """Return a customer's registers that changed after a version."""
        path = f"/v1/customers/{customer}/live?since={since}"
        return _read(self._send("GET", path, largest=LARGEST_ROOTS), wire.Registers)

    def seed(self, customer: int, registers: wire.Registers) -> wire.Registers:
        """Tell a node what it should have had, and return what it has then."""
        path = f"/v1/customers/{customer}/live"
        return _read(self._send("PUT", path, msgspec.json.encode(registers), largest=LARGEST_ROOTS), wire.Registers)

    def heights(self) -> wire.Heights:
        """Return the newest version of every customer's registers."""
        return _read(self._send("GET", "/v1/live", largest=LARGEST_ROOTS), wire.Heights)

    def call(self, call: wire.TestCall) -> wire.TestCallPlaced | wire.Refusal:
        """Have the node ring somebody, or return why it will not."""
        answer = self._send("POST", "/v1/calls", msgspec.json.encode(call), expect=(202, 422))
        return _read(answer, wire.Refusal) if answer.status == 422 else _read(answer, wire.TestCallPlaced)

    def health(self, within: float | None = None) -> wire.Health:
        """Return how the node is; ``within`` is the seconds it has to say so, as long as for anything unless told."""
        return _read(self._send("GET", "/v1/health", within=within), wire.Health)

    def _send(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        *,
        expect: tuple[int, ...] = (200,),
        kind: str = "application/json",
        largest: int = http.LARGEST_ANSWER,
        within: float | None = None,
    ) -> http.Answer:
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": kind, **traces.headers()}
        deadline = (within or http.DEADLINE) + len(body) / BYTES_A_SECOND
        return http.send(
            method, self.url.rstrip("/") + path, body=body, headers=headers, expect=expect,
            private=True, deadline=deadline, largest=largest,
        )  # fmt: skip


def _read(answer: http.Answer, type_: type[T]) -> T:
    try:
        return msgspec.json.decode(answer.body, type=type_)
    except (ValueError, RecursionError) as error:
        raise Unreachable(f"{answer.status} with nonsense: {error}") from error


def _fitting_receipt(receipt: wire.Receipt, push: wire.Push) -> wire.Receipt:
    said = (receipt.customer, receipt.epoch, receipt.generation, receipt.root)
    if said != (push.customer, push.epoch, push.generation, push.root):
        raise Unreachable(f"a receipt for something else: {said}"[:200])
    if not (0 < receipt.effective_at < 1e11 and 0 <= receipt.milliseconds < 1e9):
        raise Unreachable("a receipt with an impossible time")
    return receipt


def _fitting_conflict(conflict: wire.Conflict, push: wire.Push) -> wire.Conflict:
    if conflict.code == "foreign_portal":
        raise NotAuthorised("the node belongs to another portal")
    if conflict.customer != push.customer:
        raise Unreachable("a conflict about another customer")
    if not (0 <= conflict.epoch < LARGEST_EPOCH and conflict.generation >= 0):
        raise Unreachable("a conflict with an impossible epoch")
    return conflict
