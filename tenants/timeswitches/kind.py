"""What ``tenants.changes`` must know of time switches."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from tenants.changes.registry import Kind
from tenants.destinations import actions as destinations
from tenants.timeswitches import actions
from tenants.timeswitches.compile import compile_timeswitch
from tenants.timeswitches.models import TimeSwitch

TIMESWITCH = Kind(
    name="timeswitch",
    model=TimeSwitch,
    save="draft",
    label=_("Tidsstyrning"),
    compile=compile_timeswitch,
    restore=actions.restore,
    link=actions.link,
    clear=destinations.clear,
    retire=destinations.retire,
    drop=destinations.drop,
)
