"""Where a call can go. Everything routable owns one ``Destination``; an edge between two is a ``Route``.

Rooms above own their kind's table and share its id, so ``menu/7`` is destination 7. A route fills a slot of its
source (``slots.py`` says which slots a kind has); its target cannot be deleted while the route stands. The
destination carries the name people see.
"""
