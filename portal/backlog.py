"""What waits at this moment, for Prometheus: placements, nodes, events, queues, database connections."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

import structlog
from celery import current_app
from django.db import Error, connection
from django.db.models import F, Min, OuterRef, Q, Subquery
from django.utils import timezone
from kombu.exceptions import KombuError, OperationalError
from prometheus_client.core import GaugeMetricFamily

from integrations.switch import actions, queries
from tenants.changes.bell import QUEUES
from tenants.changes.models import Publication
from tenants.customers import scope
from tenants.nodes.models import Node, Placement

log = structlog.get_logger(__name__)
Families = Iterator[GaugeMetricFamily]

_CONNECTIONS = """
    SELECT coalesce(state, 'other'), count(*), current_setting('max_connections')::int
    FROM pg_stat_activity WHERE datname = current_database() AND usename = session_user GROUP BY 1
"""


def now() -> list[GaugeMetricFamily]:
    """Return what waits. A database or broker that is away is itself a figure, and takes no other away."""
    found: list[GaugeMetricFamily] = []
    try:
        with scope.wide("portal_staff"):
            found += [*_placements(), *_nodes(), *_events()]
        found += _connections()
    except Error as error:
        log.warning("metrics.database.away", error=type(error).__name__)
    database = _one("portal_database_up", "Whether the database could be asked", float(bool(found)))
    return [database, *found, *_queues()]


def _one(name: str, says: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, says, value=value)


def _labelled(name: str, says: str, label: str, rows: Iterable[tuple[str, float]]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, says, labels=[label])
    for value, number in rows:
        family.add_metric([value], number)
    return family


def _age(moment: datetime | None) -> float:
    return max(0.0, (timezone.now() - moment).total_seconds()) if moment else 0.0


def _placements() -> Families:
    """Where node and record differ. The age is that of the newest change among them: nobody may read older ones."""
    wanted = Publication.objects.filter(customer=OuterRef("customer"), generation__gt=0)
    rows = Placement.objects.annotate(
        wanted_epoch=Subquery(wanted.values("epoch")[:1]),
        wanted_generation=Subquery(wanted.values("generation")[:1]),
        wanted_at=Subquery(wanted.values("changed_at")[:1]),
    )
    later = Q(wanted_epoch__gt=F("epoch")) | Q(wanted_epoch=F("epoch"), wanted_generation__gt=F("generation"))
    behind, held = rows.filter(later), Placement.objects.filter(refusal__isnull=False)
    oldest = behind.aggregate(moment=Min("wanted_at"))["moment"]
    yield _one("portal_placements_behind", "Placements whose node should have something newer", behind.count())
    yield _one("portal_placements_due", "Of those, the ones that may be pushed now", actions.due().count())
    yield _one("portal_placements_behind_seconds", "Age of the longest unconfirmed newest change", _age(oldest))
    yield _one("portal_placements_quarantined", "Placements whose node has refused a generation", held.count())


def _nodes() -> Families:
    nodes = list(Node.objects.filter(enrolled_at__isnull=False).order_by("name"))
    moment = timezone.now()
    circuits = ((n.name, float(bool(n.closed_until and n.closed_until > moment))) for n in nodes)
    failures = ((n.name, float(n.failures)) for n in nodes)
    silent = ((n.name, _age(n.last_seen_at)) for n in nodes)
    yield _labelled("portal_node_circuit_open", "1 while a node is left alone after failures", "node", circuits)
    yield _labelled("portal_node_failures", "Failures of a node in a row", "node", failures)
    yield _labelled("portal_node_silent_seconds", "Since a node was last heard of", "node", silent)


def _events() -> Families:
    heap = queries.heap()
    yield _one("portal_events_unfolded", "Stored facts that have not had their effect", heap.unfolded)
    yield _one("portal_events_unfolded_seconds", "Age of the oldest of them", _age(heap.oldest))
    yield _one("portal_events_unreadable", "Stored facts that could not be read", heap.poisoned)
    yield _one("portal_messages_missing", "Messages told of that never came", heap.missing_messages)


def _connections() -> Families:
    """Return this login's connections, from the server: each process keeps its own, so there is no pool to ask.

    As the login itself: a role would be shown that there are some, but not what they do.
    """
    with connection.cursor() as cursor:
        cursor.execute(_CONNECTIONS)
        rows = cursor.fetchall()
    says = "Connections of the pages' login"
    yield _labelled("portal_database_connections", says, "state", ((state, count) for state, count, _ in rows))
    yield _one("portal_database_connections_limit", "The server's max_connections", rows[0][2] if rows else 0)


def _queues() -> Families:
    """Return how many tasks lie in each queue. They are bells, so a deep queue means that no worker listens."""
    try:
        with current_app.connection_for_read() as link:
            link.ensure_connection(max_retries=1, timeout=2)
            depths = [(name, float(_depth(link.default_channel, name, link.channel_errors))) for name in QUEUES]
    except (KombuError, OperationalError, OSError) as error:
        log.warning("metrics.broker.away", error=type(error).__name__)
        yield _one("portal_broker_up", "Whether the broker could be asked", 0)
        return
    yield _one("portal_broker_up", "Whether the broker could be asked", 1)
    yield _labelled("portal_queue_tasks", "Tasks in a queue", "queue", depths)


def _depth(channel: object, name: str, absent: tuple[type[BaseException], ...]) -> int:
    """Return a queue's length; one that nobody has used is empty."""
    try:
        return int(channel.queue_declare(queue=name, passive=True).message_count)  # type: ignore[attr-defined]
    except absent:
        return 0
