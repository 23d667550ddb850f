"""API requests: the door they come through, and answers kept so that a request sent twice has one effect.

A client that got no answer sends the same request again with the same ``Idempotency-Key``. The answer is stored in the
transaction of the effect itself, so there is never one without the other.
"""
