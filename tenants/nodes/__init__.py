"""The machines of the switching layer, and what each customer has on them.

``Node`` is a machine, enrolled with a one-time code. ``Placement`` says which node serves a customer and how
far it has come; the pusher alone writes it, so saving never waits for it. ``Receipt`` is the node's own word
that a generation is what calls follow.
"""
