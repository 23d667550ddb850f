"""People added by the API, a thousand in calls of 200, against a bare multi-row INSERT of the same two rows a person.

A: HTTP bodies through the whole web application with a key: JSON, checks, rows, objects, one publication a call, audit
line. B: two multi-row INSERTs of 200 and a COMMIT, as the same login with row-level security. A and B take turns, so
that both see the same machine. Both commit on a real PostgreSQL with its safety on.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench import _portal

if TYPE_CHECKING:
    from django.db.models import Model

CHUNK = 200
CALLS = 5
ROUNDS = 4
"""The first of them warms up."""


def figures() -> list[tuple[str, float, str]]:
    """Return people a second of both, and how many times as long the API takes."""
    with tempfile.TemporaryDirectory(prefix="bench-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o711)
        with ExitStack() as stack:
            url = _portal._postgres(stack, folder)
            _portal._settle(url, "redis://127.0.0.1:1/0", folder)
            ours, bare = _api(), _insert()
            pairs = [(_timed(ours), _timed(bare)) for _round in range(ROUNDS)][1:]
    api, plain = (statistics.median(side) for side in zip(*pairs, strict=True))
    many = CHUNK * CALLS
    return [
        ("bulk_people_api", round(many / api), "people/s"),
        ("bulk_people_insert", round(many / plain), "people/s"),
        ("bulk_people_ratio", round(api / plain, 1), "x"),
    ]


def _timed(run: Callable[[], None]) -> float:
    began = time.perf_counter()
    for _call in range(CALLS):
        run()
    return time.perf_counter() - began


def _customer(slug: str) -> int:
    from tenants.onboarding.actions import make_customer

    return make_customer(name=slug, slug=slug).pk


def _api() -> Callable[[], None]:
    """Return what adds 200 people by one call."""
    from django.test import Client

    from tenants.apikeys.actions import make
    from tenants.customers import scope
    from tenants.customers.models import User

    ident, user = _customer("matning"), User.objects.create_user("matning@portal.test", name="Mätning")
    with scope.customer(ident):
        _key, secret = make(customer_id=ident, by=user, name="Mätning", scopes=["write:people"])
    client, turn = Client(SERVER_NAME="localhost", headers={"Authorization": f"Bearer {secret}"}), iter(range(1, 1000))

    def send() -> None:
        first = next(turn) * CHUNK + 100_000
        people = [{"name": f"Person {number}", "extension": str(number)} for number in range(first, first + CHUNK)]
        where = "/api/v1/customers/matning/people/bulk/"
        answer = client.post(where, {"people": people}, content_type="application/json")
        if answer.status_code != 200 or answer.json()["refused"]:
            raise RuntimeError(f"{answer.status_code}: {answer.content[:500]!r}")

    return send


def _insert() -> Callable[[], None]:
    """Return what writes the two rows of 200 people by two statements."""
    from django.db import connection

    from tenants.customers import scope
    from tenants.destinations.models import Destination
    from tenants.people.models import Person

    ident, turn = _customer("jamforelse"), iter(range(1, 1000))

    def write() -> None:
        first = next(turn) * CHUNK + 100_000
        numbers = range(first, first + CHUNK)
        with scope.customer(ident), connection.cursor() as cursor:
            places = [Destination(customer_id=ident, kind="person", name=f"Person {number}") for number in numbers]
            cursor.execute(*_statement(places, "id"))
            made = [row[0] for row in cursor.fetchall()]
            people = [
                Person(customer_id=ident, destination_id=place, kind="person", extension=str(number))
                for place, number in zip(made, numbers, strict=True)
            ]
            cursor.execute(*_statement(people, "destination_id"))

    return write


def _statement(rows: Sequence[Model], returned: str) -> tuple[str, list[Any]]:
    """Return one INSERT of many rows as they are, and its values."""
    fields = [field for field in rows[0]._meta.local_fields if field.column != "id"]
    columns, line = ", ".join(str(field.column) for field in fields), f"({', '.join(['%s'] * len(fields))})"
    sql = f"INSERT INTO {rows[0]._meta.db_table} ({columns}) VALUES {', '.join([line] * len(rows))}"
    return f"{sql} RETURNING {returned}", [getattr(row, field.attname) for row in rows for field in fields]
