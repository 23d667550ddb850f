"""Webhooks: facts a customer's own systems are told of, signed, as they happen.

A fact becomes a row for each endpoint that asked for its type, in the transaction of the fact itself; a sender of its
own (``sending``) brings the rows out, at least once each. The shape is Standard Webhooks (standardwebhooks.com).
Whoever has a fact calls ``actions.tell``; this package knows none of them.
"""
