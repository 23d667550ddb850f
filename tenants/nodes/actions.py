"""Letting nodes in, and writing down what they have said."""

from __future__ import annotations

import base64
import random
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tenants.nodes.models import Node, Placement, Receipt, Rejection
from tenants.nodes.queries import BREAKER_AT, hashed, is_known, place
from tenants.refusals import Refusal
from tenants.routing import wire
from tenants.sealing import seal

CODE_HOURS = 24
LONGEST_BACK_OFF = 60.0
FIRST_BACK_OFF = 0.5
SEEN_EVERY = timedelta(seconds=5)
ANSWERED_EVERY = timedelta(seconds=0.5)


class BadCode(Refusal):
    """No node waits for this code, or no longer."""

    code = "bad_code"
    message = _("Koden gäller inte. Skapa en ny och försök igen.")


@dataclass(frozen=True)
class Identity:
    """What a node is told at enrolment, once. Secrets are base64 of 32 random bytes."""

    node: Node
    token_of_node: str
    token_of_portal: str
    sealing_key: str


@transaction.atomic
def issue_code(*, name: str) -> str:
    """Return a one-time code with which a node may enrol under a name, new or known.

    A known node keeps working by its old tokens until the code is used. Only the code's hash is kept.
    """
    code = base64.b32encode(secrets.token_bytes(20)).decode().lower()
    node, _made = Node.objects.get_or_create(name=name)
    node.code_hash, node.code_until = hashed(code), timezone.now() + timedelta(hours=CODE_HOURS)
    node.save(update_fields=["code_hash", "code_until"])
    return code


@transaction.atomic
def enrol(*, code: str, url: str, boot: str) -> Identity:
    """Let in the node that holds a code, once, and give it new secrets.

    :raises BadCode: if the code is wrong, used or too old.
    """
    waiting = Node.objects.select_for_update().filter(code_hash=hashed(code), code_until__gt=timezone.now())
    node = waiting.first()
    if node is None:
        raise BadCode
    of_node, of_portal, key = (base64.b64encode(secrets.token_bytes(32)).decode() for _ in range(3))
    node.url, node.boot, node.code_hash, node.code_until = url, boot[:64], "", None
    node.token_hash = hashed(of_node)
    node.portal_token = seal(of_portal.encode(), place(node, "portal_token"))
    node.sealing_key = seal(key.encode(), place(node, "sealing_key"))
    node.enrolled_at = node.last_seen_at = timezone.now()
    node.failures, node.closed_until, node.last_error = 0, None, ""
    node.answered_at = node.asked_until = None
    node.save()
    return Identity(node, of_node, of_portal, key)


def note_seen(*, node_id: int) -> None:
    """Note that a node has spoken; at most once every few seconds, so that busy nodes' rows stay free."""
    now = timezone.now()
    stale = Q(last_seen_at__isnull=True) | Q(last_seen_at__lt=now - SEEN_EVERY)
    Node.objects.filter(stale, pk=node_id).update(last_seen_at=now)


def note_answered(*, node_id: int) -> None:
    """Note that a node answered as it should. If it had not for a while, whoever waits for it is served now.

    Their rows are locked before the node's, as by whoever takes a turn.
    """
    was_failing = Node.objects.filter(Q(failures__gt=0) | ~Q(last_error=""), pk=node_id)
    if was_failing.exists():
        waiting = Placement.objects.filter(node_id=node_id, error="unreachable", attempts__gt=0)
        waiting.update(next_try_at=timezone.now())
        was_failing.update(failures=0, closed_until=None, last_error="")
    note_heard(node_id=node_id)


def is_news(*, node: Node) -> bool:
    """Tell whether it is worth a transaction to note that a node has answered, by what was read of it just now."""
    fresh = node.answered_at is not None and node.answered_at > timezone.now() - ANSWERED_EVERY
    return bool(node.failures or node.last_error or node.asked_until) or not fresh


def note_heard(*, node_id: int) -> None:
    """Note that a node said something sensible, so that others may ask it too; but for one that has failed.

    That has first to do what it failed to do. At most a few times a second, so that busy nodes' rows stay free.
    """
    now = timezone.now()
    news = Q(asked_until__isnull=False) | Q(answered_at__isnull=True) | Q(answered_at__lt=now - ANSWERED_EVERY)
    Node.objects.filter(news, pk=node_id, failures=0).update(answered_at=now, last_seen_at=now, asked_until=None)


def note_health(*, node_id: int, boot: str, switch: str, spooled: int) -> None:
    """Note which start of which switch answers, and how much it has yet to tell."""
    spooled = max(0, min(spooled, 2**62))
    changed = ~Q(boot=boot[:64]) | ~Q(switch=switch[:80]) | ~Q(spooled=spooled) | Q(spooled=None)
    Node.objects.filter(changed, pk=node_id).update(boot=boot[:64], switch=switch[:80], spooled=spooled)


