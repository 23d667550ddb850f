"""Finding keys: by what was shown, before any customer is known, and for the page."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from tenants.apikeys.models import ApiKey
from tenants.apikeys.scopes import AREAS, ME, WRITE
from tenants.customers import scope
from tenants.customers.models import User


def hashed(secret: str) -> str:
    """Return what is stored of a key. It is 256 random bits, so no salt and no slow hash is needed."""
    return hashlib.sha256(secret.encode()).hexdigest()


def find(secret: str) -> ApiKey | None:
    """Return the valid key that was shown, or None. The database shows only the row with this very hash."""
    with scope.key(hashed(secret)):
        found = ApiKey.objects.select_related("user", "customer").first()
    return found if found is not None and found.is_valid(timezone.now()) else None


@dataclass(frozen=True)
class Line:
    """A key on the page, with what it may do in words."""

    key: ApiKey
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    expired: bool


def listed() -> list[Line]:
    """Return the keys that are not revoked, by name."""
    now = timezone.now()
    return [_line(key, expired=not key.is_valid(now)) for key in _standing()]


def own(user: User) -> list[Line]:
    """Return the keys somebody has made for what is their own, by name."""
    return [_line(key, expired=False) for key in _standing().filter(own_of=user)]


def _standing() -> QuerySet[ApiKey]:
    return ApiKey.objects.filter(revoked_at=None).select_related("created_by").order_by("name")


def _line(key: ApiKey, *, expired: bool) -> Line:
    writes = [area for area in AREAS if f"{WRITE}:{area}" in key.scopes]
    reads = [area for area in AREAS if f"read:{area}" in key.scopes and area not in writes]
    names = {area: str(label) for area, label in AREAS.items()}
    if key.own_of_id is not None:
        writes, names = [ME], {ME: _("Det egna, som på Min sida")}
    return Line(key, tuple(names[area] for area in reads), tuple(names[area] for area in writes), expired)
