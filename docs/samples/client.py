"""A small client of the portal's API: typed, with `requests` and the standard library only. Copy it and make it yours.

    api = Api("https://portal.example", "b2v_…", "norrsken-bygg")
    for person in api.people():
        print(person.extension, person.name)

It sends every POST with an Idempotency-Key, so that a POST whose answer was lost may be sent again; it waits as it is
told when it asks too often, and tries again when a connection breaks or the server is away.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from types import TracebackType
from typing import Any, Self

import requests

TRIES = 4
TIMEOUT = (5, 60)
"""Seconds to connect, and to wait for an answer."""
BULK = 200
"""How many people one call may add."""


class Problem(Exception):
    """The portal said no. ``code`` is stable; ``errors`` has a JSON pointer for each fault in what was sent."""

    def __init__(self, body: Mapping[str, Any]) -> None:
        self.status = int(body.get("status", 0))
        self.code = str(body.get("code", "error"))
        self.title = str(body.get("title", ""))
        self.errors: list[dict[str, str]] = list(body.get("errors", []))
        self.problems: list[dict[str, Any]] = list(body.get("problems", []))
        super().__init__(f"{self.status} {self.code}: {self.title}")


class Changed(Problem):
    """Somebody else changed it since it was read (409 or 412). Read it again, and decide anew."""


@dataclass(frozen=True)
class Thing:
    """What was read, and the version of it: ``etag`` goes back as If-Match."""

    path: str
    body: dict[str, Any]
    etag: str


@dataclass(frozen=True)
class Person:
    """A line of the list of people."""

    id: int
    name: str
    extension: str
    email: str
    version: int


PERSON = tuple(field.name for field in fields(Person))
"""What we read of a line. The API may come to say more; what we don't know we leave."""


@dataclass(frozen=True)
class NewPerson:
    """Somebody to add."""

    name: str
    extension: str
    email: str = ""


@dataclass(frozen=True)
class Added:
    """What became of one of many: ``id`` if it was added, else ``code`` and ``detail``."""

    person: NewPerson
    id: int | None
    code: str | None
    detail: str | None


@dataclass(frozen=True)
class Receipt:
    """How a change stands at the switch: draft, waiting, effective or refused."""

    id: int
    state: str
    generation: int | None
    milliseconds: int | None


@dataclass
class Api:
    """One customer, seen through one key."""

    origin: str
    key: str = field(repr=False)
    customer: str
    session: requests.Session = field(default_factory=requests.Session, repr=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.session.close()

    # --- reading ---------------------------------------------------------------------------------------------------

    def me(self) -> dict[str, Any]:
        """Return who the key is, its scopes, and which customers it opens."""
        return self._ask("GET", f"{self.origin}/api/v1/me/").body

    def get(self, path: str) -> Thing:
        """Read one thing, for instance ``people/42``."""
        return self._ask("GET", self._at(path))

    def every(self, path: str, **query: str | int) -> Iterator[dict[str, Any]]:
        """Read a whole list, page by page: ``every("people", q="lind")``."""
        where: str | None = self._at(path)
        asked: Mapping[str, str | int] | None = {"limit": 100, **query}
        while where:
            page = self._ask("GET", where, params=asked).body
            yield from page["results"]
            where, asked = page["next"], None

    def people(self, search: str = "") -> Iterator[Person]:
        """Read the people, or those that a search finds."""
        for line in self.every("people", **({"q": search} if search else {})):
            yield Person(**{name: line[name] for name in PERSON})

    def sound(self, path: str) -> bytes:
        """Fetch a WAV file, for instance ``mailboxes/12/messages/90/audio``."""
        return self._send("GET", self._at(path), headers={"Accept": "audio/wav"}).content

    # --- writing ---------------------------------------------------------------------------------------------------

    def make(self, path: str, body: Mapping[str, Any] | None = None, *, key: str | None = None) -> Thing:
        """Make something, once: ``make("people", {"name": …})``. By a key of your own it may be sent again later."""
        headers = {"Idempotency-Key": key or str(uuid.uuid4())}
        return self._ask("POST", self._at(path), json=body, headers=headers)

    def replace(self, thing: Thing, **changes: Any) -> Thing:
        """Change what was read, if nobody else has since.

        :raises Changed: if somebody has.
        """
        body = {name: value for name, value in thing.body.items() if name not in {"id", "version"}} | changes
        return self._ask("PUT", thing.path, json=body, headers={"If-Match": thing.etag})

    def delete(self, thing: Thing) -> None:
        """Delete what was read, if nobody else has changed it since.

        :raises Changed: if somebody has.
        """
        self._send("DELETE", thing.path, headers={"If-Match": thing.etag})

    def add_people(self, people: Iterable[NewPerson]) -> Iterator[Added]:
        """Add many people, two hundred a call. What is refused hinders no others."""
        waiting = list(people)
        for start in range(0, len(waiting), BULK):
            chunk = waiting[start : start + BULK]
            told = self.make("people/bulk", {"people": [vars(person) for person in chunk]}).body["results"]
            for person, line in zip(chunk, told, strict=True):
                yield Added(person, line["id"], line["code"], line["detail"])

    def publish(self, *keys: str, note: str = "") -> Receipt:
        """Publish the draft, or these keys of it (``"menu/8"``) and what they need."""
        return _receipt(self.make("publishing", {"keys": list(keys) or None, "note": note}).body)

    def effective(self, receipt: Receipt, *, within: float = 30.0) -> Receipt:
        """Wait until the switch has answered: effective or refused. Return how it stands when time is up."""
        until = time.monotonic() + within
        while receipt.state == "waiting" and time.monotonic() < until:
            time.sleep(0.5)
            receipt = _receipt(self.get(f"changes/{receipt.id}").body)
        return receipt

    # --- the wire --------------------------------------------------------------------------------------------------

    def _at(self, path: str) -> str:
        return f"{self.origin}/api/v1/customers/{self.customer}/{path.strip('/')}/"

    def _ask(self, method: str, url: str, **sent: Any) -> Thing:
        answer = self._send(method, url, **sent)
        where = answer.headers.get("Location", "")
        path = f"{self.origin}{where}" if where.startswith("/") else where or url
        return Thing(path, answer.json(), answer.headers.get("ETag", ""))

    def _send(
        self, method: str, url: str, *, headers: Mapping[str, str] | None = None, **sent: Any
    ) -> requests.Response:
        """Send until there is an answer. A PUT or DELETE sent again is told by If-Match that it has been done."""
        all_headers = {"Authorization": f"Bearer {self.key}", "Accept": "application/json", **(headers or {})}
        for turn in range(TRIES):
            try:
                answer = self.session.request(method, url, headers=all_headers, timeout=TIMEOUT, **sent)
            except (requests.ConnectionError, requests.Timeout):
                if turn == TRIES - 1:
                    raise
                time.sleep(2**turn / 4)
                continue
            if answer.status_code not in {429, 502, 503, 504} or turn == TRIES - 1:
                return _good(answer)
            time.sleep(float(answer.headers.get("Retry-After", 2**turn)))
        raise AssertionError("unreachable")


def _good(answer: requests.Response) -> requests.Response:
    if answer.ok:
        return answer
    told = answer.headers.get("Content-Type", "").startswith("application/problem+json")
    body = answer.json() if told else {"status": answer.status_code, "title": answer.reason}
    raise (Changed if answer.status_code in {409, 412} else Problem)(body)


def _receipt(body: Mapping[str, Any]) -> Receipt:
    return Receipt(body["id"], body["state"], body["generation"], body["milliseconds"])
