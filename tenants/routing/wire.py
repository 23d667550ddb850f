"""What portal and switch node say to each other over HTTP, in both directions.

The OpenAPI document is generated from these types. Every node, whatever the switch behind it, speaks
exactly this; ``tests/integrations/switch/contract.py`` is what "speaks" means.

Node, called by the portal (bearer token of the portal):

* ``POST /v1/customers/{customer}/push``  ``Push`` -> 200 ``Receipt`` | 409 ``Conflict`` | 422 ``Refusal``
* ``PUT  /v1/blobs/{sha256}``             raw WAV -> 204, 422 ``Refusal`` if the bytes have another hash
* ``POST /v1/customers/{customer}/live``  ``Command`` -> 200 ``Register`` as it is now | 422 ``Refusal``
* ``GET  /v1/customers/{customer}/live?since=V`` -> 200 ``Registers`` changed after version V
* ``PUT  /v1/customers/{customer}/live``  ``Registers`` -> 200 ``Registers``: all the node has after taking those
  that hold (``live.merged``); so a lost node is told what it was
* ``GET  /v1/live``           -> 200 ``Heights``: the newest version of every customer on the node
* ``GET  /v1/roots``                      -> 200 ``Roots``: what every customer on the node has active
* ``POST /v1/calls``                      ``TestCall`` -> 202 ``TestCallPlaced``
* ``GET  /v1/health``                     -> 200 ``Health``

Portal, called by the node (bearer token of the node), under ``/api/switch/v1``:

* ``POST /enrol``                         ``Enrolment`` -> 200 ``Enrolled`` (one-time code instead of a token)
* ``GET  /customers/{customer}/config?since=G`` -> 200 ``Push`` with what changed after generation G
* ``GET  /customers/{customer}/snapshot`` -> 200 ``Push`` with everything
* ``GET  /roots``                         -> 200 ``Roots`` as the portal wants them
* ``GET  /blobs/{sha256}``                -> 200 raw WAV
* ``POST /receipts``                      ``list[Receipt]`` -> 202
* ``POST /events``                        ``Batch`` -> 202 ``Stored``
* ``PUT  /customers/{customer}/mailboxes/{mailbox}/messages/{message}`` raw WAV, caller and time in headers -> 204
"""

from __future__ import annotations

from typing import Literal

import msgspec

from tenants.routing.live import Order, Register, Via
from tenants.routing.objects import Key, Value

NOTHING = msgspec.Raw(b"null")
"""The body of a change that removes its object. Raw bytes can't be optional: msgspec would not decode them."""


class Change(Value, frozen=True):
    """One object as of a generation. ``body`` is its canonical JSON; null, with a null hash, removes the object."""

    key: Key
    sha256: str | None = None
    body: msgspec.Raw = msgspec.field(default_factory=lambda: NOTHING)


class Sealed(Value, frozen=True):
    """A secret encrypted for this node: AES-256-GCM under the node's sealing key.

    The associated data is ``customer/credential/version`` in decimal, so a secret cannot be moved.
    ``box`` is base64 of nonce (12 bytes) and ciphertext.
    """

    credential: int
    version: int
    box: str


class Push(Value, frozen=True):
    """A customer's configuration, or what changed in it since ``base``.

    ``base`` None is a snapshot: everything else the node has for the customer goes. ``portal`` is the
    instance id of the portal, bound at enrolment.
    """

    portal: str
    customer: int
    epoch: int
    generation: int
    root: str
    changes: tuple[Change, ...]
    base: int | None = None
    secrets: tuple[Sealed, ...] = ()


class Receipt(Value, frozen=True):
    """The node's word that a generation is what calls follow. ``effective_at`` is seconds since 1970 by the node."""

    customer: int
    epoch: int
    generation: int
    root: str
    effective_at: float
    milliseconds: float
    """From the request's arrival to activation."""


class Conflict(Value, frozen=True):
    """Why a push could not be applied as it is. The node still has ``generation`` and ``root``."""

    code: Literal["stale", "gap", "root_mismatch", "missing_blobs", "foreign_portal"]
    customer: int
    epoch: int = 0
    generation: int = 0
    root: str = ""
    blobs: tuple[str, ...] = ()


