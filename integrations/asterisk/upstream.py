"""What the node does towards its portal as long as it runs: enrol, fetch what was missed, deliver what happened."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING

from integrations import node_logs
from integrations.asterisk import messages
from integrations.asterisk.portal import Portal, Rejected, Unavailable
from integrations.asterisk.spool import Spool
from tenants.routing.intake import Refused
from tenants.routing.wire import Conflict, Push, Receipt, Root

if TYPE_CHECKING:
    from integrations.asterisk.node import Node

log = logging.getLogger(__name__)
IDLE_SECONDS = 0.2
BATCH = 500
LONGEST_WAIT = 10.0
DELTA_TRIES = 4
"""A delta that is refused as a gap or for missing sounds is tried again as a snapshot, with the sounds."""


async def run(node: Node) -> None:
    """Enrol if need be, then pull once and deliver for ever. The portal may be away for days."""
    await _enrol(node)
    portal = Portal(node.settings.portal, node.enrolled)
    try:
        await asyncio.gather(_pull(node, portal), _deliver(node, portal))
    finally:
        await portal.close()


async def _enrol(node: Node) -> None:
    portal, wait = Portal(node.settings.portal, None), 0.5
    while node.enrolled is None:
        try:
            node.enrol(await portal.enrol(node.settings.code, node.settings.address, node.spool.boot))
        except (Unavailable, Rejected) as error:
            log.warning("not enrolled yet: %s", error)
            await asyncio.sleep(wait)
            wait = min(wait * 2, LONGEST_WAIT)
    await portal.close()


async def _pull(node: Node, portal: Portal) -> None:
    """Fetch what differs from what the portal wants, now and whenever something was lost; else it pushes."""
    while True:
        node.upkeep.wanted.clear()
        await _persist(node, portal)
        node.upkeep.begun_anew = False
        await node.upkeep.wanted.wait()


async def _persist(node: Node, portal: Portal) -> None:
    """Get in step with the portal, however long it is away."""
    wait = 0.5
    while True:
        try:
            await _get_in_step(node, portal)
            return
        except (Unavailable, Rejected) as error:
            log.warning("not in step with the portal yet: %s", error)
        except Exception:
            log.exception("getting in step failed; the next try follows")
        await asyncio.sleep(wait)
        wait = min(wait * 2, LONGEST_WAIT)


async def _get_in_step(node: Node, portal: Portal) -> None:
    wanted = await portal.roots()
    receipts = [receipt for root in wanted.roots if (receipt := await _catch_up(node, portal, root))]
    if receipts:
        await portal.receipts(receipts)
    for receipt in receipts:
        node.upkeep.received(receipt.customer)
    for name, customer in (await node.upkeep.wrong_sounds()).items():
        try:
            await node.upkeep.mend_sound(name, customer, await portal.blob(name))
        except Rejected as error:
            log.error("the portal has no sound %s: %s", name, error)  # noqa: TRY400


async def _catch_up(node: Node, portal: Portal, wanted: Root) -> Receipt | None:
    """Bring one customer to what the portal wants, and return the receipt; None if nothing was to do or it won't go."""
    held = node.store.held(wanted.customer)
    if (held.epoch, held.generation, held.root) == (wanted.epoch, wanted.generation, wanted.root):
        return None
    node_logs.begin()
    whole = held.generation == 0 or held.epoch != wanted.epoch or held.generation >= wanted.generation
    for _ in range(DELTA_TRIES):
        push = await _fetch(portal, wanted.customer, None if whole else held.generation)
        answer = await _apply(node, push)
        if isinstance(answer, Receipt):
            return answer
        if answer is None or answer.code in ("stale", "foreign_portal"):
            return None
        if answer.code == "missing_blobs":
            await _fetch_sounds(node, portal, answer.blobs)
        else:
            whole = True
    return None


async def _fetch(portal: Portal, customer: int, since: int | None) -> Push:
    return await (portal.snapshot(customer) if since is None else portal.config(customer, since))


async def _apply(node: Node, push: Push) -> Receipt | Conflict | None:
    try:
        return await node.push(push, time.perf_counter())
    except Refused as error:
        log.error("customer %s generation %s refused: %s", push.customer, push.generation, error.refusal)  # noqa: TRY400
        return None


async def _fetch_sounds(node: Node, portal: Portal, names: tuple[str, ...]) -> None:
    for name in names:
        body = await portal.blob(name)
        if not await asyncio.to_thread(node.blobs.put, name, body):
            raise Unavailable(f"the portal's sound {name} has another hash")


async def _deliver(node: Node, portal: Portal) -> None:
    """Hand over events and messages as they come, and try again, less and less often, while the portal is away."""
    wait = IDLE_SECONDS
    while True:
        try:
            sent = await deliver_events(node.spool, portal)
            await _deliver_messages(node, portal)
            wait = 0.0 if sent == BATCH else IDLE_SECONDS
        except Unavailable as error:
            log.warning("events wait: %s", error)
            wait = min(max(wait, 0.5) * 2, LONGEST_WAIT)
        except Exception:
            log.exception("a round of delivery failed; the next one follows")
            wait = LONGEST_WAIT
        await asyncio.sleep(wait)


async def deliver_events(spool: Spool, portal: Portal, most: int = BATCH) -> int:
    """Send the oldest batch and delete it once it is confirmed; return how many events.

    A batch the portal will never take is halved until the one event it chokes on is found and set aside, so that
    no event holds up the others.
    """
    events, mark = spool.batch(most)
    if mark is None:
        return 0
    try:
        await portal.events(events)
    except Rejected as error:
        if len(events) > 1:
            return await deliver_events(spool, portal, len(events) // 2)
        log.error("an event is set aside: %s", error)  # noqa: TRY400
        spool.set_aside(events[0])
    spool.confirm(mark, len(events))
    return len(events)


async def _deliver_messages(node: Node, portal: Portal) -> None:
    for message in messages.recorded(node.settings.outbox):
        body = await asyncio.to_thread(message.path.read_bytes)
        try:
            await portal.message(message.customer, message.mailbox, message.id, body, message.headers)
        except Rejected as error:
            log.error("a message is set aside: %s: %s", message.path.name, error)  # noqa: TRY400
            messages.set_aside(message)
            continue
        message.path.unlink()
