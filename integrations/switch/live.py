"""Bringing wishes for live state to the node, its word home, and making both sides agree again after a loss.

Level-triggered like the pusher: the record is a wish that is there, or two heights that differ. No transaction is open
while a node is spoken with.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping

import msgspec
import structlog
from django.db.models import Q
from django.utils import timezone

from integrations.errors import OutsideError, Unreachable
from integrations.switch import outward, traces
from integrations.switch.client import Client
from integrations.switch.knocking import ROUND_KNOCK, knock
from tenants import failpoints
from tenants.changes import bell
from tenants.changes.models import Lane
from tenants.customers import scope
from tenants.live import actions, queries
from tenants.live.actions import Turn
from tenants.mailboxes import actions as mailboxes
from tenants.nodes import actions as nodes
from tenants.nodes.models import Node, Placement
from tenants.nodes.moves.actions import is_left
from tenants.nodes.queries import portal_token
from tenants.routing import wire
from tenants.routing.live import GONE, MOST_UNREAD, Register, Unread
from tenants.sealing import Unopenable

log = structlog.get_logger(__name__)


# --- wishes ------------------------------------------------------------------------------------------------------


def send_next() -> bool:
    """Send the wish whose turn it is, and tell whether there was one."""
    turn = actions.take_turn()
    if turn is None:
        return False
    traces.begin(turn.trace)
    try:
        answer = _asked(turn)
    except (OutsideError, Unopenable) as error:
        _note_failed(turn.node, error)
        actions.failed(turn=turn)
        log.warning("switch.live.failed", customer=turn.customer_id, node=turn.node.name, why=str(error))
        return True
    failpoints.reached("live.answered")
    with scope.wide("portal_relay"):
        nodes.note_answered(node_id=turn.node.pk)
    _take(turn, answer)
    return True


def _asked(turn: Turn) -> Register | wire.Refusal:
    client = Client(turn.node.url, portal_token(turn.node))
    knock(turn.node, client)
    answer = client.command(turn.customer_id, turn.command)
    order = turn.command.order
    if isinstance(answer, Register) and (answer.kind, answer.subject) != (order.kind, order.subject):
        raise Unreachable(f"an answer about another register: {answer.kind} {answer.subject}"[:200])
    return answer


def _take(turn: Turn, answer: Register | wire.Refusal) -> None:
    order = turn.command.order
    if isinstance(answer, wire.Refusal):
        log.warning("switch.live.refused", customer=turn.customer_id, kind=order.kind, code=answer.code)
        actions.refused(turn=turn, code=answer.code)
        return
    with scope.customer(turn.customer_id):
        _tell(turn.customer_id, actions.carried_out(turn=turn, register=answer))
    log.info("switch.live.set", customer=turn.customer_id, kind=order.kind, version=answer.version)


def _note_failed(node: Node, error: OutsideError | Unopenable) -> None:
    with scope.wide("portal_relay"):
        nodes.note_failed(node_id=node.pk, reason=str(error), wait=getattr(error, "retry_after", None))


# --- events ------------------------------------------------------------------------------------------------------


def registers_told(told: Mapping[int, wire.Event]) -> Iterable[int]:
    """Fold the registers that a customer's events tell of. In its scope; all of them have had their effect then.

    :raises msgspec.ValidationError: if one is no register.
    """
    registers = [msgspec.json.decode(str(event.data.get("register")), type=Register) for event in told.values()]
    customer = next((event.customer for event in told.values()), 0)
    _fold(customer, registers)
    return list(told)


def _fold(customer_id: int, registers: Iterable[Register]) -> None:
    """Fold registers, and note which messages have been heard somewhere else. In the customer's scope.

    Of a full list the oldest fall out unheard, and what was in a mailbox that is gone nobody has heard.
    """
    folded = actions.fold(customer_id=customer_id, registers=registers)
    _tell(customer_id, folded)
    for old, new in folded:
        left = _names(new)
        if new.kind == "unread" and new.command != GONE and len(left) < MOST_UNREAD:
            mailboxes.heard_elsewhere(messages=_names(old) - left)


def _tell(customer_id: int, folded: list[tuple[Register | None, Register]]) -> None:
    """Tell the customer's own systems, and any other node that has the customer, of what has changed."""
    outward.registers(customer_id, folded)
    if folded and Placement.objects.exclude(role=Placement.Role.ACTIVE).exists():
        bell.ring_on_commit(customer_id, Lane.INTERACTIVE, bell.LIVE_SYNC)


