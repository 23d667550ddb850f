"""The voice messages somebody may hear, over the API: by the login, or by a key the person has made.

The same as under ``mailboxes/``, with the same rule of who may listen; but found without knowing any mailbox.
"""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Q
from django.http import HttpResponse
from django.urls import path
from rest_framework import serializers
from rest_framework.response import Response

from tenants.apikeys.scopes import ME
from tenants.customers.models import Role
from tenants.mailboxes import queries
from tenants.mailboxes.api import Heard, Messages, MessageSerializer, OneMessage, Sound
from tenants.requests.door import CustomerApiRequest, CustomerView
from tenants.requests.schema import SOUND, example, operation
from tenants.requests.shapes import Shape


@example(answered={"id": 12, "name": "Växelns röstbrevlåda", "unheard": 2})
class OwnMailboxSerializer(Shape):
    """A mailbox one may listen to. ``unheard`` counts the messages nobody has heard."""

    id = serializers.IntegerField(source="pk")
    name = serializers.CharField()
    unheard = serializers.IntegerField()


class OwnMailboxes(CustomerView):
    """The mailboxes one may listen to."""

    role = Role.USER
    area = ME

    @operation(
        "me_mailboxes_list",
        "List the mailboxes you may listen to: your own, and shared ones you are ticked for.",
        responses=OwnMailboxSerializer(many=True),
    )
    def get(self, request: CustomerApiRequest) -> Response:
        """List them."""
        unheard = Count("messages", filter=Q(messages__heard_at=None))
        boxes = queries.heard_by(request.membership).select_related("destination").annotate(unheard=unheard)
        return self.listed(boxes, OwnMailboxSerializer)


class OwnMessages(Messages):
    """The messages of one of them."""

    area = ME

    @operation(
        "me_messages_list", "List a mailbox's messages, the newest first.", responses=MessageSerializer(many=True)
    )
    def get(self, request: CustomerApiRequest, mailbox: int) -> Response:
        """List them."""
        answer: Response = super().get(request, mailbox)
        return answer


class OwnMessage(OneMessage):
    """One message."""

    area = ME

    @operation("me_messages_read", "Read about a message.", responses=MessageSerializer)
    def get(self, request: CustomerApiRequest, mailbox: int, ident: int) -> Response:
        """Read about it; the ETag is what is shown."""
        answer: Response = super().get(request, mailbox, ident)
        return answer

    @operation(
        "me_messages_handle",
        "Note that a message is taken care of, or is not after all.",
        request=MessageSerializer,
        responses=MessageSerializer,
    )
    def put(self, request: CustomerApiRequest, mailbox: int, ident: int) -> Response:
        """Note it."""
        answer: Response = super().put(request, mailbox, ident)
        return answer

    @operation("me_messages_delete", "Delete a message and what was said.", responses={204: None})
    def delete(self, request: CustomerApiRequest, mailbox: int, ident: int) -> Response:
        """Delete it."""
        answer: Response = super().delete(request, mailbox, ident)
        return answer


class OwnHeard(Heard):
    """Whether a message has been heard."""

    area = ME

    @operation(
        "me_messages_hear",
        "Note that you have heard a message. Who was first stays noted.",
        request=None,
        responses={200: MessageSerializer},
    )
    def post(self, request: CustomerApiRequest, **kwargs: Any) -> Response:
        """Note it."""
        answer: Response = super().post(request, **kwargs)
        return answer


class OwnSound(Sound):
    """What was said."""

    area = ME

    @operation("me_messages_audio", "Fetch what was said, as WAV. Say yourself that you heard it.", responses=SOUND)
    def get(self, request: CustomerApiRequest, mailbox: int, ident: int) -> HttpResponse:
        """Answer with it."""
        answer: HttpResponse = super().get(request, mailbox, ident)
        return answer


urlpatterns = [
    path("", OwnMailboxes.as_view(), name="api-own-mailboxes"),
    path("<int:mailbox>/messages/", OwnMessages.as_view(), name="api-own-messages"),
    path("<int:mailbox>/messages/<int:ident>/", OwnMessage.as_view(), name="api-own-message"),
    path("<int:mailbox>/messages/<int:ident>/heard/", OwnHeard.as_view(), name="api-own-message-heard"),
    path("<int:mailbox>/messages/<int:ident>/audio/", OwnSound.as_view(), name="api-own-message-audio"),
]
