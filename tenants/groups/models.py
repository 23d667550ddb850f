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


class Order(models.TextChoices):
    """Who gets the next caller in line."""

    RANKS = "ranks", _("Som gruppen ringer")
    TURNS = "turns", _("Medlemmarna turas om")
    LONGEST_FREE = "longest_free", _("Den som varit ledig längst")


class Line(CustomerOwned):
    """A group's callers wait in line when nobody is free. Seconds and numbers of callers; keys out are routes."""

    group = models.OneToOneField("tenants.Group", on_delete=models.CASCADE, related_name="line")
    max_wait_seconds = models.PositiveSmallIntegerField(
        _("Längsta väntetid"), default=300, validators=[MinValueValidator(10), MaxValueValidator(3600)]
    )
    max_waiting = models.PositiveSmallIntegerField(
        _("Platser i kön"), default=20, validators=[MinValueValidator(1), MaxValueValidator(200)]
    )
    music = models.ForeignKey("tenants.Prompt", on_delete=models.RESTRICT, null=True, blank=True, related_name="+")
    announce = models.ForeignKey("tenants.Prompt", on_delete=models.RESTRICT, null=True, blank=True, related_name="+")
    announce_every = models.PositiveSmallIntegerField(
        _("Upprepas"), default=45, validators=[MinValueValidator(10), MaxValueValidator(600)]
    )
    order = models.CharField(_("Vem får nästa samtal"), max_length=12, choices=Order, default=Order.RANKS)
    wrap_up_seconds = models.PositiveSmallIntegerField(_("Efterarbete"), default=0, validators=[MaxValueValidator(900)])

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(
                    max_wait_seconds__range=(10, 3600),
                    max_waiting__range=(1, 200),
                    announce_every__range=(10, 600),
                    wrap_up_seconds__range=(0, 900),
                ),
                name="line_bounds",
            ),
            models.CheckConstraint(condition=models.Q(order__in=Order.values), name="line_order_known"),
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
