"""Telling endpoints of facts, and setting endpoints up."""

from __future__ import annotations

import hashlib
import ipaddress
import json
import uuid
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from integrations.http import is_public
from integrations.webhooks import signing
from integrations.webhooks.models import Delivery, Endpoint, Reason, Status
from integrations.webhooks.queries import place_of
from integrations.webhooks.types import TEST, TYPES
from tenants.changes import bell
from tenants.customers.models import Customer, User
from tenants.refusals import Refusal, constraints
from tenants.sealing import seal
from tenants.versions import Seen, held

TASK = "webhooks.send"
KEPT = timedelta(days=30)
"""What has arrived is kept so long; a fact older than this is told no more, since nobody could tell whether it was."""
BOTH_SIGN = timedelta(hours=24)
"""How long the secret before still signs after a rotation."""
MOST = 20


class BadAddress(Refusal):
    """Nothing can or may be sent there."""

    code = "bad_address"
    field = "url"
    message = _("Skriv en adress på internet som börjar med https://, utan användarnamn och lösenord.")


class AddressTaken(Refusal):
    """The customer has another endpoint with the address."""

    code = "address_taken"
    field = "url"
    message = _("Den adressen finns redan.")


class NoTypes(Refusal):
    """An endpoint of nothing, or of something there is not."""

    code = "no_types"
    field = "types"
    message = _("Välj minst en sak som mottagaren ska få veta.")


class TooManyEndpoints(Refusal):
    """Every fact becomes a message to each endpoint."""

    code = "too_many_endpoints"
    message = _("Det går att ha 20 mottagare. Ta bort en först.")


class Paused(Refusal):
    """Nothing is sent to an endpoint that is disabled."""

    code = "endpoint_disabled"
    message = _("Mottagaren är pausad. Starta den först.")


# --- telling -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Fact:
    """Something that has happened. ``name`` names it for ever among the customer's facts of this type."""

    type: str
    name: str
    at: datetime
    data: Mapping[str, Any]


@transaction.atomic
def tell(*, customer_id: int, facts: Iterable[Fact]) -> int:
    """Write down a message for each endpoint that asked for a fact, and return how many were looked at.

    In the customer's scope, in the transaction of the fact. A fact told again is the same message, and told once.
    """
    young = [fact for fact in facts if fact.at > timezone.now() - KEPT]
    endpoints = list(Endpoint.objects.filter(enabled=True).order_by("pk")) if young else []
    pairs = [(endpoint, fact) for endpoint in endpoints for fact in young if fact.type in endpoint.types]
    if pairs:
        slug = Customer.objects.values_list("slug", flat=True).get(pk=customer_id)
        Delivery.objects.bulk_create(
            [_delivery(customer_id, endpoint.pk, fact, slug) for endpoint, fact in pairs], ignore_conflicts=True
        )
        bell.ring_on_commit(customer_id, bell.OUTSIDE, TASK)
    return len(pairs)


def message_id(customer_id: int, fact: Fact) -> str:
    """Return the ``webhook-id`` of a fact: the same whenever it is told."""
    name = f"{customer_id}\n{fact.type}\n{fact.name}"
    return f"msg_{hashlib.sha256(name.encode()).hexdigest()[:32]}"


def _delivery(customer_id: int, endpoint_id: int, fact: Fact, slug: str) -> Delivery:
    shown = {"type": fact.type, "timestamp": fact.at.isoformat(), "customer": slug, "data": dict(fact.data)}
    body = json.dumps(shown, ensure_ascii=False, separators=(",", ":")).replace("\0", "")
    message = message_id(customer_id, fact)
    return Delivery(customer_id=customer_id, endpoint_id=endpoint_id, message=message, type=fact.type, body=body)


# --- endpoints ---------------------------------------------------------------------------------------------------


def _refuse_address(url: str) -> None:
    """Refuse what can be seen to be no address on the internet. What a name leads to is seen at each sending."""
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname or "", parts.port
    except ValueError as error:
        raise BadAddress from error
    schemes = {"https", "http"} if settings.WEBHOOKS_PRIVATE else {"https"}
    if parts.scheme not in schemes or not host or parts.username is not None or parts.fragment:
        raise BadAddress
    if not url.isascii() or not url.isprintable() or " " in url or not _may_be_reached(host):
        raise BadAddress


def _may_be_reached(host: str) -> bool:
    if settings.WEBHOOKS_PRIVATE:
        return True
    try:
        return is_public(str(ipaddress.ip_address(host.partition("%")[0])))
    except ValueError:
        return "." in host and not host.rstrip(".").endswith((".localhost", ".local", ".internal"))


def _refuse_types(types: Collection[str]) -> None:
    if not types or set(types) - set(TYPES):
        raise NoTypes


