"""Mailboxes and their messages over the API.

Who runs the customer sets mailboxes up; messages are heard by those ticked for, a key too. Elsewhere they are 404.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.urls import path
from rest_framework import serializers
from rest_framework.response import Response

from tenants.customers.models import Role
from tenants.mailboxes import actions, queries
from tenants.mailboxes.models import Mailbox, Message
from tenants.prompts.api import HeardField
from tenants.requests.door import CustomerApiRequest, CustomerView, MakingView, matched
from tenants.requests.fields import ChosenField
from tenants.requests.schema import SOUND, described, example, operation
from tenants.requests.shapes import Shape
from tenants.requests.things import Room, Thing, Things, found, valid
from tenants.routing.naming import ident_of
from tenants.sounds.api import SoundView


@example(
    {"name": "Växelns röstbrevlåda", "owner": None, "greeting": 4, "max_seconds": 180, "listeners": [2, 5]}, {"id": 12}
)
class MailboxSerializer(Shape):
    """A mailbox. ``owner`` is a person's id, null for a shared one; ``listeners`` are memberships that may listen."""

    id = serializers.IntegerField(source="pk", read_only=True)
    name = serializers.CharField(max_length=80)
    owner = ChosenField(among=queries.owners, allow_null=True, default=None)
    greeting = HeardField(recorded=True, allow_null=True, default=None)
    max_seconds = serializers.IntegerField(min_value=10, max_value=600, default=180)
    listeners = serializers.ListField(
        child=ChosenField(among=queries.may_be_ticked), max_length=200, default=list
    )  # fmt: skip


@example(answered={"id": 12, "name": "Växelns röstbrevlåda", "owner": None, "version": 1})
class MailboxLineSerializer(Shape):
    """A mailbox in a list."""

    id = serializers.IntegerField(source="pk")
    name = serializers.CharField()
    owner = serializers.IntegerField(source="owner_id", allow_null=True)
    version = serializers.IntegerField()


SAID = {
    "id": 90, "caller": "+46701740635", "left_at": "2026-11-23T07:40:12+01:00", "seconds": 14.5,
    "heard_at": None, "handled_at": None,
}  # fmt: skip


@example({"handled": True}, SAID)
class MessageSerializer(Shape):
    """What a caller said, and whether anybody has heard or handled it."""

    id = serializers.IntegerField(source="pk", read_only=True)
    caller = serializers.CharField(read_only=True, allow_blank=True)
    left_at = serializers.DateTimeField(read_only=True)
    seconds = serializers.FloatField(read_only=True)
    heard_at = serializers.DateTimeField(read_only=True, allow_null=True)
    handled_at = serializers.DateTimeField(read_only=True, allow_null=True)
    handled = serializers.BooleanField(write_only=True)


def _rows() -> Any:
    return Mailbox.objects.filter(destination__removed=False).select_related("destination")


def _show(row: Mailbox) -> dict[str, Any]:
    return {
        "pk": row.pk,
        "name": row.name,
        "owner": row.owner_id,
        "greeting": f"prompt/{row.greeting_id}" if row.greeting_id else None,
        "max_seconds": row.max_seconds,
        "listeners": sorted(row.listeners.values_list("membership_id", flat=True)),
    }


ROOM = Room(
    rows=_rows,
    show=_show,
    serializer=MailboxSerializer,
    line=MailboxLineSerializer,
    address="api-mailbox",
    searched=("destination__name__icontains",),
)
MESSAGE = Room(rows=_rows, serializer=MessageSerializer, line=MessageSerializer, address="api-message", version=None)


@described("mailboxes", get="List the mailboxes.", post="Make a mailbox. Live at once.")
class Mailboxes(Things):
    """All mailboxes of a customer."""

    area = "mailboxes"
    room = ROOM

    def make(self, data: dict[str, Any]) -> Mailbox:
        """Make one."""
        return actions.make(customer_id=self.request.customer.pk, by=self.request.user, wish=_wish(data))


@described(
    "mailboxes",
    get="Read how a mailbox is set up.",
    put="Replace how a mailbox is set up, who may listen included. Live at once.",
    delete="Remove a mailbox. Refused while calls are led there. Undone within 30 days it comes back with its messages "
    "and who may listen; then they are deleted for good.",
)
class OneMailbox(Thing):
    """One mailbox."""

    area = "mailboxes"
    room = ROOM

    def replace(self, row: Mailbox, data: dict[str, Any]) -> object:
        """Make it what was sent."""
        return actions.change(mailbox=row, by=self.request.user, version=row.version, wish=_wish(data))

    def remove(self, row: Mailbox) -> object:
        """Delete it."""
        return actions.remove(mailbox=row, by=self.request.user, version=row.version)


