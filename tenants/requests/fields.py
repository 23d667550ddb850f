"""Fields that several rooms' API speak: times of day and keys of destinations."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from tenants.customers.models import Membership, Site

DAY = 1440
_TIME = re.compile(r"^(?:([01][0-9]|2[0-3]):([0-5][0-9])|(24):(00))$")


@extend_schema_field({"type": "string", "pattern": r"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$", "example": "08:00"})
class ClockField(serializers.Field[int, str, str, int]):
    """A time of day, ``HH:MM``, 24:00 included; minutes after midnight inside."""

    default_error_messages = {"invalid": _("Skriv klockslag som 08:00, högst 24:00.")}

    def to_internal_value(self, data: Any) -> int:
        """Return minutes after midnight."""
        match = _TIME.match(data) if isinstance(data, str) else None
        if match is None:
            self.fail("invalid")
        hours, minutes = match.group(1) or match.group(3), match.group(2) or match.group(4)
        return int(hours) * 60 + int(minutes)

    def to_representation(self, value: int) -> str:
        """Return ``HH:MM``; a time of the next day loses its day (an end before its start says so)."""
        minutes = value - DAY if value > DAY else value
        return f"{minutes // 60:02}:{minutes % 60:02}"


EARLIEST, LATEST = date(1970, 1, 1), date(2999, 12, 31)
"""What can be asked for. Within them every clock, zone and database agrees on what day it is."""


class MomentField(serializers.DateTimeField):
    """A moment between 1970 and 2999. Beyond them lie moments that are none in another time zone."""

    def enforce_timezone(self, value: datetime) -> datetime:
        """Return it in the zone of the request, once it is known to be there."""
        if not EARLIEST <= value.date() <= LATEST or (value.tzinfo and value.astimezone(UTC).date() < EARLIEST):
            self.fail("overflow")
        return super().enforce_timezone(value)


class DayField(serializers.DateField):
    """A date between 1970 and 2999, so that there is a day before and one after."""

    default_error_messages = {"overflow": _("Välj ett datum mellan 1970 och 2999.")}

    def to_internal_value(self, value: Any) -> date:
        """Return the date."""
        day: date = super().to_internal_value(value)
        if not EARLIEST <= day <= LATEST:
            self.fail("overflow")
        return day


@extend_schema_field({"type": "integer", "minimum": 1, "maximum": 2**63 - 1})
class PromptField(serializers.Field[str, Any, int, str]):
    """A prompt by its id; a key ``prompt/id`` inside."""

    default_error_messages = {"invalid": _("Skriv röstpromptens id.")}

    def to_internal_value(self, data: Any) -> str:
        """Return the key."""
        if isinstance(data, bool) or not isinstance(data, int) or not 0 < data < 2**63:
            self.fail("invalid")
        return f"prompt/{data}"

    def to_representation(self, value: str) -> int:
        """Return the id."""
        return int(value.rpartition("/")[2])


class ChosenField(serializers.IntegerField):
    """A row by its id: one of those that may be chosen."""

    default_error_messages = {"unknown": _("Det finns ingen sådan.")}

    def __init__(self, *, among: Callable[[], Any], **kwargs: Any) -> None:
        super().__init__(min_value=1, max_value=2**63 - 1, **kwargs)
        self.among = among

    def to_internal_value(self, data: Any) -> int:
        """Return the id of a row that may be chosen."""
        ident: int = super().to_internal_value(data)
        if 0 < ident < 2**63 and not self.among().filter(pk=ident).exists():
            self.fail("unknown")
        return ident


def logins() -> Any:
    """Return the memberships of people; a key has one too, and is none."""
    return Membership.objects.filter(user__is_active=True)


class LoginField(ChosenField):
    """A login by the id of its membership."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(among=logins, **kwargs)


class SiteField(ChosenField):
    """An office by its id."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(among=Site.objects.all, **kwargs)


def user_of(membership_id: int | None) -> int | None:
    """Return the user of a membership."""
    return membership_id and logins().values_list("user_id", flat=True).get(pk=membership_id)
