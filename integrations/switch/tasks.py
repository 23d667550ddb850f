"""What Celery runs for the switch. Every task may run twice at once, late or never."""

from __future__ import annotations

import time

import structlog
from celery import Task, current_app, shared_task
from kombu.exceptions import OperationalError

from integrations.switch import actions, events, live, moving, pusher, rounds
from integrations.switch.testcalls import actions as testcalls
from tenants.changes import bell
from tenants.customers import scope
from tenants.live.actions import drop_late

log = structlog.get_logger(__name__)
BELL_SECONDS = 6
DRAIN_SECONDS = 10.0
ROUND = "switch.round"
ROUND_SECONDS = 60
BRISK = ("emergency", "interactive")
"""The queues of saves."""


@shared_task(name="switch.push", bind=True)
def push(self: Task[..., None], *, customer_id: int | None = None) -> None:
    """Serve whose turn it is until nothing is due: a bell says that there is work, the record says whose.

    What is saved while its customer is being pushed is due again at the end, so this loop finds it. Whoever hears the
    bell of saves does what is quickly done; imports, and nodes that failed, are for who hears the others.
    """
    queue = (self.request.delivery_info or {}).get("routing_key")
    until = time.monotonic() + DRAIN_SECONDS
    while pusher.serve_next(patient=queue not in BRISK) is not None:
        if time.monotonic() > until:
            _ring(1, str(queue or "interactive"))
            return


@shared_task(name="switch.scan")
def scan() -> None:
    """Find what is due although nobody heard its bell, and ring for it."""
    with scope.wide("portal_relay"):
        quick = len(actions.due().filter(actions.AT_ONCE).values_list("pk")[: actions.MOST_RINGS])
        slow = len(actions.due().exclude(actions.AT_ONCE).values_list("pk")[:1])
    _ring(quick)
    _ring(slow, "sync")


def _ring(times: int, queue: str = "interactive", task: str = bell.PUSH, expires: int = BELL_SECONDS) -> None:
    """Ring; a bell unheard for two scans is worthless, so it expires and they don't pile up."""
    try:
        for _ in range(times):
            current_app.send_task(task, queue=queue, expires=expires, retry=False)
    except (OperationalError, OSError) as error:
        log.warning("switch.bell.unheard", error=type(error).__name__)


@shared_task(name="switch.compare")
def compare() -> None:
    """Have every node compared with ours, several side by side. Moves that stand still go on."""
    moving.inherit()
    moving.go_on()
    _ring(rounds.due(), "sync", ROUND, ROUND_SECONDS)


@shared_task(name=ROUND)
def go_round() -> None:
    """Compare nodes whose turn it is; what differs is sent anew. After a while whoever else waits has a turn first."""
    walked = rounds.walk()
    _ring(min(walked.drifted, actions.MOST_RINGS))
    _ring(int(walked.more), "sync", ROUND, ROUND_SECONDS)


@shared_task(name=moving.INHERIT)
def inherit(*, customer_id: int | None = None) -> None:
    """Take the customers of forgotten nodes from them."""
    moving.inherit()


@shared_task(name="switch.fold")
def fold(*, customer_id: int | None = None) -> None:
    """Let stored events have their effect; first read again what staff asked for."""
    events.read_again()
    while events.fold_some():
        pass


@shared_task(name=testcalls.TASK)
def place_test_calls(*, customer_id: int) -> None:
    """Hand a customer's test calls to the switch."""
    testcalls.place_waiting(customer_id)


@shared_task(name=bell.LIVE)
def send_live(*, customer_id: int | None = None) -> None:
    """Send what is wanted of live state until nothing is due: a bell says that there is something, the record what."""
    drop_late()
    until = time.monotonic() + DRAIN_SECONDS
    while live.send_next() and time.monotonic() < until:
        pass


@shared_task(name=bell.LIVE_SYNC)
def sync_live(*, customer_id: int) -> None:
    """Make every node that has a customer and the portal agree about its live state."""
    live.agree(customer_id)
