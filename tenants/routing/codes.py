"""Feature codes: what a person sets by dialling. docs/feature-codes.md is the printed list; a test compares.

The form is that of Swedish exchanges since ETSI ETS 300 738: ``*`` sets, ``#`` ends, then two digits, then what
belongs to them after ``*``, and a last ``#`` that may be left out.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from tenants.routing.live import REASONS, Diversion, Login, Order, Pause, membership
from tenants.routing.objects import Key

ZONE = ZoneInfo("Europe/Stockholm")
"""Times that are dialled are Swedish."""
_CODE = re.compile(r"(?P<sign>[*#])(?P<code>[0-9]{2})(?:\*(?P<first>[0-9]*))?(?:\*(?P<second>[0-9]*))?#?")
AWAY, GROUPS, PAUSE = "23", "28", "29"


def is_code(digits: str) -> bool:
    """Tell whether what was dialled is meant as a feature code."""
    return digits[:1] in ("*", "#")


def orders(digits: str, person: Key, groups: Sequence[Key], moment: datetime) -> tuple[Order, ...]:
    """Return what a code sets for the person who dials it, nothing if it means nothing.

    ``groups`` are those the person is a member of. A time that has passed today is tomorrow's.
    """
    match = _CODE.fullmatch(digits)
    if match is None:
        return ()
    on, first, second = match["sign"] == "*", match["first"] or "", match["second"] or ""
    match match["code"]:
        case code if code == AWAY:
            away = _away(first, second, moment) if on else None
            sound = away is not None if on else not first and not second
            return (Order(kind="diversion", subject=person, value=away),) if sound else ()
        case code if code == GROUPS and not first and not second:
            return tuple(Order(kind="login", subject=membership(group, person), value=Login(on=on)) for group in groups)
        case code if code == PAUSE and not first and not second:
            return (Order(kind="pause", subject=person, value=Pause() if on else None),)
    return ()


def _away(reason: str, clock: str, moment: datetime) -> Diversion | None:
    """Return a diversion with a reason and perhaps the time of return, None if they mean nothing."""
    word, until = REASONS.get(reason or "0"), _next(clock, moment) if clock else None
    return Diversion(reason=word, until=until) if word and bool(clock) == bool(until) else None


def _next(clock: str, moment: datetime) -> datetime | None:
    """Return the next moment at which Swedish clocks show ``HHMM``, or None if they never do."""
    if not re.fullmatch(r"([01][0-9]|2[0-3])[0-5][0-9]", clock):
        return None
    now = moment.astimezone(ZONE)
    today = now.replace(hour=int(clock[:2]), minute=int(clock[2:]), second=0, microsecond=0, fold=0)
    wall = today if today > now else today + timedelta(days=1)
    return wall.astimezone(UTC)
