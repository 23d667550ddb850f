"""Sound files: what somebody uploads or a caller says, made into WAVs the switch can play.

A ``Sound`` is named by the hash of its content and never changes. Conversion runs ffmpeg in a sandbox. Prompts
and mailbox messages point here; nothing else does.
"""
