"""How the outside says no: four words, raised by ``integrations.http`` and by each client, and nowhere else.

Each bears a short ``reason`` for logs and for staff, never a secret and never a whole answer.
"""

from __future__ import annotations


class OutsideError(Exception):
    """An outside system did not do what it was asked. ``code`` is stable; the page has words for it."""

    code = "failed"

    def __init__(self, reason: str) -> None:
        """Take the reason, cut to what a row can hold."""
        self.reason = reason[:200]
        super().__init__(self.reason)


class Unreachable(OutsideError):
    """No usable answer in time: try again, not before ``retry_after`` seconds if the other side said so."""

    code = "unreachable"

    def __init__(self, reason: str, retry_after: float | None = None) -> None:
        """Take the reason, and the seconds the other side asked for."""
        super().__init__(reason)
        self.retry_after = retry_after


class Rejected(OutsideError):
    """The other side will not take this as it is: data must change before it is tried again."""

    code = "rejected"


class NotAuthorised(OutsideError):
    """The other side does not let us in: a person must renew a key or an enrolment."""

    code = "not_authorised"


class Unsupported(OutsideError):
    """The other side cannot do this at all."""

    code = "unsupported"
