"""Administrators who change things through the API, and send again until they are answered, as clients should."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx

from tests.faults.ledger import Ledger

PATIENCE = 180.0
"""Seconds after which a change that was never answered counts as lost."""
HOURS = {"name": "Huvudnummer"}


@dataclass(frozen=True)
class Customer:
    """A customer of the run, and the key its administrator shows."""

    id: int
    slug: str
    key: str


class NotAnswered(Exception):
    """A request got no answer that settles it, however often it was sent; or one that should never be."""


class Admin:
    """The one administrator of a customer; ``changes`` are done one after the other."""

    def __init__(self, base: str, customer: Customer, seed: int, ledger: Ledger) -> None:
        """Speak to the portal at ``base``."""
        self.customer, self.ledger, self.seed = customer, ledger, seed
        self.dice = random.Random(f"{seed}/{customer.slug}")
        headers = {"Authorization": f"Bearer {customer.key}"}
        address = f"{base}/api/v1/customers/{customer.slug}/"
        self.http = httpx.Client(base_url=address, headers=headers, timeout=20, trust_env=False)
        self.hours, self.etag, self.done = "", "", 0

    def begin(self) -> None:
        """Make the hours that are set later."""
        answer = self._sent("POST", "schedules/", HOURS | {"week": _week(0)}, {"Idempotency-Key": "hours"})
        self.hours, self.etag = f"schedules/{answer.json()['id']}/", answer.headers["ETag"]
        self.ledger.make(self.customer.id, "schedules", "Huvudnummer")
        self.ledger.begin(self.customer.id, self.etag)

    def change(self) -> None:
        """Make one change."""
        self.done += 1
        self.dice.choices((self._schedule, self._person, self._set, self._override), (2, 2, 5, 1))[0]()

    def _schedule(self) -> None:
        self._make("schedules", {"name": f"Kontor {self.done}", "week": _week(self.done)})

    def _person(self) -> None:
        self._make("people", {"name": f"Person {self.done}", "extension": str(20000 + self.done), "email": ""})

    def _make(self, collection: str, body: dict[str, Any]) -> None:
        """Make something by an idempotency key: sent again, it is made once."""
        self._sent("POST", f"{collection}/", body, {"Idempotency-Key": f"{self.seed}-{self.done}"})
        self.ledger.make(self.customer.id, collection, body["name"])

    def _set(self) -> None:
        """Set the hours by ``If-Match``: after no answer, 412 says that it was done, and reading says what."""
        week = _week(self.done)
        answer = self._sent("PUT", self.hours, HOURS | {"week": week}, {"If-Match": self.etag}, settled=(200, 412))
        if answer.status_code == 412:
            answer = self._sent("GET", self.hours)
            if answer.json()["week"] != week:
                raise NotAnswered(f"412 to {self.etag}, and now {answer.headers['ETag']} with other hours")
        self.etag = answer.headers["ETag"]
        self.ledger.set(self.customer.id, self.etag, 1 + self.done % 700)

    def _override(self) -> None:
        """Close or open by hand; the last of several wishes is the one that counts."""
        body = {"state": self.dice.choice(("open", "closed")), "until": "2027-06-01T12:00:00+02:00"}
        self._sent("PUT", f"live/{self.hours}override/", body, {"If-Match": "*"})
        self.ledger.wish()

    def _sent(
        self,
        method: str,
        path: str,
        body: Any = None,
        headers: dict[str, str] | None = None,
        settled: tuple[int, ...] = (200, 201, 202),
    ) -> httpx.Response:
        """Send until there is an answer that settles it."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            try:
                answer = self.http.request(method, path, json=body, headers=headers)
            except httpx.HTTPError as error:
                self.ledger.sent(type(error).__name__)
                time.sleep(0.05)
                continue
            self.ledger.sent(str(answer.status_code))
            if answer.status_code in settled:
                return answer
            if answer.status_code < 500:
                raise NotAnswered(f"{method} {path}: {answer.status_code} {answer.text[:300]}")
            time.sleep(0.05)
        raise NotAnswered(f"{method} {path}: nothing in {PATIENCE} s")


def _week(number: int) -> list[dict[str, Any]]:
    """Return a week that differs from that of every number near it."""
    start, end = 1 + number % 700, 720 + number // 700
    clock = [f"{minute // 60:02}:{minute % 60:02}" for minute in (start, end)]
    return [{"weekday": 0, "openings": [{"start": clock[0], "end": clock[1], "state": "open"}]}]


class Crowd:
    """All administrators, on a few threads; a customer is always on one of them."""

    def __init__(self, admins: list[Admin], changes: int, threads: int) -> None:
        """Deal out the changes."""
        self.errors: list[BaseException] = []
        self._threads = [
            threading.Thread(target=self._work, args=(admins[number::threads], changes // len(admins)), daemon=True)
            for number in range(threads)
        ]

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def busy(self) -> bool:
        """Tell whether somebody is still at work."""
        return any(thread.is_alive() for thread in self._threads)

    def _work(self, admins: list[Admin], each: int) -> None:
        rounds: list[Callable[[], None]] = [admin.change for _ in range(each) for admin in admins]
        try:
            for change in rounds:
                change()
        except BaseException as error:
            self.errors.append(error)