def _names(register: Register | None) -> set[uuid.UUID]:
    value = register.value if register else None
    return {uuid.UUID(name) for name in value.messages} if isinstance(value, Unread) else set()


# --- agreeing ----------------------------------------------------------------------------------------------------


def sync(node: Node, hold: Callable[[], None] = lambda: None) -> int:
    """Compare a node's live state with ours, mend what differs, and return for how many customers it did.

    A node that has started anew since is told everything: it may have lost all and counted on to the same height. So
    is each of two nodes that both take orders, one of which is being left. ``hold`` is called before each customer that
    something has to be said of.
    """
    with scope.wide("portal_relay"):
        node, ours, shared = Node.objects.get(pk=node.pk), queries.heights(node.pk), queries.shared(node.pk)
    try:
        client = Client(node.url, portal_token(node))
        boot = client.health(within=ROUND_KNOCK).boot
        theirs = {height.customer: height.version for height in client.heights().heights}
        anew = boot[:64] != node.live_boot
        mended = [
            _agree(client, one, mine, theirs.get(one, 0), anew=anew or one in shared, hold=hold)
            for one, mine in ours.items()
        ]
    except (OutsideError, Unopenable) as error:
        _note_failed(node, error)
        return 0
    with scope.wide("portal_relay"):
        actions.note_compared(node_id=node.pk, boot=boot)
    return sum(mended)


def agree(customer_id: int) -> set[int]:
    """Tell every node that has a customer what the portal knows, and take what each has; return those that answered.

    A node that is being left comes first and the one that serves next, so that their news are told to who comes after.
    Somebody else's news are told to those before by the next bell.
    """
    return {node.pk for node in _holders(customer_id) if _told(node, customer_id)}


_IN_TURN = (Placement.Role.LEAVING, Placement.Role.ACTIVE, Placement.Role.STANDBY)


def _holders(customer_id: int) -> list[Node]:
    """Return the nodes that have a customer, but for those that are left alone and those it has left."""
    answering = Q(node__closed_until__isnull=True) | Q(node__closed_until__lte=timezone.now())
    with scope.customer(customer_id):
        rows = Placement.objects.filter(answering, node__enrolled_at__isnull=False, node__forgotten_at=None)
        placed = {row.role: row.node for row in rows.select_related("node") if not is_left(row)}
    return [placed[role] for role in _IN_TURN if role in placed]


def _told(node: Node, customer_id: int) -> bool:
    try:
        _seed(Client(node.url, portal_token(node)), customer_id)
    except (OutsideError, Unopenable) as error:
        _note_failed(node, error)
        return False
    return True


def _agree(client: Client, customer_id: int, mine: int, theirs: int, *, anew: bool, hold: Callable[[], None]) -> bool:
    if theirs < mine or (anew and mine):
        hold()
        _seed(client, customer_id)
    elif theirs > mine:
        hold()
        _keep(customer_id, client.registers(customer_id, mine))
    return theirs != mine


def _seed(client: Client, customer_id: int) -> None:
    with scope.customer(customer_id):
        actions.rest(customer_id=customer_id)
        known = wire.Registers(registers=tuple(queries.registers()))
    _keep(customer_id, client.seed(customer_id, known))
    log.info("switch.live.seeded", customer=customer_id, registers=len(known.registers))


def _keep(customer_id: int, told: wire.Registers) -> None:
    with scope.customer(customer_id):
        _fold(customer_id, told.registers)
