"""The reference switch node: a small process beside Asterisk 22 that keeps what the portal pushed and answers for it.

``store`` keeps the objects and, in the same transaction, the rows Asterisk reads; ``app`` is the wire towards
the portal; ``ask`` answers the static dialplan, step by step, with ``tenants.routing``; ``ami``, ``cel`` and
``spool`` carry what happened back. Nothing here imports Django, so a node needs only ``requirements.txt`` of
this folder. ``docs/switch-node.md`` tells the whole story.
"""
