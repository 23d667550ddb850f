"""Reading mailboxes. ``heard_by`` is the one place that says who may listen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import CharField, Count, Exists, Model, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat

from tenants.changes.models import ChangeItem
from tenants.customers.models import Membership
from tenants.mailboxes.models import Listener, Mailbox, Message


def heard_by(membership: Membership | None) -> QuerySet[Mailbox]:
    """Return the mailboxes somebody may listen to: their own, and shared ones they are ticked for.

    Being administrator or our own staff does not let anybody listen.
    """
    boxes = Mailbox.objects.filter(destination__removed=False)
    if membership is None:
        return boxes.none()
    ticked = Listener.objects.filter(mailbox=OuterRef("pk"), membership=membership)
    return boxes.filter(Q(Exists(ticked)) | Q(owner__user_id=membership.user_id))


@dataclass(frozen=True)
class Row:
    """A mailbox in the list."""

    mailbox: Mailbox
    audible: bool
    messages: int
    unheard: int
    listeners: tuple[str, ...]


def listed(membership: Membership | None, *, everything: bool) -> list[Row]:
    """Return the mailboxes somebody may listen to, or all of them for who runs the customer. By name."""
    audible = set(heard_by(membership).values_list("pk", flat=True))
    boxes = Mailbox.objects.filter(destination__removed=False).select_related(
        "destination", "owner__destination", "greeting"
    )
    boxes = boxes if everything else boxes.filter(pk__in=audible)
    names = _listeners()
    counted = boxes.annotate(
        number=Count("messages"), unheard=Count("messages", filter=Q(messages__heard_at__isnull=True))
    )
    return [
        Row(box, box.pk in audible, box.number, box.unheard, tuple(names.get(box.pk, ())))
        for box in counted.order_by("destination__name")
    ]


def _listeners() -> dict[int, list[str]]:
    names: dict[int, list[str]] = {}
    rows = Listener.objects.order_by("membership__user__name")
    for mailbox_id, name in rows.values_list("mailbox_id", "membership__user__name"):
        names.setdefault(mailbox_id, []).append(name)
    return names


def messages_of(mailbox: Mailbox) -> QuerySet[Message]:
    """Return a mailbox's messages, newest first, with their sounds' figures but not the sounds."""
    messages = Message.objects.filter(mailbox=mailbox).select_related("sound", "handled_by").defer("sound__wav")
    return messages.order_by("-left_at", "-pk")


def unheard(membership: Membership | None) -> int:
    """Return how many messages wait that somebody may listen to."""
    return Message.objects.filter(mailbox__in=heard_by(membership), heard_at__isnull=True).count()


def may_be_ticked() -> QuerySet[Membership]:
    """Return everybody who may be let to listen, by name."""
    return Membership.objects.select_related("user").order_by("user__name", "user__email")


def owners() -> QuerySet[Model]:
    """Return the people a mailbox may belong to, by name."""
    field = Mailbox._meta.get_field("owner")
    people = field.related_model._default_manager.select_related("destination")
    return people.filter(destination__removed=False).order_by("destination__name")


def kept(_customer_id: int, ident: int) -> bool:
    """Tell whether a removed mailbox is still there, with its messages and listeners."""
    return Mailbox.objects.filter(pk=ident).exists()


def removed(before: datetime) -> QuerySet[Mailbox]:
    """Return the removed mailboxes that no change has touched since ``before``."""
    key = Concat(Value("mailbox/"), Cast(OuterRef("pk"), CharField()), output_field=CharField())
    since = ChangeItem.objects.filter(key=key, change__at__gte=before)
    return Mailbox.objects.filter(~Exists(since), destination__removed=True)
