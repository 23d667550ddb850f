"""The supervisor of `make run`: PostgreSQL, the broker, the portal's processes and the switch node on one machine.

Nothing here imports Django, so that it starts at once and can speak of a broken settings file. `postgres` and `valkey`
are also what the tests start their servers with. State lies in `.dev/` and may be deleted when nothing runs.
"""