@transaction.atomic
def make(*, customer_id: int, by: User | None, url: str, types: Collection[str]) -> tuple[Endpoint, str]:
    """Make an endpoint. Return it and its secret, which is never to be had again.

    :raises BadAddress: if nothing may be sent there.
    :raises AddressTaken: if there is one with the address.
    :raises NoTypes: if no type is chosen.
    :raises TooManyEndpoints: if there are ``MOST`` already.
    """
    _refuse_address(url)
    _refuse_types(types)
    if Endpoint.objects.count() >= MOST:
        raise TooManyEndpoints
    with constraints({"endpoint_url_once": AddressTaken}):
        row = Endpoint.objects.create(customer_id=customer_id, created_by=by, url=url, types=sorted(types))
    secret = signing.new_secret()
    row.secret = seal(secret.encode(), place_of(row.pk))
    row.save(update_fields=["secret"])
    return row, secret


@transaction.atomic
def change(*, endpoint: Endpoint, url: str, types: Collection[str]) -> None:
    """Give an endpoint another address and other types. What waits goes to the new address.

    :raises BadAddress: if nothing may be sent there.
    :raises AddressTaken: if another has the address.
    :raises NoTypes: if no type is chosen.
    """
    _refuse_address(url)
    _refuse_types(types)
    moved = {} if url == endpoint.url else {"failures": 0, "closed_until": timezone.now()}
    with constraints({"endpoint_url_once": AddressTaken}):
        Endpoint.objects.filter(pk=endpoint.pk).update(url=url, types=sorted(types), **moved)
    _ring(endpoint)


def enable(*, endpoint: Endpoint) -> None:
    """Send to an endpoint again, beginning with what waits."""
    Endpoint.objects.filter(pk=endpoint.pk).update(enabled=True, disabled_reason="")
    _open(endpoint)


def disable(*, endpoint: Endpoint, reason: Reason = Reason.BY_HAND) -> None:
    """Send nothing to an endpoint. What waits stays; what happens meanwhile it is never told."""
    Endpoint.objects.filter(pk=endpoint.pk, enabled=True).update(enabled=False, disabled_reason=reason)


@transaction.atomic
def rotate(*, endpoint: Endpoint) -> str:
    """Make a new secret and return it, this once. For ``BOTH_SIGN`` the one before signs too."""
    row = Endpoint.objects.select_for_update(of=("self",), no_key=True).get(pk=endpoint.pk)
    secret = signing.new_secret()
    row.old_secret, row.old_until = row.secret, timezone.now() + BOTH_SIGN
    row.secret = seal(secret.encode(), place_of(row.pk))
    row.save(update_fields=["secret", "old_secret", "old_until"])
    return secret


def remove(*, endpoint: Endpoint, version: Seen) -> None:
    """Forget an endpoint and what was sent to it. ``version`` is its stamp.

    :raises Conflict: if somebody else has changed it since ``version``, or was first to remove it.
    """
    held(Endpoint, endpoint.pk, version).delete()


# --- sending by hand ---------------------------------------------------------------------------------------------


@transaction.atomic
def send_test(*, endpoint: Endpoint) -> Delivery:
    """Send a message that says nothing, whichever types are chosen.

    :raises Paused: if the endpoint is disabled.
    """
    _refuse_paused(endpoint)
    slug = Customer.objects.values_list("slug", flat=True).get(pk=endpoint.customer_id)
    fact = Fact(TEST, uuid.uuid4().hex, timezone.now(), {"text": "Hej från växeln!"})
    row = _delivery(endpoint.customer_id, endpoint.pk, fact, slug)
    row.save()
    _open(endpoint)
    return row


@transaction.atomic
def send_again(*, delivery: Delivery) -> None:
    """Send a message once more, with the ``webhook-id`` it had, whatever became of it.

    :raises Paused: if the endpoint is disabled.
    """
    _refuse_paused(delivery.endpoint)
    _wake(delivery.endpoint, pk=delivery.pk)


@transaction.atomic
def send_dead_again(*, endpoint: Endpoint, since: datetime) -> int:
    """Send all that did not arrive and was made since a moment once more, and return how many that are.

    :raises Paused: if the endpoint is disabled.
    """
    _refuse_paused(endpoint)
    return _wake(endpoint, status=Status.DEAD, created_at__gte=since)


def _wake(endpoint: Endpoint, **which: object) -> int:
    rows = Delivery.objects.filter(endpoint=endpoint, **which)
    count: int = rows.update(status=Status.WAITING, tries=0, next_try_at=timezone.now())
    _open(endpoint)
    return count


def _refuse_paused(endpoint: Endpoint) -> None:
    if not Endpoint.objects.filter(pk=endpoint.pk, enabled=True).exists():
        raise Paused


def _open(endpoint: Endpoint) -> None:
    """Ask an endpoint at once, however it has gone before: somebody has asked for it."""
    Endpoint.objects.filter(pk=endpoint.pk).update(failures=0, closed_until=timezone.now())
    _ring(endpoint)


def _ring(endpoint: Endpoint) -> None:
    bell.ring_on_commit(endpoint.customer_id, bell.OUTSIDE, TASK)
