"""The door nodes come in by. Everything is spoken in ``tenants.routing.wire``'s types; refusals too.

A node is known by its bearer token and may touch only customers placed on it; any other is 404 to it, whether it
exists or not. Rows of one customer are touched in that customer's scope only.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from functools import wraps
from typing import TypeVar
from urllib.parse import urlsplit

import msgspec
import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from integrations.switch import contents, events, outward, traces
from tenants import failpoints
from tenants.changes.models import Publication
from tenants.customers import scope
from tenants.mailboxes import actions as mailboxes
from tenants.nodes import actions as nodes
from tenants.nodes import queries
from tenants.nodes.models import Node
from tenants.refusals import Refusal
from tenants.routing import wire
from tenants.sounds.models import Sound

log = structlog.get_logger(__name__)
LARGEST_BODY = 4_000_000
LARGEST_MESSAGE = 24_000_000
"""Ten minutes at 16 kHz are 19.2 million bytes."""
MOST_EVENTS = 1000
_SHA256 = re.compile(r"[0-9a-f]{64}\Z")
T = TypeVar("T")


class Refused(Exception):
    """The request is answered with a refusal and a status."""

    def __init__(self, status: int, code: str, detail: str = "") -> None:
        """Take what is answered."""
        super().__init__(code)
        self.status, self.refusal = status, wire.Refusal(code=code, detail=detail[:300])


def answer(value: object, status: int = 200) -> HttpResponse:
    """Return a value of the wire as a response."""
    return HttpResponse(msgspec.json.encode(value), status=status, content_type="application/json")


def door(method: str) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """Make a view the node's: one method, no cookie, no CSRF token, refusals as JSON."""

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @csrf_exempt
        @wraps(view)
        def guarded(request: HttpRequest, **kwargs: object) -> HttpResponse:
            if request.method != method:
                return answer(wire.Refusal(code="wrong_method"), 405)
            try:
                return view(request, **kwargs)
            except Refused as error:
                return answer(error.refusal, error.status)

        guarded.door = "node"  # type: ignore[attr-defined]
        return guarded

    return decorate