def _wish(data: dict[str, Any]) -> actions.Wish:
    return actions.Wish(
        data["name"], data["owner"], ident_of(data["greeting"]), data["max_seconds"], data["listeners"]
    )  # fmt: skip


# --- messages ------------------------------------------------------------------------------------------------------


def _messages(request: CustomerApiRequest, mailbox: int) -> Any:
    """Return the messages of a mailbox that whoever asks may listen to; 404 for any other mailbox."""
    return queries.messages_of(found(queries.heard_by(request.membership), mailbox)).order_by()


class Messages(CustomerView):
    """The messages of a mailbox."""

    role = Role.USER
    area = "messages"
    ordering = "-pk"

    @operation(
        "messages_list",
        "List a mailbox's messages, the newest first. Only for those ticked as its listeners, and its owner.",
        responses=MessageSerializer(many=True),
    )
    def get(self, request: CustomerApiRequest, mailbox: int) -> Response:
        """List them."""
        return self.listed(_messages(request, mailbox), MessageSerializer)


class OneMessage(CustomerView):
    """One message."""

    role = Role.USER
    area = "messages"

    @operation("messages_read", "Read about a message.", responses=MessageSerializer)
    def get(self, request: CustomerApiRequest, mailbox: int, ident: int) -> Response:
        """Read about it; the ETag is what is shown."""
        return MESSAGE.answer(found(_messages(request, mailbox), ident))

    @operation(
        "messages_handle",
        "Note that a message is taken care of, or is not after all.",
        request=MessageSerializer,
        responses=MessageSerializer,
    )
    def put(self, request: CustomerApiRequest, mailbox: int, ident: int) -> Response:
        """Note it."""
        message = self._seen(request, mailbox, ident)
        handled = valid(MessageSerializer, request)["handled"]
        actions.mark_handled(message=message, by=request.user, handled=handled)
        return MESSAGE.answer(found(_messages(request, mailbox), ident))

    @operation("messages_delete", "Delete a message and what was said.", responses={204: None})
    def delete(self, request: CustomerApiRequest, mailbox: int, ident: int) -> Response:
        """Delete it."""
        actions.remove_message(message=self._seen(request, mailbox, ident))
        return Response(status=204)

    def _seen(self, request: CustomerApiRequest, mailbox: int, ident: int) -> Message:
        message: Message = found(_messages(request, mailbox), ident)
        matched(request, MESSAGE.tag(message))
        return message


class Heard(MakingView):
    """Whether a message has been heard."""

    role = Role.USER
    area = "messages"
    bare = True

    @operation(
        "messages_hear",
        "Note that a message has been heard. Who was first stays noted.",
        request=None,
        responses={200: MessageSerializer},
    )
    def post(self, request: CustomerApiRequest, **kwargs: Any) -> Response:
        """Note it."""
        return super().post(request, **kwargs)

    def create(self, request: CustomerApiRequest, **kwargs: Any) -> Response:
        """Note it and answer with the message."""
        rows = _messages(request, kwargs["mailbox"])
        actions.mark_heard(message=found(rows, kwargs["ident"]), by=request.user)
        return MESSAGE.answer(found(rows.all(), kwargs["ident"]))


class Sound(SoundView):
    """What was said."""

    role = Role.USER
    area = "messages"

    @operation(
        "messages_audio", "Fetch what was said, as WAV. It does not count as heard: say so yourself.", responses=SOUND
    )
    def get(self, request: CustomerApiRequest, mailbox: int, ident: int) -> HttpResponse:
        """Answer with it."""
        return self.play(found(_messages(request, mailbox), ident).sound)


urlpatterns = [
    path("", Mailboxes.as_view(), name="api-mailboxes"),
    path("<int:ident>/", OneMailbox.as_view(), name="api-mailbox"),
    path("<int:mailbox>/messages/", Messages.as_view(), name="api-messages"),
    path("<int:mailbox>/messages/<int:ident>/", OneMessage.as_view(), name="api-message"),
    path("<int:mailbox>/messages/<int:ident>/heard/", Heard.as_view(), name="api-message-heard"),
    path("<int:mailbox>/messages/<int:ident>/audio/", Sound.as_view(), name="api-message-audio"),
]
