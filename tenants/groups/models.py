"""Group, member."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from tenants.customers.models import CustomerOwned
from tenants.destinations.models import Kind, Routable, kind_is


class Strategy(models.TextChoices):
    """How a group rings."""

    SEQUENTIAL = "sequential", _("I tur och ordning")
    PARALLEL = "parallel", _("Alla samtidigt")


class Group(Routable):
    """People who answer the same calls; slots ``no_answer`` and ``nobody`` say where calls go instead."""

    KIND = Kind.GROUP

    strategy = models.CharField(_("Ringer"), max_length=12, choices=Strategy, default=Strategy.SEQUENTIAL)
    ring_seconds = models.PositiveSmallIntegerField(
        _("Ringtid"), default=20, validators=[MinValueValidator(5), MaxValueValidator(120)]
    )
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            *kind_is(Kind.GROUP),
            models.CheckConstraint(condition=models.Q(ring_seconds__range=(5, 120)), name="group_bounds"),
        ]


class GroupMember(CustomerOwned):
    """A person in a group, in order of priority."""

    group = models.ForeignKey("tenants.Group", on_delete=models.CASCADE, related_name="members")
    person = models.ForeignKey("tenants.Person", on_delete=models.RESTRICT, related_name="memberships")
    position = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["group", "person"], name="group_member_once"),
            models.UniqueConstraint(
                fields=["group", "position"], name="group_position_once", deferrable=models.Deferrable.DEFERRED
            ),
        ]
