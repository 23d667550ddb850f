"""Mailboxes (röstbrevlådor), personal and shared, and the messages callers leave in them.

Live at once. The switch hears ``mailbox/<id>``; messages come back from the node with a WAV and who called.
Who may listen is decided here alone.
"""
