"""Who shows a key, and how often it may ask."""

from __future__ import annotations

import time
from typing import Any, Final

import structlog
from django.conf import settings
from django.core.cache import caches
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from redis.exceptions import RedisError
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from tenants.apikeys import actions, queries
from tenants.apikeys.models import ApiKey
from tenants.apikeys.scopes import allows, needed
from tenants.customers.models import User

log = structlog.get_logger(__name__)

SCHEME: Final = "Bearer"
WINDOW: Final = 60
"""Seconds that a key's requests are counted over."""
PAUSE_SECONDS: Final = 5.0
"""A counter that does not answer is not asked again so soon, lest every request waits for its timeout."""


class ScopeMissing(PermissionDenied):
    """The key is valid and does not allow this."""

    default_code = "scope_missing"


class KeyInvalid(AuthenticationFailed):
    """The key is unknown, revoked or out of date; which, is not said."""

    default_code = "key_invalid"
    default_detail = _("Nyckeln gäller inte.")


def shown(request: HttpRequest) -> ApiKey | None:
    """Return the key a request shows, or None if it shows none. Looked up once a request.

    :raises KeyInvalid: if it shows one that opens nothing.
    """
    scheme, _space, secret = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != SCHEME.lower():
        return None
    if not hasattr(request, "_shown_key"):
        request._shown_key = _found(secret.strip())  # type: ignore[attr-defined]
    if request._shown_key is None:  # type: ignore[attr-defined]
        raise KeyInvalid
    return request._shown_key  # type: ignore[attr-defined,no-any-return]


def _found(secret: str) -> ApiKey | None:
    key = queries.find(secret)
    if key is not None:
        actions.used(key=key)
    return key


class KeyAuthentication(BaseAuthentication):
    """``Authorization: Bearer b2v_…``. ``request.user`` is then the key's own login, ``request.auth`` the key."""

    def authenticate(self, request: Request) -> tuple[User, ApiKey] | None:
        """Return the key's login and the key, or None where none is shown."""
        key = shown(request._request)
        return None if key is None else (key.user, key)

    def authenticate_header(self, request: Request) -> str:
        """Return what an answer 401 asks for."""
        return f'{SCHEME} realm="api"'


def refuse_beyond(key: ApiKey, method: str, area: str) -> None:
    """Let through what a key's scopes allow.

    :raises ScopeMissing: naming the scope, if they don't.
    """
    scope = needed(method, area)
    if not allows(key.scopes, scope):
        raise ScopeMissing(_("Nyckeln saknar behörigheten %s.") % scope)


class KeyRate(BaseThrottle):
    """So many requests a minute for each key, counted for all web processes together.

    A counter that is down lets everybody through: it protects the portal, it is no fence.
    """

    _silent_until = 0.0

    def allow_request(self, request: Request, view: Any) -> bool:
        """Count a request of a key, and tell whether it is one too many."""
        if not isinstance(request.auth, ApiKey):
            return True
        limit = settings.API_KEY_PER_MINUTE
        left = limit - self._count(request.auth)
        view.rate = {"Limit": limit, "Remaining": max(left, 0), "Reset": round(self.wait())}
        return left >= 0

    def wait(self) -> float:
        """Return the seconds until counting begins anew."""
        return WINDOW - time.time() % WINDOW

    def _count(self, key: ApiKey) -> int:
        if time.monotonic() < KeyRate._silent_until:
            return 0
        name, shared = f"api-key/{key.pk}/{int(time.time() // WINDOW)}", caches["shared"]
        try:
            shared.add(name, 0, 2 * WINDOW)
            return shared.incr(name)
        except (RedisError, OSError, ValueError) as error:
            KeyRate._silent_until = time.monotonic() + PAUSE_SECONDS
            log.warning("api.limit.uncounted", error=type(error).__name__)
            return 0
