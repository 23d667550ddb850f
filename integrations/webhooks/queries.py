"""Reading endpoints and deliveries, and what a sender needs of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet
from django.utils import timezone

from integrations.webhooks.models import Delivery, Endpoint, Status
from integrations.webhooks.types import TYPES
from tenants.sealing import unseal


def place_of(endpoint_id: int) -> str:
    """Return what an endpoint's secrets are sealed for."""
    return f"webhook/{endpoint_id}/secret"


def secrets_of(endpoint: Endpoint) -> list[str]:
    """Return the secrets that sign now, the newest first.

    :raises Unopenable: if one can't be opened.
    """
    sealed = [endpoint.secret]
    if endpoint.old_secret and endpoint.old_until is not None and endpoint.old_until > timezone.now():
        sealed.append(endpoint.old_secret)
    return [unseal(value, place_of(endpoint.pk)).decode() for value in sealed]


def listening(outer: str = "customer") -> Exists:
    """Return the condition that the customer of an outer row has an endpoint that is told things."""
    return Exists(Endpoint.objects.filter(customer=OuterRef(outer), enabled=True))


def due_of(endpoint_id: int) -> QuerySet[Delivery]:
    """Return what is to be sent to an endpoint now, oldest first. In the customer's scope."""
    waiting = Delivery.objects.filter(endpoint=endpoint_id, status=Status.WAITING)
    return waiting.filter(next_try_at__lte=timezone.now()).order_by("pk")


@dataclass(frozen=True)
class Line:
    """An endpoint on the page, and how it has gone."""

    endpoint: Endpoint
    types: tuple[str, ...]
    waiting: int
    dead: int
    delivered_at: datetime | None
    """When something last arrived."""

    @property
    def state(self) -> str:
        """Return ``off``, ``failing``, ``dead`` (something lies that did not arrive) or ``ok``."""
        if not self.endpoint.enabled:
            return "off"
        if self.endpoint.failures:
            return "failing"
        return "dead" if self.dead else "ok"


def _counted() -> QuerySet[Endpoint]:
    def of(status: Status) -> Q:
        return Q(deliveries__status=status)

    return Endpoint.objects.annotate(
        waiting=Count("deliveries", filter=of(Status.WAITING)),
        dead=Count("deliveries", filter=of(Status.DEAD)),
        delivered_at=Max("deliveries__last_at", filter=of(Status.DELIVERED)),
    )


def listed() -> list[Line]:
    """Return the endpoints with how each has gone, by address."""
    return [_line(row) for row in _counted().order_by("url")]


def shown(endpoint: Endpoint) -> Line:
    """Return one of them."""
    return _line(_counted().get(pk=endpoint.pk))


def _line(row: Endpoint) -> Line:
    counts: Mapping[str, int] = {"waiting": row.waiting, "dead": row.dead}  # type: ignore[attr-defined]
    types = tuple(str(TYPES[name]) for name in TYPES if name in row.types)
    return Line(row, types, **counts, delivered_at=row.delivered_at)  # type: ignore[attr-defined]


def deliveries(endpoint: Endpoint, status: str = "") -> QuerySet[Delivery]:
    """Return what was sent to an endpoint, or those of one status."""
    rows = Delivery.objects.filter(endpoint=endpoint)
    return rows.filter(status=status) if status in Status.values else rows
