"""Who listens to which customer, and when each is told what.

An event is a topic and nothing else, and lies in a set until it is written: however slow a reader and however much
happens, a listener is never more than its few topics. What happens alone is told at once; when one thing follows the
other, the customer's pages are told after a pause that grows to ``LONGEST_PAUSE``: a flood makes each page ask once a
second.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import structlog

from tenants.customers.news import TOPICS

log = structlog.get_logger(__name__)
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 1.0
EVENTS = {topic: f"event: {topic}\ndata: {topic}\n\n".encode() for topic in TOPICS}


class Listener:
    """One open page. It begins with every topic, since nobody knows what happened before it came."""

    __slots__ = ("ended", "pending", "wake")

    def __init__(self) -> None:
        self.pending, self.ended, self.wake = set(TOPICS), "", asyncio.Event()
        self.wake.set()

    def tell(self, topics: Iterable[str]) -> None:
        """Have these topics written when the reader is ready."""
        self.pending.update(topics)
        self.wake.set()

    def end(self, why: str) -> None:
        """Have the stream end. The first reason stands."""
        self.ended = self.ended or why
        self.wake.set()

    def taken(self) -> bytes:
        """Return what is to be written now; it is told then."""
        self.wake.clear()
        told = [EVENTS[topic] for topic in TOPICS if topic in self.pending]
        self.pending.clear()
        if told:
            log.debug("streams.told", count=len(told))
        return b"".join(told)


class _Customer:
    """The listeners of one customer, and what has happened since they were told."""

    def __init__(self) -> None:
        self.listeners: set[Listener] = set()
        self._waiting: set[str] = set()
        self._pause = FIRST_PAUSE
        self._timer: asyncio.TimerHandle | None = None

    def tell(self, topics: Iterable[str]) -> None:
        """Tell at once, or when the pause is over."""
        self._waiting.update(topics)
        if self._timer is None:
            self._flush()

    def _flush(self) -> None:
        for listener in self.listeners:
            listener.tell(self._waiting)
        self._waiting.clear()
        self._timer = asyncio.get_running_loop().call_later(self._pause, self._rested)

    def _rested(self) -> None:
        self._timer = None
        self._pause = min(self._pause * 2, LONGEST_PAUSE) if self._waiting else FIRST_PAUSE
        if self._waiting:
            self._flush()


class Hub:
    """All listeners of a process. ``hears`` is whether it knows of what happens; only then may anybody join."""

    def __init__(self) -> None:
        self._customers: dict[int, _Customer] = {}
        self.hears = asyncio.Event()

    @contextmanager
    def joined(self, customer_id: int) -> Iterator[Listener]:
        """Be told of a customer for as long as the block lasts."""
        listener, customer = Listener(), self._customers.setdefault(customer_id, _Customer())
        customer.listeners.add(listener)
        log.debug("streams.opened")
        try:
            yield listener
        finally:
            customer.listeners.discard(listener)
            if not customer.listeners and self._customers.get(customer_id) is customer:
                del self._customers[customer_id]
            log.debug("streams.closed")

    def tell(self, customer_id: int, topics: Iterable[str] = TOPICS) -> None:
        """Tell whoever listens to a customer."""
        if customer := self._customers.get(customer_id):
            customer.tell(topics)

    def tell_everybody(self) -> None:
        """Tell all of everything: something may have been missed."""
        for customer in self._customers.values():
            customer.tell(TOPICS)

    def end_all(self, why: str) -> None:
        """End every stream, and let nobody join until the hub hears again."""
        self.hears.clear()
        for customer in self._customers.values():
            for listener in customer.listeners:
                listener.end(why)
