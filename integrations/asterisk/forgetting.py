"""Forgetting what lies beside the store of a customer who is gone: live state, time after calls, what was refused.

The store notes in the transaction that takes the objects away what must be forgotten, so a node killed in between does
it when it is back. What the portal has still to be told is no remainder: it stays until it has been.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from integrations.asterisk import messages, rows
from tenants.routing import root

if TYPE_CHECKING:
    from integrations.asterisk.node import Node

log = logging.getLogger(__name__)
_NOTHING = root.root_of(root.EMPTY)


def is_emptied(node: Node, customer: int) -> bool:
    """Tell whether a node was told that a customer has nothing here: then no live state of it is kept."""
    held = node.store.held(customer)
    return held.generation > 0 and held.root == _NOTHING


async def noted(node: Node) -> None:
    """Forget what the store has noted."""
    for customer, keys in node.store.gone().items():
        if rows.EVERYTHING in keys and is_emptied(node, customer):
            await everything(node, customer)
        await asyncio.to_thread(node.store.forget_gone, customer, keys)


async def everything(node: Node, customer: int) -> None:
    """Forget all of a customer."""
    await asyncio.to_thread(node.registers.forget, customer)
    node.queues.rests.forget(customer)
    await asyncio.to_thread(node.queues.rests.keep)
    node.spool.forget(customer)
    messages.forget(node.settings.outbox, customer)


async def orphans(node: Node) -> None:
    """Forget customers who have nothing here and of whom something is left: an older node noted nothing."""
    for customer in {*node.registers.customers(), *node.queues.rests.customers()}:
        if is_emptied(node, customer):
            log.warning("customer %s has nothing here but live state; it is forgotten", customer)
            await everything(node, customer)
