"""Why live state can't be as somebody asked."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tenants.refusals import Refusal


class BadOrder(Refusal):
    """It is no order at all."""

    code = "bad_order"
    message = _("Det går inte att ställa in så.")


class NotInSwitch(Refusal):
    """What it is about has not been published."""

    code = "unknown_subject"
    message = _("Det finns inte i växeln än. Publicera först.")


class TimeOut(Refusal):
    """The end lies in the past, or further off than anybody plans."""

    code = "until_out_of_bounds"
    field = "until"
    message = _("Välj en sluttid som ligger framåt, inom ett år.")


class BadTarget(Refusal):
    """Calls can't be sent there."""

    code = "bad_target"
    field = "target"
    message = _("Dit går det inte att hänvisa. Välj en röstbrevlåda, ett externt nummer eller en annan användare.")


class TargetDiverted(BadTarget):
    """The person calls would be sent to is away."""

    code = "target_diverted"
    message = _("Den användaren är själv hänvisad. Välj någon annan.")


CAME_TO_NOTHING: dict[str, str | Promise] = {
    "late": _("Växeln gick inte att nå, så ändringen gjordes aldrig. Försök igen om du fortfarande vill."),
    "unknown_subject": _("Växeln har inte det här än. Publicera och försök igen."),
    "bad_order": _("Växeln tog inte emot ändringen."),
}
"""What ``LiveRegister.refused`` means to people."""
