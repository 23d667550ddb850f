"""Live state as the portal knows it: its copy of the node's registers, and what people have asked for since.

The customer's active node owns every register (``tenants/routing/live.py``). A page or the API writes a wish here;
``integrations/switch/live.py`` brings it to the node, whose answer and events are folded into the copy. From the copy
a node that has lost its own is told what it was. docs/live-state.md is the whole story.
"""
