"""What a key may be allowed: reading or writing, area by area. Writing includes reading."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

AREAS: Final[dict[str, str | Promise]] = {
    "customer": _("Företaget och kontoren"),
    "people": _("Användare och telefoner"),
    "numbers": pgettext_lazy("flera", "Nummer"),
    "schedules": _("Öppettider"),
    "flow": _("Samtalsflödet"),
    "prompts": _("Ljud och hälsningar"),
    "mailboxes": _("Röstbrevlådor"),
    "messages": _("Röstmeddelanden"),
    "live": _("Inloggning i grupper, hänvisning och stängt för hand"),
    "publishing": _("Publicering och historik"),
    "logins": _("Inloggningar"),
    "webhooks": _("Webhooks"),
}
"""Area -> what it is called on pages. ``flow`` is menus, groups, time switches, announcements, external numbers."""

ME: Final = "me"
"""The area of a person's own: keys that people make for themselves have it, and nothing else."""

READ: Final = "read"
WRITE: Final = "write"
SCOPES: Final = tuple(f"{verb}:{area}" for area in AREAS for verb in (READ, WRITE))
OWN: Final = (f"{READ}:{ME}", f"{WRITE}:{ME}")
"""What a person's own key may do."""
SAFE: Final = {"GET", "HEAD", "OPTIONS"}


def needed(method: str, area: str) -> str:
    """Return the scope a request to an area needs."""
    return f"{READ if method in SAFE else WRITE}:{area}"


def allows(scopes: Collection[str], scope: str) -> bool:
    """Tell whether scopes include one; who may write may read."""
    return scope in scopes or scope.replace(f"{READ}:", f"{WRITE}:") in scopes
