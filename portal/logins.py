"""The web and the workers refuse a database login that row-level security does not bind."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError, connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

_POWERFUL = """
    SELECT rolsuper OR rolbypassrls OR EXISTS (
        SELECT 1 FROM pg_class WHERE relname = 'tenants_customer' AND pg_has_role(current_user, relowner, 'USAGE')
    ) FROM pg_roles WHERE rolname = current_user
"""


def refuse_powerful() -> None:
    """Check every database connection of this process, beginning now.

    Only ``migrate`` may log in as the owner; a superuser, an owner or a login with BYPASSRLS would see every
    customer's rows in every page. A database that is down now is checked when it answers.

    :raises ImproperlyConfigured: if the login is too powerful.
    """
    connection_created.connect(_check, dispatch_uid="portal.logins")
    try:
        connection.ensure_connection()
    except OperationalError:
        return
    _check(connection=connection)
    connection.close()


def is_powerful(cursor: Any) -> bool:
    """Tell whether the login behind a cursor is one that row-level security does not bind."""
    cursor.execute(_POWERFUL)
    (powerful,) = cursor.fetchone() or (True,)
    return bool(powerful)


def _check(*, connection: BaseDatabaseWrapper, **_kwargs: Any) -> None:
    with connection.cursor() as cursor:
        powerful = is_powerful(cursor)
    if powerful:
        connection.close()  # or whoever asks next would find it open, and be served
        raise ImproperlyConfigured("DATABASE_URL logs in as an owner, a superuser or with BYPASSRLS; use portal_app")
