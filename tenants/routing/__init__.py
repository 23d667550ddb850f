"""The pure heart: what the switch is told, and how every call is decided.

Standard library, msgspec, phonenumbers and holidays only: no Django, no I/O, no clock (the moment is a
parameter). The portal's simulator and proofs and the switch node run this same code, so what a page
promises and what a call does cannot differ.
"""
