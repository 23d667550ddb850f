"""Reading nodes and how far their customers have come."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from django.db.models import Count, Exists, F, Max, Q, QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tenants.customers.models import Customer
from tenants.nodes.models import Node, Placement
from tenants.sealing import unseal

QUIET_AFTER = timedelta(minutes=3)
SILENT_AFTER = timedelta(minutes=10)
"""A node may be forgotten when nothing has been heard of it for so long. It is asked once a minute."""

BREAKER_AT = 3
"""After so many failures in a row, a node is asked only once per back-off."""
KNOWN_FOR = timedelta(seconds=1)
"""A node that answered so lately, and has not failed since, is known to answer. Any other is in doubt."""
MOST_IN_DOUBT = 6
"""So many nodes in doubt are asked at once, fewer than the worker of saves has threads: the rest is for known ones."""

WORDS: dict[str, str | Promise] = {
    "unreachable": _("Växeln svarar inte. Vi försöker igen."),
    "rejected": _("Växeln svarade på ett sätt vi inte förstår. Vi försöker igen."),
    "not_authorised": _("Växeln släpper inte in portalen. Vår personal behöver se över det."),
    "unsupported": _("Växeln kan inte ta emot det här. Vår personal behöver se över det."),
    "refused": _("Växeln tog inte emot ändringen. Det som gällde innan gäller fortfarande."),
    "drift": _("Växeln hade något annat än det som gäller. Allt skickas igen."),
    "failed": _("Något gick fel hos oss. Vi försöker igen."),
    "leaving": _("Noden har mer att berätta innan kunden tas bort från den."),
}
"""What a placement's ``error`` means to people."""


def in_words(code: str) -> str:
    """Return what a placement's error code means, in the reader's language; nothing for none."""
    return str(WORDS.get(code, code))


def hashed(secret: str) -> str:
    """Return what is stored of a token or code: enough to recognise it. They are random, so no salt is needed."""
    return hashlib.sha256(secret.encode()).hexdigest()


def place(node: Node, column: str) -> str:
    """Return the place a node's sealed column is bound to."""
    return f"node/{node.pk}/{column}"


def node_of_token(token: str) -> Node | None:
    """Return the enrolled node with this token, or None."""
    sought = hashed(token)
    node = Node.objects.filter(token_hash=sought).exclude(token_hash="").first()
    return node if node and hmac.compare_digest(node.token_hash, sought) else None


def portal_token(node: Node) -> str:
    """Return the token by which a node knows us."""
    return unseal(node.portal_token, place(node, "portal_token")).decode()


def sealing_key(node: Node) -> str:
    """Return the key, base64, under which secrets are sealed for a node."""
    return unseal(node.sealing_key, place(node, "sealing_key")).decode()


def customers_on(node_id: int) -> set[int]:
    """Return the ids of the customers a node serves or stands by for. Across customers."""
    return set(Placement.objects.filter(node_id=node_id).values_list("customer_id", flat=True))


def is_known(node: Node) -> bool:
    """Tell whether a node is known to answer."""
    answered = node.answered_at
    return node.failures == 0 and answered is not None and answered > timezone.now() - KNOWN_FOR


def known(moment: datetime) -> Q:
    """Return which placements' nodes are known to answer."""
    return Q(node__failures=0, node__answered_at__gt=moment - KNOWN_FOR)


def askable(moment: datetime) -> Q:
    """Return which placements' nodes may be asked something: known ones, and those in doubt that nobody asks yet.

    So however many nodes fall silent together, each of them holds one worker, and all of them not every worker.
    """
    asked = Node.objects.filter(asked_until__gt=moment).order_by()
    room = Q(~Exists(asked[MOST_IN_DOUBT - 1 : MOST_IN_DOUBT]))
    return known(moment) | (room & ~Q(node__asked_until__gt=moment))


State = Literal["new", "ok", "quiet", "failing", "forgotten"]


@dataclass(frozen=True)
class NodeState:
    """A node as staff see it."""

    node: Node
    state: State
    customers: int
    failing: int
    quarantined: int
    effective_at: datetime | None


def states() -> list[NodeState]:
    """Return every node with how it and its customers stand, by name. Across customers."""
    return [_state(node) for node in _counted()]


def _counted() -> QuerySet[Node]:
    return Node.objects.annotate(
        customers=Count("placements"),
        failing=Count("placements", filter=~Q(placements__error="")),
        held_back=Count("placements", filter=Q(placements__refusal__isnull=False)),
        effective_at=Max("placements__effective_at"),
    ).order_by("name")


def _state(node: Node) -> NodeState:
    counted = {name: getattr(node, name) for name in ("customers", "failing", "effective_at")}
    return NodeState(node=node, state=_word(node), quarantined=getattr(node, "held_back"), **counted)  # noqa: B009


def _word(node: Node) -> State:
    if node.forgotten_at is not None:
        return "forgotten"
    if node.enrolled_at is None:
        return "new"
    if node.failures >= BREAKER_AT or (node.failures and node.closed_until):
        return "failing"
    seen = node.last_seen_at
    return "ok" if seen and timezone.now() - seen < QUIET_AFTER else "quiet"


def is_silent(node: Node) -> bool:
    """Tell whether nothing has been heard of a node for so long that it may be given up; a code it never used too."""
    seen = node.last_seen_at or node.enrolled_at or node.code_until
    return seen is not None and timezone.now() - seen > SILENT_AFTER


@dataclass(frozen=True)
class Trouble:
    """A placement that something is wrong with, in words."""

    placement: Placement
    words: str


def trouble(limit: int = 50) -> list[Trouble]:
    """Return the placements that something is wrong with, those longest without a receipt first. Across customers."""
    wrong = Placement.objects.filter(~Q(error="")).select_related("customer", "node")
    rows = wrong.order_by(F("effective_at").asc(nulls_first=True), "pk")[:limit]
    return [Trouble(row, in_words(row.error)) for row in rows]


@dataclass(frozen=True)
class Move:
    """A customer on its way between two nodes: ``to`` has not taken over, or ``away`` is still kept in step."""

    customer: Customer
    active: Node | None
    to: Placement | None
    away: Placement | None

    @property
    def under_way(self) -> bool:
        """Tell whether anything remains to be done."""
        return bool(self.to or self.away)

    @property
    def to_words(self) -> str:
        """Return what keeps the new node from taking over, in words; nothing if nothing does."""
        return in_words(self.to.error) if self.to else ""


def moving() -> list[Move]:
    """Return every customer with a move that is not over, by name. Across customers."""
    rows = Placement.objects.filter(Q(takes_over=True) | Q(role=Placement.Role.LEAVING)).values("customer")
    found: dict[int, dict[str, Placement]] = {}
    for row in (
        Placement.objects.filter(customer__in=rows).select_related("customer", "node").order_by("customer__name")
    ):
        found.setdefault(row.customer_id, {})[row.role] = row
    return [_move(next(iter(by_role.values())).customer, by_role) for by_role in found.values()]


def move_of(customer: Customer) -> Move:
    """Return where one customer is, and its move if there is one. Across customers."""
    rows = Placement.objects.filter(customer=customer).select_related("node")
    return _move(customer, {row.role: row for row in rows})


def _move(customer: Customer, by_role: dict[str, Placement]) -> Move:
    active, to = by_role.get(Placement.Role.ACTIVE), by_role.get(Placement.Role.STANDBY)
    coming = to if to and to.takes_over else None
    return Move(customer, active.node if active else None, coming, by_role.get(Placement.Role.LEAVING))
