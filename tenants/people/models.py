"""Person, device."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from tenants.customers.models import CustomerOwned
from tenants.destinations.models import Kind, Routable, kind_is


class Person(Routable):
    """A telephony user. ``user`` is the login, for those who have one."""

    KIND = Kind.PERSON

    extension = models.CharField(
        _("Anknytning"), max_length=6, validators=[RegexValidator(r"^[1-9][0-9]{1,5}$", _("Två till sex siffror."))]
    )
    email = models.EmailField(_("E-post"), blank=True)
    site = models.ForeignKey("tenants.Site", on_delete=models.RESTRICT, null=True, blank=True, related_name="people")
    user = models.ForeignKey("tenants.User", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    ring_seconds = models.PositiveSmallIntegerField(
        _("Ringtid"), default=25, validators=[MinValueValidator(5), MaxValueValidator(120)]
    )
    mobile = models.CharField(_("Mobil"), max_length=16, blank=True, default="", db_default="")
    """E.164, or empty. It rings beside the telephones."""
    mobile_confirm = models.BooleanField(default=True, db_default=True)
    """Whoever lifts the mobile must press 1."""
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            *kind_is(Kind.PERSON),
            models.UniqueConstraint(fields=["customer", "extension"], name="extension_once"),
            models.CheckConstraint(condition=models.Q(extension__regex=r"^[1-9][0-9]{1,5}$"), name="extension_digits"),
            models.CheckConstraint(condition=models.Q(ring_seconds__range=(5, 120)), name="person_bounds"),
            models.CheckConstraint(condition=models.Q(mobile__regex=r"^([+][1-9][0-9]{6,14})?$"), name="person_mobile"),
        ]


class Device(CustomerOwned):
    """A SIP telephone. ``secret`` is sealed for ``device/<id>/secret``; ``version`` rises with each new one."""

    person = models.ForeignKey("tenants.Person", on_delete=models.CASCADE, related_name="devices")
    name = models.CharField(_("Namn"), max_length=60)
    username = models.CharField(max_length=40, unique=True)
    secret = models.TextField(blank=True)
    version = models.PositiveIntegerField(default=1)