def node_only(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Let only an enrolled node in, and to a customer only the node that serves it.

    One that was forgotten is told to come again: it keeps what it has to tell until a comparison has let it back in.
    """

    @wraps(view)
    def guarded(request: HttpRequest, **kwargs: object) -> HttpResponse:
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        with scope.wide("portal_node"):
            node = queries.node_of_token(token) if kind == "Bearer" and token else None
            if node is None or node.forgotten_at is not None:
                raise Refused(401, "forgotten" if node else "not_authorised")
            if "customer_id" in kwargs and kwargs["customer_id"] not in queries.customers_on(node.pk):
                log.warning("switch.api.foreign_customer", node=node.name, customer=kwargs["customer_id"])
                raise Refused(404, "not_found")
            nodes.note_seen(node_id=node.pk)
        return view(request, node, **kwargs)

    return guarded


def body_of(request: HttpRequest, most: int = LARGEST_BODY) -> bytes:
    """Return a request's body, if it is whole and no larger than ``most`` bytes."""
    try:
        body = request.read(most + 1)
    except OSError as error:
        raise Refused(400, "cut_off") from error
    if len(body) > most:
        raise Refused(413, "too_large", f"more than {most} bytes")
    declared = request.headers.get("Content-Length", "")
    if _is_whole(declared) and len(body) < int(declared):
        raise Refused(400, "cut_off")
    return body


def read(request: HttpRequest, type_: type[T]) -> T:
    """Return a request's body as a value of the wire."""
    try:
        return msgspec.json.decode(body_of(request), type=type_)
    except (ValueError, RecursionError) as error:
        raise Refused(422, "bad_body", str(error)) from error


@csrf_exempt
def nowhere(request: HttpRequest) -> HttpResponse:
    """Answer whatever lies under no address here."""
    return answer(wire.Refusal(code="not_found"), 404)


nowhere.door = "node"  # type: ignore[attr-defined]


@door("POST")
def enrol(request: HttpRequest) -> HttpResponse:
    """Trade a one-time code for an identity."""
    asked = read(request, wire.Enrolment)
    if "\0" in asked.boot:
        raise Refused(422, "bad_boot", "the name of a start is plain text")
    if not is_address(asked.url):
        raise Refused(422, "bad_url", "the address must be http or https with a host, and nothing after the port")
    try:
        with scope.wide("portal_node"):
            made = nodes.enrol(code=asked.code, url=asked.url, boot=asked.boot)
    except Refusal as refusal:
        raise Refused(403, refusal.code, "the code is wrong, used or too old") from refusal
    log.info("switch.node.enrolled", node=made.node.name, url=asked.url)
    return answer(
        wire.Enrolled(
            node=made.node.pk, portal=settings.PORTAL_INSTANCE, token_of_node=made.token_of_node,
            token_of_portal=made.token_of_portal, sealing_key=made.sealing_key,
        )
    )  # fmt: skip


def is_address(url: str) -> bool:
    """Tell whether a text is an address a node may have: scheme, host and port, nothing that could hide another."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    return (
        len(url) <= 200 and url.isascii() and url.isprintable() and port != 0
        and parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.username is None
        and parts.path in {"", "/"} and not parts.query and not parts.fragment
    )  # fmt: skip


@door("GET")
@node_only
def config(request: HttpRequest, node: Node, customer_id: int) -> HttpResponse:
    """Return what changed for a customer after a generation."""
    since = request.GET.get("since", "")
    if not _is_whole(since):
        raise Refused(422, "bad_since", "since must be a generation")
    with contents.one_moment(customer_id):
        publication = Publication.objects.get()
        if int(since) > publication.generation:
            return answer(_gap(publication), 409)
        push = contents.since(publication, int(since), queries.sealing_key(node))
        return traces.named(push, answer, after=int(since))


def _is_whole(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 18


def _gap(publication: Publication) -> wire.Conflict:
    return wire.Conflict(
        code="gap", customer=publication.customer_id, epoch=publication.epoch,
        generation=publication.generation, root=publication.root,
    )  # fmt: skip


@door("GET")
@node_only
def snapshot(request: HttpRequest, node: Node, customer_id: int) -> HttpResponse:
    """Return everything of a customer."""
    with contents.one_moment(customer_id):
        return traces.named(contents.since(Publication.objects.get(), None, queries.sealing_key(node)), answer, after=0)


@door("GET")
@node_only
def roots(request: HttpRequest, node: Node) -> HttpResponse:
    """Return what every customer on the node should have. One that has published nothing is left out."""
    with scope.wide("portal_node"):
        served = Publication.objects.filter(customer__in=queries.customers_on(node.pk), generation__gt=0)
        rows = served.order_by("customer").values_list("customer", "epoch", "generation", "root")
        found = tuple(wire.Root(customer=c, epoch=e, generation=g, root=r) for c, e, g, r in rows)
    return answer(wire.Roots(roots=found))


@door("GET")
@node_only
def blob(request: HttpRequest, node: Node, sha256: str) -> HttpResponse:
    """Return a sound file that some customer on the node has."""
    if not _SHA256.match(sha256):
        raise Refused(404, "not_found")
    with scope.wide("portal_node"):
        held = Sound.objects.filter(sha256=sha256, customer__in=queries.customers_on(node.pk))
        wav = held.values_list("wav", flat=True).first()
    if wav is None:
        raise Refused(404, "not_found")
    return HttpResponse(bytes(wav), content_type="audio/wav")


@door("POST")
@node_only
def receipts(request: HttpRequest, node: Node) -> HttpResponse:
    """Store receipts. One for a customer or a generation that is not the node's is refused; the others are kept."""
    told = read(request, list[wire.Receipt])
    with scope.wide("portal_node"):
        served = queries.customers_on(node.pk)
    refused = [receipt.customer for receipt in told if not _confirmed(node, receipt, served)]
    if refused:
        log.warning("switch.receipts.refused", node=node.name, customers=refused)
        raise Refused(404, "not_found", f"no such customer or generation: {refused}")
    return HttpResponse(status=202)


def _confirmed(node: Node, receipt: wire.Receipt, served: set[int]) -> bool:
    """Store a receipt if it can be true, and tell whether it could."""
    if receipt.customer not in served or not _is_possible(receipt):
        return False
    with scope.customer(receipt.customer):
        true = contents.is_known(receipt) and nodes.confirm(node_id=node.pk, receipt=receipt)
        if true:
            outward.effective(node.pk, receipt)
    return true


def _is_possible(receipt: wire.Receipt) -> bool:
    """Tell whether a receipt's words are of the size that epochs, generations, roots and times have."""
    counts = 0 <= receipt.epoch < 2**31 and 0 < receipt.generation < 2**63
    return counts and 0 < receipt.effective_at < 1e11 and bool(_SHA256.match(receipt.root))


@door("POST")
@node_only
def batch(request: HttpRequest, node: Node) -> HttpResponse:
    """Store a batch of events, as they came. Their effect comes later."""
    told = read(request, wire.Batch)
    if len(told.events) > MOST_EVENTS:
        raise Refused(413, "too_large", f"more than {MOST_EVENTS} events")
    stored = events.store(node, told)
    failpoints.reached("events.stored")
    return answer(stored, 202)


@door("PUT")
@node_only
def message(request: HttpRequest, node: Node, customer_id: int, mailbox: int, message: uuid.UUID) -> HttpResponse:
    """Store a message left in a mailbox. The same id again is the same message."""
    moment = request.headers.get("X-Recorded-At", "")
    if not _is_whole(moment) or not 0 < int(moment) < 100_000_000_000:
        raise Refused(422, "bad_moment", "X-Recorded-At must be seconds since 1970")
    caller = "".join(filter(str.isprintable, request.headers.get("X-Caller", "")))[:32]
    wav = body_of(request, LARGEST_MESSAGE)
    try:
        with scope.customer(customer_id):
            mailboxes.receive(
                customer_id=customer_id, mailbox_id=mailbox, uuid=message, caller=caller,
                left_at=nodes.at(int(moment)), wav=wav,
            )  # fmt: skip
    except Refusal as refusal:
        raise Refused(422, refusal.code, str(refusal)) from refusal
    failpoints.reached("message.stored")
    return HttpResponse(status=204)
