"""People (användare): whoever has an extension, their telephones, and where their calls go unanswered.

Person and telephones are live at once (``person/<id>``); the slots for busy, no answer and unreachable, and the
ring time, are draft (``person-flow/<id>``). A telephone's SIP password is generated, sealed, and shown once.
"""
