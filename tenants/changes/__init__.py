"""Changes, releases and publishing: from a saved row to a generation the switch can be asked to hold.

An action ends with ``record``: rows are compiled to objects, a live-at-once object is published in the same
transaction, a draft waits for Granska and ``publish``. A ``Release`` is immutable and holds keys and hashes;
bodies lie apart in ``Body`` so that they can be erased without breaking history. Rollback, undo and import
turn objects back into rows (``restore``) and publish those. Rooms register their kinds in ``tenants.kinds``.
What a change was is stored in Swedish, whoever made it and in whatever language they read the pages.
"""
