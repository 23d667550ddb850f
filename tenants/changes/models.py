"""Publication, object, body, release, change."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from structlog.contextvars import get_contextvars

from tenants.changes.said import LONGEST, Said, read, written
from tenants.customers.models import CustomerOwned
from tenants.routing.root import EMPTY, root_of

BUCKETS_SIZE = len(EMPTY)


def empty_buckets() -> bytes:
    """Return the bucket digests of a customer without objects."""
    return EMPTY


def empty_root() -> str:
    """Return the root of a customer without objects."""
    return root_of(EMPTY)


def trace_of_request() -> str:
    """Return the trace id (W3C Trace Context) that log lines bear now; nothing outside of a request or task."""
    return str(get_contextvars().get("trace", ""))


WAITING = (
    models.Q(draft__isnull=True, published__isnull=False)
    | models.Q(draft__isnull=False, published__isnull=True)
    | (models.Q(draft__isnull=False, published__isnull=False) & ~models.Q(draft=models.F("published")))
)
"""Draft and published differ. Spelt out, since SQL's inequality is unknown for null."""


class Lane(models.IntegerChoices):
    """What is served first when much waits."""

    EMERGENCY = 0
    INTERACTIVE = 1
    SYNC = 2
    BULK = 3


class Publication(CustomerOwned):
    """What is desired of the switch for one customer. Locked last, and only by ``publish``."""

    customer = models.OneToOneField("tenants.Customer", on_delete=models.CASCADE, primary_key=True, related_name="+")
    epoch = models.PositiveIntegerField(default=1)
    generation = models.PositiveBigIntegerField(default=0)
    buckets = models.BinaryField(default=empty_buckets)
    root = models.CharField(max_length=64, default=empty_root)
    lane = models.PositiveSmallIntegerField(choices=Lane, default=Lane.INTERACTIVE)
    changed_at = models.DateTimeField(default=timezone.now)


class Body(CustomerOwned):
    """The canonical bytes of an object as it was at some time. Null once erased; history keeps the hash."""

    sha256 = models.CharField(max_length=64)
    content = models.BinaryField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["customer", "sha256"], name="body_once")]


class Object(CustomerOwned):
    """One object's two sides: the draft and what is published. Equal hashes mean nothing waits."""

    key = models.CharField(max_length=60)
    bucket = models.PositiveSmallIntegerField()
    draft = models.CharField(max_length=64, null=True)  # noqa: DJ001 - null is "no object", "" would be a hash
    published = models.CharField(max_length=64, null=True)  # noqa: DJ001

    class Meta:
        constraints = [models.UniqueConstraint(fields=["customer", "key"], name="object_once")]
        indexes = [
            models.Index(fields=["customer"], name="object_waiting", condition=WAITING),
            models.Index(fields=["customer", "bucket"], name="object_bucket"),
        ]


class Reference(CustomerOwned):
    """A name that a published object has among ``routing.reach.names_of``: mostly the key of another object.

    Kept by publishing in its own transaction, so that a proof finds who leads to a place without reading everybody.
    """

    key = models.CharField(max_length=60)
    name = models.CharField(max_length=60)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["customer", "name", "key"], name="reference_once")]
        indexes = [models.Index(fields=["customer", "key"], name="reference_key")]


class Verdict(CustomerOwned):
    """What proving the whole configuration said last, and whether the proof of what changed had said the same.

    The whole is proven when Granska is opened for a draft not yet looked at, and each night as it is published.
    """

    class About(models.TextChoices):
        """What was proven."""

        DRAFT = "draft", _("Utkastet")
        PUBLISHED = "published", _("Det publicerade")

    about = models.CharField(max_length=10, choices=About)
    generation = models.PositiveBigIntegerField()
    state = models.CharField(max_length=64)
    at = models.DateTimeField(default=timezone.now)
    problems = models.JSONField(default=list)
    agreed = models.BooleanField(default=True)
    lost = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["customer", "about"], name="verdict_once")]


class Release(CustomerOwned):
    """One generation: who, when, why, and the root it gave. Its items say what changed. Immutable.

    ``trace`` is the request it came of, so that the push that brings it to a node is logged under the same id.
    """

    class Origin(models.TextChoices):
        """How it came about."""

        SAVE = "save", _("Sparad")
        PUBLISH = "publish", _("Publicerad")
        UNDO = "undo", _("Ångrad")
        ROLLBACK = "rollback", _("Återställd")

    generation = models.PositiveBigIntegerField()
    root = models.CharField(max_length=64)
    origin = models.CharField(max_length=10, choices=Origin)
    note = models.CharField(_("Anteckning"), max_length=200, blank=True)
    by = models.ForeignKey("tenants.User", on_delete=models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    trace = models.CharField(max_length=32, blank=True, default=trace_of_request, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["customer", "generation"], name="release_once")]


class ReleaseItem(CustomerOwned):
    """One object that a release changed: its hash before and after, null for not there."""

    release = models.ForeignKey("tenants.Release", on_delete=models.CASCADE, related_name="items", db_index=False)
    generation = models.PositiveBigIntegerField()
    key = models.CharField(max_length=60)
    before = models.CharField(max_length=64, null=True)  # noqa: DJ001
    after = models.CharField(max_length=64, null=True)  # noqa: DJ001

    class Meta:
        constraints = [models.UniqueConstraint(fields=["release", "key"], name="release_item_once")]
        indexes = [
            models.Index(fields=["customer", "generation"], name="release_item_generation"),
            models.Index(fields=["customer", "key", "-generation"], name="release_item_key"),
        ]


class Change(CustomerOwned):
    """A saved edit: the audit line. With a generation it has, or will have, a receipt.

    ``summary`` is what it did in Swedish, for whoever searches; ``said`` is the same for its readers.
    """

    by = models.ForeignKey("tenants.User", on_delete=models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    summary = models.CharField(max_length=LONGEST)
    said = models.JSONField(null=True, editable=False)
    generation = models.PositiveBigIntegerField(null=True)

    class Meta:
        indexes = [models.Index(fields=["customer", "-at"], name="change_latest")]

    @property
    def what(self) -> Said:
        """Return what it did; of a row from before there were sentences only the text."""
        return read(self.said) if self.said else written(self.summary)

    @property
    def told(self) -> str:
        """Return what it did in the reader's language."""
        return self.what.told


class ChangeItem(CustomerOwned):
    """One object a change touched: the draft's hash before and after."""

    change = models.ForeignKey("tenants.Change", on_delete=models.CASCADE, related_name="items", db_index=False)
    key = models.CharField(max_length=60)
    before = models.CharField(max_length=64, null=True)  # noqa: DJ001
    after = models.CharField(max_length=64, null=True)  # noqa: DJ001

    class Meta:
        constraints = [models.UniqueConstraint(fields=["change", "key"], name="change_item_once")]
        indexes = [models.Index(fields=["customer", "key", "-change"], name="change_item_key")]
