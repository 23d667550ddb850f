"""Voice prompts: named messages that callers hear, and the takes recorded of each.

Live at once: choosing another take is heard by the next caller. The switch hears ``prompt/<id>`` with the
hashes of the current take's sounds; a prompt without a take is not known to the switch.
"""
