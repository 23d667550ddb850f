"""Times of day as people type and read them. 24 hours, Swedish habits: 8, 830, 8.30, 08:30."""

from __future__ import annotations

import re

from tenants.routing.schedules import DAY
from tenants.schedules.refusals import BadHours

_TYPED = re.compile(r"\s*(\d{1,2})(?:[:., ]?(\d{2}))?\s*")


def minutes_of(text: str) -> int:
    """Return minutes after midnight, 0 to 1440.

    :raises BadHours: if it is no time of day, as 25:00 or "åtta".
    """
    found = _TYPED.fullmatch(text)
    if found is None:
        raise BadHours("time_range")
    hour, minute = int(found[1]), int(found[2] or 0)
    if minute > 59 or hour * 60 + minute > DAY:
        raise BadHours("time_range")
    return hour * 60 + minute


def stretch_of(start: str, end: str) -> tuple[int, int]:
    """Return a stretch in minutes; an end before the start is after midnight, so above 1440.

    :raises BadHours: if one is no time of day, or both are the same.
    """
    first, last = minutes_of(start), minutes_of(end)
    if first == DAY:
        raise BadHours("time_range")
    if first == last:
        raise BadHours("empty")
    return first, last if last > first else last + DAY


def clock(minutes: int) -> str:
    """Return HH:MM. 1440 is 24:00; past that the clock begins anew."""
    hour, minute = divmod(minutes if minutes <= DAY else minutes - DAY, 60)
    return f"{hour:02d}:{minute:02d}"


def stretch(start: int, end: int) -> str:
    """Return 08:00–17:00."""
    return f"{clock(start)}–{clock(end)}"
