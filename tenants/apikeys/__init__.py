"""API keys: what a program of the customer's shows instead of logging in.

A key is shown once and stored as its hash. It acts as a login of its own that nobody can log in with, so history names
the key, and a mailbox lets it listen only if it is ticked for. It enters one customer, by scopes (``read:people``).
The switch hears nothing of this room.
"""
