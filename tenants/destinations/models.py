"""Destination, route."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from tenants.customers.models import CustomerOwned
from tenants.destinations.slots import SLOTS
from tenants.routing.objects import Key


class Kind(models.TextChoices):
    """The kinds of destination; also the kinds of their objects."""

    TIMESWITCH = "timeswitch", _("Tidsstyrning")
    ANNOUNCEMENT = "announcement", _("Meddelande")
    MENU = "menu", _("Knappval")
    GROUP = "group", _("Svarsgrupp")
    PERSON = "person", _("Användare")
    MAILBOX = "mailbox", _("Röstbrevlåda")
    EXTERNAL = "external", _("Externt nummer")


class Destination(CustomerOwned):
    """A place a call can go. ``removed`` is a place deleted in the draft that the switch may still use."""

    kind = models.CharField(max_length=12, choices=Kind)
    name = models.CharField(_("Namn"), max_length=80)
    removed = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["customer", "id", "kind"], name="destination_kind"),
            models.UniqueConstraint(
                "customer", "kind", Lower("name"), name="destination_name_once", condition=models.Q(removed=False)
            ),
            models.CheckConstraint(condition=models.Q(kind__in=Kind.values), name="destination_kind_known"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def key(self) -> Key:
        """Return the key of the object this destination is to the switch."""
        return f"{self.kind}/{self.pk}"


def _slot_belongs_to_kind() -> models.Q:
    legal = models.Q()
    for kind, slots in SLOTS.items():
        if slots:
            legal |= models.Q(source_kind=kind, slot__in=slots)
    return legal


class Route(CustomerOwned):
    """An edge: calls in this slot of the source go to the target. ``prompt`` is heard on the way."""

    source = models.ForeignKey("tenants.Destination", on_delete=models.CASCADE, related_name="routes")
    source_kind = models.CharField(max_length=12, choices=Kind)
    slot = models.CharField(max_length=12)
    target = models.ForeignKey("tenants.Destination", on_delete=models.RESTRICT, related_name="arrivals")
    prompt = models.ForeignKey("tenants.Prompt", on_delete=models.RESTRICT, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "slot"], name="route_slot_once"),
            models.CheckConstraint(condition=~models.Q(source=models.F("target")), name="route_to_itself"),
            models.CheckConstraint(condition=_slot_belongs_to_kind(), name="route_slot_known"),
        ]


class Routable(CustomerOwned):
    """What the table of a routable room begins with: its destination is its key and says its kind."""

    destination = models.OneToOneField(
        "tenants.Destination", on_delete=models.CASCADE, primary_key=True, related_name="%(class)s"
    )
    kind = models.CharField(max_length=12, choices=Kind, editable=False)

    KIND: Kind

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.destination.name

    @property
    def name(self) -> str:
        """Return the name people see."""
        return self.destination.name


def kind_is(kind: Kind) -> list[models.BaseConstraint]:
    """Return the constraint that keeps a room's rows on destinations of its kind."""
    return [models.CheckConstraint(condition=models.Q(kind=kind.value), name=f"{kind.value}_kind")]