@transaction.atomic
def note_failed(*, node_id: int, reason: str, wait: float | None = None) -> None:
    """Note that a node did not answer; from the third time on it is left alone for a while."""
    node = Node.objects.select_for_update(no_key=True).get(pk=node_id)
    node.failures, node.last_error, node.asked_until = node.failures + 1, reason, None
    if node.failures >= BREAKER_AT:
        node.closed_until = timezone.now() + timedelta(seconds=wait or back_off(node.failures - BREAKER_AT))
    node.save(update_fields=["failures", "last_error", "closed_until", "asked_until"])


def claim(*, node: Node, seconds: float) -> bool:
    """Tell whether a node may be asked something now; if it is in doubt, nobody else may for so long.

    That ends as soon as it answers or fails, and by ``release``. ``node.asked_until`` is when it ends at the latest;
    None if the node is known to answer.
    """
    now = timezone.now()
    node.asked_until = None if is_known(node) else now + timedelta(seconds=seconds)
    if node.asked_until is None:
        return True
    free = Node.objects.filter(~Q(asked_until__gt=now), ~Q(closed_until__gt=now), pk=node.pk)
    return free.update(asked_until=node.asked_until) == 1


def release(*, node: Node) -> None:
    """Give back what ``claim`` took, if it is still ours."""
    if node.asked_until is not None:
        Node.objects.filter(pk=node.pk, asked_until=node.asked_until).update(asked_until=None)


def back_off(attempts: int) -> float:
    """Return how many seconds to wait after so many failures: full jitter under a doubling cap of a minute."""
    return random.uniform(0.1, min(LONGEST_BACK_OFF, FIRST_BACK_OFF * 2 ** min(attempts, 10)))  # noqa: S311


def at(seconds: float) -> datetime:
    """Return a node's moment, seconds since 1970, as ours."""
    return datetime.fromtimestamp(seconds, tz=UTC)


@transaction.atomic
def confirm(*, node_id: int, receipt: wire.Receipt) -> bool:
    """Store a node's receipt, and that the customer's placement has come so far. In the customer's scope.

    Return whether it counts: one of a node that has lost the customer, or of an epoch before what the placement knows,
    is no word of what calls follow and leaves nothing. Else a receipt is a fact, however late; a placement only ever
    goes forward.
    """
    if not Placement.objects.filter(node_id=node_id, epoch__lte=receipt.epoch).exists():
        return False
    moment = at(receipt.effective_at)
    Receipt.objects.bulk_create(
        [
            Receipt(
                customer_id=receipt.customer, node_id=node_id, epoch=receipt.epoch, generation=receipt.generation,
                root=receipt.root, effective_at=moment, milliseconds=receipt.milliseconds,
            )
        ],
        ignore_conflicts=True,
    )  # fmt: skip
    not_ahead = Q(epoch__lt=receipt.epoch) | Q(epoch=receipt.epoch, generation__lte=receipt.generation)
    Placement.objects.filter(not_ahead, customer_id=receipt.customer, node_id=node_id).update(
        epoch=receipt.epoch, generation=receipt.generation, root=receipt.root, effective_at=moment,
        attempts=0, error="", next_try_at=timezone.now(),
    )  # fmt: skip
    Placement.objects.filter(
        customer_id=receipt.customer, node_id=node_id, quarantined__lt=receipt.generation
    ).update(refusal=None)  # fmt: skip
    return True


def refuse(*, placement: Placement, generation: int, refusal: wire.Refusal) -> bool:
    """Put a generation in quarantine: the node will never take it, and the last good one stays.

    Return whether that is news; an older one than is in quarantine already changes nothing. The word itself is kept:
    history tells of it also once a later generation has gone through. In the customer's scope.
    """
    said = {"code": refusal.code, "key": refusal.key, "detail": refusal.detail, "generation": generation}
    found = Placement.objects.filter(pk=placement.pk, quarantined__lt=generation).update(
        quarantined=generation, refusal=said, attempts=0, error="refused", next_try_at=timezone.now()
    )
    word = Rejection(customer_id=placement.customer_id, node_id=placement.node_id, generation=generation, refusal=said)
    Rejection.objects.bulk_create([word], ignore_conflicts=True)
    return found == 1


def failed(*, placement: Placement, code: str, wait: float | None = None) -> None:
    """Note that a push did not get through; the placement itself is the retry, after its back-off."""
    wait = back_off(placement.attempts) if wait is None else wait
    Placement.objects.filter(pk=placement.pk).update(
        attempts=F("attempts") + 1, error=code, next_try_at=timezone.now() + timedelta(seconds=wait)
    )


def doubt(*, placement: Placement) -> bool:
    """Forget what a node is believed to have, so that it is sent everything. Return whether nobody was faster."""
    seen = {"epoch": placement.epoch, "generation": placement.generation, "root": placement.root}
    found = Placement.objects.filter(pk=placement.pk, **seen).update(
        generation=0, root="", next_try_at=timezone.now(), error="drift", drifted_at=timezone.now()
    )
    return found == 1
