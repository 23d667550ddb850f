"""Customer, site, user, membership."""

from __future__ import annotations

from typing import Any, ClassVar, Self, TypeVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_scopes import get_scope
from django_scopes.manager import DisabledQuerySet

from tenants.versions import stamp

_Row = TypeVar("_Row", bound=models.Model)


class Customer(models.Model):
    """The company we serve. Its directory row is readable by every role, so it holds nothing secret."""

    class Status(models.TextChoices):
        """How far the customer has come. The API tells it; nothing sets it yet, and nothing is stopped by it."""

        ACTIVE = "active", _("Aktiv")
        PAUSED = "paused", _("Pausad")
        ENDED = "ended", _("Avslutad")

    name = models.CharField(_("Företagsnamn"), max_length=120)
    slug = models.SlugField(max_length=60, unique=True)
    organisation_number = models.CharField(_("Organisationsnummer"), max_length=20, blank=True)
    status = models.CharField(max_length=10, choices=Status, default=Status.ACTIVE)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    def __str__(self) -> str:
        return self.name


class OwnedManager(models.Manager[_Row]):
    """Reaches rows of the customer in scope, and raises outside any scope.

    django-scopes' own factory makes its class at run time, where no type checker sees it; this is its rule for
    the one scope we have.
    """

    def get_queryset(self) -> models.QuerySet[_Row]:
        """Return the rows of the customer in scope."""
        scope = get_scope()
        if not scope.get("_enabled", True):
            return super().get_queryset()
        if "customer" not in scope:
            return DisabledQuerySet(self.model, using=self._db, missing_scopes={"customer"})  # type: ignore[no-any-return]
        return super().get_queryset().filter(customer=scope["customer"])


class CustomerOwned(models.Model):
    """A row of one customer. The fences of the database apply to every table made from this."""

    customer = models.ForeignKey("tenants.Customer", on_delete=models.CASCADE, db_index=False, related_name="+")

    objects: ClassVar[OwnedManager[Self]] = OwnedManager()

    class Meta:
        abstract = True

    @property
    def stamp(self) -> str:
        """Return what a form that removes the row posts as ``version``: another one once the row has been changed."""
        return stamp(self)


class Site(CustomerOwned):
    """An office or unit of the customer. Its area code completes numbers dialled without one."""

    name = models.CharField(_("Kontor"), max_length=80)
    area_code = models.CharField(_("Riktnummer"), max_length=4, blank=True)
    municipality_code = models.CharField(_("Kommunkod"), max_length=4, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint("customer", Lower("name"), name="site_name_once"),
        ]

    def __str__(self) -> str:
        return self.name


class UserManager(BaseUserManager["User"]):
    """Makes users with normalised addresses."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Make a user. Without a password the user cannot log in until one is set."""
        user = self.model(email=self.normalise(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> User:
        """Find a user by address as typed at login."""
        return self.get(email=self.normalise(username or ""))

    @staticmethod
    def normalise(email: str) -> str:
        """Return an address as stored: no spaces around, all lower case, so that one person is one user."""
        return email.strip().casefold()


class User(AbstractBaseUser):
    """Who logs in. A person at several customers is one user with several memberships."""

    class Theme(models.TextChoices):
        """Light or dark, or as the device says."""

        SYSTEM = "system", _("Som enheten")
        LIGHT = "light", _("Ljust")
        DARK = "dark", _("Mörkt")

    email = models.EmailField(_("E-post"), unique=True)
    name = models.CharField(_("Namn"), max_length=120)
    is_staff = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    language = models.CharField(max_length=5, default="sv")
    theme = models.CharField(max_length=6, choices=Theme, default=Theme.SYSTEM)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    objects: ClassVar[UserManager] = UserManager()

    def __str__(self) -> str:
        return self.name or self.email


class Role(models.TextChoices):
    """What a membership allows."""

    ADMIN = "admin", _("Administratör")
    USER = "user", _("Användare")


class Membership(CustomerOwned):
    """Lets a user into a customer."""

    user = models.ForeignKey("tenants.User", on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(_("Roll"), max_length=10, choices=Role, default=Role.USER)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["customer", "user"], name="membership_once")]

    def __str__(self) -> str:
        return f"{self.user} – {self.get_role_display()}"
