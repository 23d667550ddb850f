"""Real telephones for tests: they register, ring, answer, refuse, press keys, transfer, sound a tone and listen.

A small SIP and RTP telephone in Python, since a test then says exactly what each one does and what it hears;
what is heard is proven by tone detection (``tones``). SIPp stands in where many calls at once are wanted.
"""
