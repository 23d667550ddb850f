"""Announcement."""

from __future__ import annotations

from django.db import models

from tenants.destinations.models import Kind, Routable, kind_is


class Announcement(Routable):
    """A message on the way (slot ``next``) or the last thing a caller hears."""

    KIND = Kind.ANNOUNCEMENT

    prompt = models.ForeignKey("tenants.Prompt", on_delete=models.RESTRICT, related_name="+")
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = kind_is(Kind.ANNOUNCEMENT)
