"""Finding out whether a node answers, before anything is asked of it that may take long.

A node that hangs takes a connection and never answers, and nobody sees from outside that it does. So whoever comes to
a node that has not answered just now asks how it is, alone and briefly; all others have something better to do.
"""

from __future__ import annotations

from integrations.switch import actions
from integrations.switch.client import Client
from tenants.changes import bell
from tenants.customers import scope
from tenants.nodes import actions as nodes
from tenants.nodes.models import Node

KNOCK = 1.0
"""Seconds a node has to say how it is. What it is then given may take as long as it needs.

One that is only slow to say so is no worse off for long: who is patient gives it what waits, with all that time.
"""
ROUND_KNOCK = 2.0
"""The same where nobody's save waits: in the minute's comparison."""


def knock(node: Node, client: Client) -> None:
    """Ask a node in doubt, which is ours to ask, how it is; when it has said so, others may ask it too.

    One that has failed is not asked that: it gets what waits for it, with all the time there is for that, since what is
    sought then is not whether it answers but whether it is well.

    :raises OutsideError: if it does not answer as it should.
    """
    if node.asked_until is None or node.failures:
        return
    client.health(within=KNOCK)
    with scope.wide("portal_relay"):
        nodes.note_heard(node_id=node.pk)
        for customer_id, lane in actions.waiting_for(node):
            bell.ring_on_commit(customer_id, lane)
