"""Reading mailboxes. ``heard_by`` is the one place that says who may listen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import CharField, Count, Exists, Model, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat, Lower

from tenants.changes.models import ChangeItem
from tenants.changes.words import first_named
from tenants.customers.models import Membership
from tenants.destinations.models import Destination, Kind
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
    messages: int
    unheard: int
    listeners: tuple[str, ...]


ORDER = ("sorted", "pk")
"""By name, whatever its capitals. The key makes it unique where one removed has the name still."""


def matching(membership: Membership | None, search: str = "", *, everything: bool) -> QuerySet[Destination]:
    """Return the places of the mailboxes somebody may listen to, or of all for who runs the customer.

    With a search those whose name, or whose owner's, has what is searched for. As with people, names lie with the
    places.
    """
    places = Destination.objects.filter(kind=Kind.MAILBOX, removed=False).annotate(sorted=Lower("name"))
    if not everything:
        places = places.filter(mailbox__in=heard_by(membership))
    wanted = Q(name__icontains=search) | Q(mailbox__owner__destination__name__icontains=search)
    return places.filter(wanted) if search else places


def rows_of(places: Sequence[Destination]) -> list[Row]:
    """Return what the list shows of some mailboxes, in as many queries whatever their number."""
    idents = [place.pk for place in places]
    found = Mailbox.objects.select_related("destination", "owner__destination", "greeting").in_bulk(idents)
    messages, names = _messages(idents), _listeners(idents)
    boxes = [found[ident] for ident in idents if ident in found]
    return [Row(box, *messages.get(box.pk, (0, 0)), tuple(first_named(names.get(box.pk, ())))) for box in boxes]


def _messages(idents: Sequence[int]) -> dict[int, tuple[int, int]]:
    """Return mailbox id -> how many messages it has, and how many of them nobody has heard."""
    of_each = Message.objects.filter(mailbox__in=idents).values_list("mailbox").order_by()
    counted = of_each.annotate(Count("pk"), Count("heard_at"))
    return {ident: (number, number - heard) for ident, number, heard in counted}


def _listeners(idents: Sequence[int]) -> dict[int, list[str]]:
    """Return mailbox id -> the names of those who are ticked for it."""
    names: dict[int, list[str]] = {}
    rows = Listener.objects.filter(mailbox__in=idents).order_by("membership__user__name")
    for ident, name in rows.values_list("mailbox", "membership__user__name"):
        names.setdefault(ident, []).append(name)
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
