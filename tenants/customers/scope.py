"""The short transaction in which one customer's rows exist.

PostgreSQL's row-level security reads ``app.customer``, set for this transaction only, so nothing is left
behind on a pooled connection. django-scopes raises on a query outside; that is a net, not the fence.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from django.db import connection, transaction
from django_scopes import scope, scopes_disabled

Wide = Literal["portal_relay", "portal_staff", "portal_node"]


@contextmanager
def customer(customer_id: int) -> Iterator[None]:
    """Open a transaction that sees this customer's rows and no others.

    Inside another customer's scope it narrows to this one and returns to the outer one at the end.
    """
    with transaction.atomic(), _setting("app.customer", str(customer_id)), scope(customer=customer_id):
        yield


@contextmanager
def user(user_id: int) -> Iterator[None]:
    """Open a transaction that sees this user's own memberships, of whichever customer."""
    with transaction.atomic(), _setting("app.user", str(user_id)), scopes_disabled():
        yield


@contextmanager
def key(digest: str) -> Iterator[None]:
    """Open a transaction that sees the API key with this hash, of whichever customer, and nothing else."""
    with transaction.atomic(), _setting("app.key", digest), scopes_disabled():
        yield


@contextmanager
def wide(role: Wide) -> Iterator[None]:
    """Open a transaction across customers as one of the narrow roles.

    The database refuses unless the process's login was granted the role. Lists, scans and event batches
    only; whatever belongs to one customer is then done in ``customer``.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_user")
            before = cursor.fetchone()[0]
            cursor.execute(f"SET LOCAL ROLE {role}")
        with scopes_disabled():
            yield
        with connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL ROLE {connection.ops.quote_name(before)}")


@contextmanager
def _setting(name: str, value: str) -> Iterator[None]:
    """Set a transaction-local setting; put the outer value back when the block ends well.

    After an error, or when told to, the savepoint or transaction rolls back, and the setting with it.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting(%s, true), set_config(%s, %s, true)", [name, name, value])
        before = cursor.fetchone()[0]
    yield
    if connection.needs_rollback:
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config(%s, %s, true)", [name, before or ""])
