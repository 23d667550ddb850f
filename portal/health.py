"""What machines ask: does the process live, can it serve, and its figures.

``/health/live`` asks nobody anything: a process that answers needs no restart. ``/health/ready`` asks the database and
the broker: without the database nothing can be served; without the broker everything can, only a few seconds later.
"""

from __future__ import annotations

from functools import cache

from celery import current_app
from django.conf import settings
from django.db import Error, connection, transaction
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from kombu.exceptions import KombuError, OperationalError

from portal import backlog, metrics
from portal.logins import is_powerful

PATIENCE = "2s"
BOUND = "SELECT row_security_active('tenants_person')"


@require_safe
@never_cache
def live(_request: HttpRequest) -> HttpResponse:
    """Answer. Whatever else is wrong, a restart would not mend it."""
    return JsonResponse({"state": "live"})


@require_safe
@never_cache
def ready(_request: HttpRequest) -> HttpResponse:
    """Tell whether this process can serve: 200 ``ready`` or ``degraded``, 503 ``failing``, and which part is why."""
    parts = {"database": database(), "broker": broker()}
    if parts["database"] != "ok":
        return JsonResponse({"state": "failing", **parts}, status=503)
    return JsonResponse({"state": "ready" if parts["broker"] == "ok" else "degraded", **parts})


@require_safe
@never_cache
def figures(request: HttpRequest) -> HttpResponse:
    """Give Prometheus its page, if it bears the token (``METRICS_TOKEN``); to anybody else there is no such page."""
    if not metrics.may_read(request.headers.get("Authorization", ""), settings.METRICS_TOKEN):
        raise Http404
    body, kind = metrics.page(backlog.now)
    return HttpResponse(body, content_type=kind)


def database() -> str:
    """Return ``ok``, or what is wrong: it does not answer, does not bind this login, or lacks a migration."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL statement_timeout = '{PATIENCE}'")
            missing = _on_disk() - set(MigrationRecorder(connection).applied_migrations())
            if missing:
                return "migrations missing"
            cursor.execute(BOUND)
            return "ok" if cursor.fetchone() == (True,) and not is_powerful(cursor) else "login too powerful"
    except Error:
        return "away"


@cache
def _on_disk() -> frozenset[tuple[str, str]]:
    """Return the migrations this code was made for. The database may be further: new before old is taken away."""
    return frozenset(MigrationLoader(None, ignore_no_migrations=True).graph.nodes)


def broker() -> str:
    """Return ``ok``, or that it does not answer."""
    try:
        with current_app.connection_for_write() as link:
            link.ensure_connection(max_retries=1, timeout=2)
    except (KombuError, OperationalError, OSError):
        return "away"
    return "ok"
