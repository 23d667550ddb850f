"""Time switch."""

from __future__ import annotations

from django.db import models

from tenants.destinations.models import Kind, Routable, kind_is


class TimeSwitch(Routable):
    """A fork in the flow: open, closed, lunch or holiday, as its schedule says at the moment of the call."""

    KIND = Kind.TIMESWITCH

    schedule = models.ForeignKey("tenants.Schedule", on_delete=models.RESTRICT, related_name="timeswitches")
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = kind_is(Kind.TIMESWITCH)
