"""What ``tenants.changes`` must know of schedules."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from tenants.changes.registry import Kind
from tenants.schedules import actions
from tenants.schedules.compile import compile_schedule
from tenants.schedules.models import Schedule

SCHEDULE = Kind(
    name="schedule",
    model=Schedule,
    save="live",
    label=_("Öppettider"),
    compile=compile_schedule,
    restore=actions.restore,
    clear=actions.clear,
    drop=actions.drop,
)
