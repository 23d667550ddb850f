"""What the portal has acknowledged: each of it must be there in the end, and once."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Ledger:
    """Every acknowledged request, by customer. Any thread may write."""

    made: dict[int, list[tuple[str, str]]] = field(default_factory=dict)
    """Customer -> collection and name of each thing whose making was answered with success."""
    hours: dict[int, tuple[int, str, int]] = field(default_factory=dict)
    """Customer -> how often its hours were set since they were made, the ETag then, and the minute they open at."""
    first: dict[int, str] = field(default_factory=dict)
    """Customer -> the ETag of its hours when they were made."""
    sends: Counter[str] = field(default_factory=Counter)
    """How requests ended, resent ones included."""
    acknowledged: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def make(self, customer: int, collection: str, name: str) -> None:
        """Note that something was made."""
        with self._lock:
            self.made.setdefault(customer, []).append((collection, name))
            self.acknowledged += 1

    def begin(self, customer: int, etag: str) -> None:
        """Note the customer's hours as they were made."""
        with self._lock:
            self.first[customer], self.hours[customer] = etag, (0, etag, 0)

    def set(self, customer: int, etag: str, opens: int) -> None:
        """Note that the customer's hours were set."""
        with self._lock:
            self.hours[customer] = (self.hours[customer][0] + 1, etag, opens)
            self.acknowledged += 1

    def wish(self) -> None:
        """Note that a wish for live state was taken down."""
        with self._lock:
            self.acknowledged += 1

    def sent(self, how: str) -> None:
        """Note how one request ended."""
        with self._lock:
            self.sends[how] += 1
