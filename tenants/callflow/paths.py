"""Which way calls go at a moment: now, when closed, on a deviating day, or at a time that was chosen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from tenants.routing.objects import STATES, AnyObject, Key, Schedule, State, TimeSwitch
from tenants.routing.schedules import Verdict, evaluate

HOME = "Europe/Stockholm"
"""The zone of a flow without opening hours."""


@dataclass(frozen=True)
class View:
    """What the tree is looked at as: ``state`` forces every time switch, else ``moment`` (aware) decides.

    ``now`` is True when the moment is the present one.
    """

    moment: datetime
    state: State | None = None
    now: bool = True

    @property
    def day(self) -> str:
        """Return the chosen date, in the zone it was chosen in; empty when none was."""
        return "" if self.now or self.state else f"{self.moment:%Y-%m-%d}"

    @property
    def clock(self) -> str:
        """Return the chosen time of day, in the zone it was chosen in; empty when none was."""
        return "" if self.now or self.state else f"{self.moment:%H:%M}"


def read_view(wanted: str, now: datetime, zone: str = HOME) -> View:
    """Return the view a word in the address asks for: nothing is now, a state or a local date and time is that."""
    if wanted in STATES:
        return View(now, state=wanted, now=False)
    try:
        moment = datetime.fromisoformat(wanted)
    except ValueError:
        return View(now)
    return View(moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone)), now=False)


def wanted_in(data: Mapping[str, str]) -> str:
    """Return what an address asks to see: ``when``, or the ``day`` and ``clock`` of the two time fields.

    A day alone is its noon.
    """
    day, clock = data.get("day", "").strip(), data.get("clock", "").strip()
    return f"{day} {clock or '12:00'}" if day else data.get("when", "")


def verdict_of(switch: TimeSwitch, objects: Mapping[Key, AnyObject], view: View) -> Verdict | None:
    """Return what a time switch's schedule says in a view, None if it has no schedule that can be read."""
    schedule = objects.get(switch.schedule)
    if view.state:
        return Verdict(state=view.state, rule="override", valid_until=None)
    try:
        return evaluate(schedule, view.moment) if isinstance(schedule, Schedule) else None
    except (KeyError, ValueError, OverflowError):
        return None


def slot_of(switch: TimeSwitch, state: State) -> str:
    """Return the slot calls take in a state: what is not set falls back to closed, as in the switch."""
    return state if state == "open" or getattr(switch, state) else "closed"
