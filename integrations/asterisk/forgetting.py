"""Forgetting what lies beside the store of a customer who is gone: live state, time after calls, what was refused.

The store notes in the transaction that takes the objects away what must be forgotten, so a node killed in between does
it when it is back. What the portal has still to be told is no remainder: it stays until it has been.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from typing import TYPE_CHECKING

from integrations.asterisk import losses, messages, rows
from tenants.routing import root
from tenants.routing.objects import Key

if TYPE_CHECKING:
    from integrations.asterisk.node import Node

log = logging.getLogger(__name__)
KEPT_SECONDS = 86_400.0
"""How long what is set for an object that is not here is kept."""
_NOTHING = root.root_of(root.EMPTY)


def is_emptied(node: Node, customer: int) -> bool:
    """Tell whether a node was told that a customer has nothing here: then no live state of it is kept."""
    held = node.store.held(customer)
    return held.generation > 0 and held.root == _NOTHING


async def noted(node: Node) -> None:
    """Forget what the store has noted."""
    for customer, keys in node.store.gone().items():
        if losses.EVERYTHING in keys and is_emptied(node, customer):
            await everything(node, customer)
        else:
            await _subjects(node, customer, keys)
        await asyncio.to_thread(node.store.forget_gone, customer, keys)


async def _subjects(node: Node, customer: int, keys: frozenset[Key]) -> None:
    """Put to rest what speaks of objects that are gone."""
    await asyncio.to_thread(node.registers.rest, customer, keys)
    node.queues.rests.forget(customer, {key.partition("/")[2] for key in keys if key.startswith("person/")})
    await asyncio.to_thread(node.queues.rests.keep)


async def everything(node: Node, customer: int) -> None:
    """Forget all of a customer."""
    await asyncio.to_thread(node.registers.forget, customer)
    node.queues.rests.forget(customer)
    await asyncio.to_thread(node.queues.rests.keep)
    node.spool.forget(customer)
    messages.forget(node.settings.outbox, customer)


async def orphans(node: Node) -> None:
    """Forget whoever and whatever has no objects here any more and is still spoken of: an older node noted nothing."""
    for customer in {*node.registers.customers(), *node.queues.rests.customers()}:
        if is_emptied(node, customer):
            log.warning("customer %s has nothing here but live state; it is forgotten", customer)
            await everything(node, customer)
        elif count := await asyncio.to_thread(_drop, node, customer):
            log.info("customer %s: %s registers of what is gone are forgotten", customer, count)


def _drop(node: Node, customer: int) -> int:
    """Forget old registers of what is not here. Not of a customer whose objects are not here or can't be read.

    What is younger may speak of objects that are on their way. A rotten object is found by who looks for rot.
    """
    with node.store.reading(customer) as (config, generation), contextlib.suppress(rows.Rotten):
        if generation == 0 or node.store.held(customer).root == rows.DAMAGED:
            return 0
        return node.registers.drop(customer, lambda key: config.get(key) is not None, time.time() - KEPT_SECONDS)
    return 0
