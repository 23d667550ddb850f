"""The short transaction in which one customer's rows exist.

PostgreSQL's row-level security reads ``app.customer``, set for this transaction only, so nothing is left
behind on a pooled connection. django-scopes raises on a query outside; that is a net, not the fence.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal, cast

from django.db import connection, transaction
from django_scopes import scope, scopes_disabled

Wide = Literal["portal_relay", "portal_staff", "portal_node"]


@contextmanager
def customer(customer_id: int) -> Iterator[None]:
    """Open a transaction that sees this customer's rows and no others.

    Inside another customer's scope it narrows to this one and returns to the outer one at the end.
    """
    with _setting("app.customer", str(customer_id)), scope(customer=customer_id):
        yield


@contextmanager
def user(user_id: int) -> Iterator[None]:
    """Open a transaction that sees this user's own memberships, of whichever customer."""
    with _setting("app.user", str(user_id)), scopes_disabled():
        yield


@contextmanager
def key(digest: str) -> Iterator[None]:
    """Open a transaction that sees the API key with this hash, of whichever customer, and nothing else."""
    with _setting("app.key", digest), scopes_disabled():
        yield


@contextmanager
def wide(role: Wide) -> Iterator[None]:
    """Open a transaction across customers as one of the narrow roles.

    The database refuses unless the process's login was granted the role. Lists, scans and event batches
    only; whatever belongs to one customer is then done in ``customer``.
    """
    nested = connection.in_atomic_block
    with transaction.atomic():
        before = _answer("SELECT current_user") if nested else None
        _execute(f"SET LOCAL ROLE {role}")
        with scopes_disabled():
            yield
        if before:
            _execute(f"SET LOCAL ROLE {connection.ops.quote_name(before)}")


@contextmanager
def _setting(name: str, value: str) -> Iterator[None]:
    """Open a transaction with a setting of its own; put an outer one's value back when the block ends well.

    After an error, or when told to, the savepoint or transaction rolls back, and the setting with it. A transaction
    that begins here ends here, and the setting with it.
    """
    nested = connection.in_atomic_block
    with transaction.atomic():
        before = _answer("SELECT current_setting(%s, true)", name) if nested else None
        _execute("SELECT set_config(%s, %s, true)", name, value)
        yield
        if nested and not connection.needs_rollback:
            _execute("SELECT set_config(%s, %s, true)", name, before or "")


def _execute(sql: str, *values: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values or None)


def _answer(sql: str, *values: str) -> str | None:
    """Return the one value a query answers."""
    with connection.cursor() as cursor:
        cursor.execute(sql, values or None)
        return cast("str | None", cursor.fetchone()[0])
