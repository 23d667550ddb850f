"""Fields that several rooms' API speak: times of day and keys of destinations."""

from __future__ import annotations

import re
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

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
