"""Who may listen: the session's user, by the rule of pages (``tenants.customers.access``).

Asked at the beginning and again each minute, from one thread a process: so a process with any number of streams has one
connection for this and one to listen by.
"""

from __future__ import annotations

from importlib import import_module

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib import auth
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, InterfaceError, close_old_connections
from django.http import Http404, HttpRequest, parse_cookie

from tenants.customers import access
from tenants.customers.models import Role, User


class Turned(Exception):
    """Somebody may not listen; ``status`` is the answer's."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


@sync_to_async
def admitted(cookies: str, slug: str) -> tuple[int, int]:
    """Return the ids of the user and of the customer.

    :raises Turned: 401 if nobody is logged in, 404 to a stranger, 503 while the database is away.
    """
    close_old_connections()
    try:
        user = _user(cookies)
        return user.pk, access.admitted(user, slug, Role.USER)
    except Http404 as error:
        raise Turned(404) from error
    except PermissionDenied as error:
        raise Turned(403) from error
    except (DatabaseError, InterfaceError) as error:
        raise Turned(503) from error


def _user(cookies: str) -> User:
    request = HttpRequest()
    key = parse_cookie(cookies).get(settings.SESSION_COOKIE_NAME)
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(key)
    user = auth.get_user(request)
    if not isinstance(user, User):
        raise Turned(401)
    return user
