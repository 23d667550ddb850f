"""The types of message there are, by their names, which never change what they mean.

A type's ``data`` may get more fields; none goes or changes. What must change gets a new name (``call.ended.v2``).
"""

from __future__ import annotations

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

TEST: Final = "test"
TYPES: Final[dict[str, str | Promise]] = {
    "release.effective": _("En publicering gäller i växeln"),
    "release.refused": _("Växeln tog inte emot en publicering"),
    "call.started": _("Ett samtal börjar"),
    "call.answered": _("Någon svarar"),
    "call.ended": _("Ett samtal är slut"),
    "message.left": _("Ett röstmeddelande har lämnats"),
    "live.changed": _("Inloggning, paus, hänvisning eller öppet och stängt för hand har ändrats"),
}
"""Name -> what it is called on pages. ``test`` goes to whichever endpoint is tested, chosen or not."""
EVERY: Final = (*TYPES, TEST)