class Refusal(Value, frozen=True):
    """What the node will never accept, and in which object."""

    code: str
    key: Key | None = None
    detail: str = ""


class Root(Value, frozen=True):
    """What is active for one customer."""

    customer: int
    epoch: int
    generation: int
    root: str


class Roots(Value, frozen=True):
    """Roots of all customers of a node."""

    roots: tuple[Root, ...]


class Command(Value, frozen=True):
    """Set one register. ``id`` makes it safe to send again; ``age`` is how many seconds ago somebody asked for it.

    If the register was changed since, the command comes too late and changes nothing. Refused as ``bad_order`` if its
    shape is wrong, ``unknown_subject`` if the node has no such object active.
    """

    id: str
    order: Order
    by: str = ""
    via: Via = "web"
    age: float = 0.0


class Registers(Value, frozen=True):
    """A customer's registers, or some of them."""

    registers: tuple[Register, ...]


class Height(Value, frozen=True):
    """The newest version among a customer's registers; 0 if nothing was ever set."""

    customer: int
    version: int


class Heights(Value, frozen=True):
    """Heights of all customers of a node."""

    heights: tuple[Height, ...]


class Health(Value, frozen=True):
    """How a node is. ``switch`` is the telephone switch behind it, ``asterisk 22.10.1`` for instance."""

    node: str
    boot: str
    switch: str
    customers: int
    spooled: int


class TestCall(Value, frozen=True):
    """Ring ``to`` and lead it into a number's flow.

    ``to`` is a SIP username of this customer, or an E.164 number, which passes the gate.
    ``moment`` (seconds since 1970) is the time the call is decided as of; None is now. A number that is rung is the
    caller too, as if it had called itself; a telephone of the customer's calls from a hidden number. ``changes`` is a
    draft: this one call follows these objects instead of the active ones. Their sounds are here already.
    """

    __test__ = False
    customer: int
    number: str
    to: str
    moment: int | None = None
    changes: tuple[Change, ...] = ()
    id: str = ""
    """What the call shall be called, 32 hex digits; empty to let the node choose."""

    @property
    def caller(self) -> str:
        """Who is shown as the caller."""
        return self.to if self.to.startswith("+") else ""


class TestCallPlaced(Value, frozen=True):
    """The call was handed to the switch. ``call`` is the id its events bear."""

    __test__ = False
    call: str


class Event(Value, frozen=True):
    """A fact from the switch. ``(node, boot, seq)`` names it for ever; ``at`` is seconds since 1970.

    ``live`` says that a register has changed: ``data["register"]`` is the JSON of a ``Register``. ``drift`` says that
    what the node had stored was found changed: ``data`` counts ``objects``, ``secrets``, ``rows``, ``digests``,
    ``sounds`` and ``file`` (the whole of it); ``healed`` is 0 if only the portal can put it right, as it then does.
    """

    boot: str
    seq: int
    at: float
    kind: Literal[
        "call.started",
        "call.step",
        "call.answered",
        "call.ended",
        "queue.joined",
        "queue.left",
        "message.left",
        "registration",
        "live",
        "drift",
    ]
    customer: int
    call: str = ""
    data: dict[str, str | int | float | bool | None] = {}


class Batch(Value, frozen=True):
    """Events in order of ``seq``. What the node keeps until the portal has stored it."""

    events: tuple[msgspec.Raw, ...]
    """Each an ``Event``; raw, so that one poisoned entry spoils no other."""


class Stored(Value, frozen=True):
    """The portal has stored these. ``poisoned`` lists the positions in the batch that are no events."""

    stored: int
    poisoned: tuple[int, ...] = ()


class Enrolment(Value, frozen=True):
    """A node asks to be let in with the one-time code staff gave it."""

    code: str
    url: str
    boot: str


class Enrolled(Value, frozen=True):
    """Who the node is from now on. Secrets are base64 of 32 random bytes and shown this once."""

    node: int
    portal: str
    token_of_node: str
    token_of_portal: str
    sealing_key: str
