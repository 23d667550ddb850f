"""Bringing messages out: taking turns, signing, sending, and what is made of each answer."""
