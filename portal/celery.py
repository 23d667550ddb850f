"""The Celery app. Settings are `CELERY_*` of settings.py; the beat's table is here: all schedules in one place.

The record of what is to be done is PostgreSQL; a task is only told to look. So every task may run twice, late or never.
"""

from __future__ import annotations

import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

from celery import Celery
from celery.schedules import crontab
from celery.signals import setup_logging, task_prerun, worker_init, worker_ready
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, close_old_connections, connection

from portal import tracing  # noqa: F401  (a task bears the trace of whoever asked for it)

app = Celery("portal")
app.config_from_object("django.conf:settings", namespace="CELERY")


def packages_with_tasks() -> list[str]:
    """Return the rooms and integrations that have a `tasks.py`."""
    root = Path(__file__).resolve().parent.parent
    found = [*root.glob("tenants/*/tasks.py"), *root.glob("integrations/*/tasks.py")]
    return sorted(".".join(path.parent.relative_to(root).parts) for path in found)


app.autodiscover_tasks(packages_with_tasks)


@setup_logging.connect
def _keep_our_logging(**_: object) -> None:
    """Celery would replace the handlers of settings.LOGGING; being connected here is what stops it."""


@worker_init.connect
def _refuse_powerful_login(**_: object) -> None:
    """A worker obeys row-level security like everybody else, or ends before it takes a task.

    Celery logs what a signal's receiver raises and goes on, all but an exit. What is asked of each connection here is
    asked in forked processes too; the connection itself is closed again, so that none of them inherits it.
    """
    from portal.logins import refuse_powerful

    try:
        refuse_powerful()
    except ImproperlyConfigured as error:
        raise SystemExit(f"this worker does not start: {error}") from error


@worker_ready.connect
def _open_connections(sender: Any, **_: object) -> None:
    """Let every thread connect before its first task: many that do so at once, when nodes hang, keep saves waiting."""
    executor = getattr(sender.pool, "executor", None)
    if executor is None:
        return
    together = threading.Barrier(sender.pool.limit)
    for _number in range(sender.pool.limit):
        executor.submit(_open_connection, together)


def _open_connection(together: threading.Barrier) -> None:
    """Connect, and keep the thread until all have; a database that is away is the first task's matter."""
    with suppress(DatabaseError):
        connection.ensure_connection()
    with suppress(threading.BrokenBarrierError):
        together.wait(10)


@task_prerun.connect
def _drop_broken_connections(**_: object) -> None:
    """A connection is kept between tasks (CELERY_DB_REUSE_MAX), so look at it as Django does before each request."""
    close_old_connections()


# One line a schedule: name -> task, seconds or crontab, queue. Every task here must bear being run twice at once.
app.conf.beat_schedule = {
    "switch.scan": {"task": "switch.scan", "schedule": 3.0, "options": {"queue": "interactive", "expires": 6}},
    "switch.compare": {"task": "switch.compare", "schedule": 60.0, "options": {"queue": "sync", "expires": 60}},
    "switch.live": {"task": "switch.live", "schedule": 3.0, "options": {"queue": "interactive", "expires": 6}},
    "changes.prove": {"task": "changes.prove", "schedule": crontab(hour=3, minute=40), "options": {"queue": "bulk"}},
    "mailboxes.drop": {"task": "mailboxes.drop", "schedule": crontab(hour=4, minute=0), "options": {"queue": "bulk"}},
    "live.drop": {"task": "live.drop", "schedule": crontab(hour=4, minute=5), "options": {"queue": "bulk"}},
    "webhooks.scan": {"task": "webhooks.scan", "schedule": 3.0, "options": {"queue": "webhooks", "expires": 6}},
    "webhooks.drop": {"task": "webhooks.drop", "schedule": crontab(hour=4, minute=10), "options": {"queue": "bulk"}},
    "switch.fold": {"task": "switch.fold", "schedule": 5.0, "options": {"queue": "sync", "expires": 10}},
}
