"""Webhooks over the API."""

from __future__ import annotations

from typing import Any

from django.urls import path, reverse
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers, status
from rest_framework.response import Response

from integrations.webhooks import actions, queries
from integrations.webhooks.models import Delivery, Endpoint, Reason, Status
from integrations.webhooks.types import EVERY, TYPES
from tenants.requests.door import CustomerApiRequest, CustomerView, MakingView
from tenants.requests.fields import MomentField
from tenants.requests.paging import narrowed
from tenants.requests.schema import described, example, operation
from tenants.requests.shapes import Shape
from tenants.requests.things import Room, Thing, Things, found, valid

AT = "2026-11-23T08:00:00+01:00"
SENT = {"url": "https://system.example/webhook", "types": ["call.started", "call.ended"], "enabled": True}
SHOWN = {"id": 4, **SENT, "disabled_reason": "", "created_at": AT}
SECRET = {"secret": "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"}
DELIVERY = {
    "id": 812, "message": "msg_0f3c1d", "type": "call.ended", "created_at": AT, "status": "dead", "tries": 10,
    "next_try_at": None, "last_at": AT, "last_code": 500, "last_said": "Internal Server Error",
}  # fmt: skip


@example(SENT, SHOWN)
class EndpointSerializer(Shape):
    """An address that is told of facts. ``disabled_reason`` is ``gone`` after an answer 410."""

    id = serializers.IntegerField(source="pk", read_only=True)
    url = serializers.CharField(max_length=500)
    types = serializers.ListField(child=serializers.ChoiceField(choices=list(TYPES)), allow_empty=False)
    enabled = serializers.BooleanField(default=True)
    disabled_reason = serializers.ChoiceField(choices=["", *Reason.values], read_only=True)
    created_at = serializers.DateTimeField(read_only=True)


@example(answered={**SHOWN, **SECRET})
class MadeEndpointSerializer(EndpointSerializer):
    """A new endpoint. ``secret`` is shown this once."""

    secret = serializers.CharField()


@example(answered=SECRET)
class EndpointSecretSerializer(Shape):
    """A secret, shown this once."""

    secret = serializers.CharField()


@example(answered=DELIVERY)
class DeliverySerializer(serializers.ModelSerializer[Delivery]):
    """A message to an endpoint. ``last_code`` is null where there was no answer; ``last_said`` is then why."""

    type = serializers.ChoiceField(choices=EVERY)
    status = serializers.ChoiceField(choices=Status.choices)

    class Meta:
        model = Delivery
        fields = (
            "id", "message", "type", "created_at", "status", "tries", "next_try_at", "last_at", "last_code",
            "last_said",
        )  # fmt: skip


@example({"since": AT})
class ReplaySerializer(Shape):
    """From when on what did not arrive is sent again."""

    since = MomentField()


@example(answered={"sent_again": 3})
class ReplayedSerializer(Shape):
    """How many messages are sent again."""

    sent_again = serializers.IntegerField()


ENDPOINT = Room(
    rows=Endpoint.objects.all, serializer=EndpointSerializer, line=EndpointSerializer, address="api-webhook",
    version=None,
)  # fmt: skip


def _endpoint(ident: int) -> Endpoint:
    row: Endpoint = found(Endpoint.objects, ident)
    return row


@described("webhooks", get="List the endpoints.")
class Endpoints(Things):
    """All endpoints of a customer."""

    area = "webhooks"
    room = ENDPOINT
    secret = True

    @operation(
        "webhooks_create",
        "Make an endpoint. The answer holds the secret that signs what is sent to it.",
        request=EndpointSerializer,
        responses={201: MadeEndpointSerializer},
    )
    def post(self, request: CustomerApiRequest, **kwargs: Any) -> Response:
        """Make an endpoint."""
        return super().post(request, **kwargs)

    def create(self, request: CustomerApiRequest, **kwargs: Any) -> Response:
        """Make an endpoint and answer with its secret."""
        data = valid(EndpointSerializer, request)
        enabled = data.pop("enabled")
        made, secret = actions.make(customer_id=request.customer.pk, by=request.user, **data)
        if not enabled:
            actions.disable(endpoint=made)
        row = _endpoint(made.pk)
        where = reverse(ENDPOINT.address, kwargs={"customer": request.customer.slug, "ident": row.pk})
        headers = {"ETag": ENDPOINT.tag(row), "Location": where, "Cache-Control": "no-store"}
        return Response({**EndpointSerializer(row).data, "secret": secret}, status.HTTP_201_CREATED, headers=headers)


@described(
    "webhooks",
    get="Read an endpoint.",
    put="Replace an endpoint: where it is, what it is told of, whether it is.",
    delete="Delete an endpoint, and the record of what was sent to it.",
)
class OneEndpoint(Thing):
    """One endpoint."""

    area = "webhooks"
    room = ENDPOINT

    def replace(self, row: Endpoint, data: dict[str, Any]) -> None:
        """Make it what was sent."""
        actions.change(endpoint=row, url=data["url"], types=data["types"])
        if data["enabled"] and not row.enabled:
            actions.enable(endpoint=row)
        elif not data["enabled"]:
            actions.disable(endpoint=row)

    def remove(self, row: Endpoint) -> None:
        """Delete it."""
        actions.remove(endpoint=row, version=row.stamp)


class Secret(MakingView):
    """The secret of an endpoint."""

    area = "webhooks"
    bare = True
    secret = True

    @operation(
        "webhooks_rotate",
        "Give an endpoint a new secret. For 24 hours messages are signed with the one before too.",
        request=None,
        responses={201: EndpointSecretSerializer},
    )
    def post(self, request: CustomerApiRequest, **kwargs: Any) -> Response:
        """Make a new secret."""
        return super().post(request, **kwargs)

    def create(self, request: CustomerApiRequest, **kwargs: Any) -> Response:
        """Make it and answer with it."""
        secret = actions.rotate(endpoint=_endpoint(kwargs["endpoint"]))
        return Response({"secret": secret}, status.HTTP_201_CREATED, headers={"Cache-Control": "no-store"})


class Test(MakingView):
    """A message that says nothing."""

    __test__ = False
    area = "webhooks"
    bare = True

    @operation(
        "webhooks_test",
        "Send a message of type `test`. What came of it stands in its delivery.",
        request=None,
        responses={201: DeliverySerializer},
    )
    def post(self, request: CustomerApiRequest, **kwargs: Any) -> Response:
        """Send a test."""
        return super().post(request, **kwargs)

    def create(self, request: CustomerApiRequest, **kwargs: Any) -> Response:
        """Send it and answer with its delivery."""
        made = actions.send_test(endpoint=_endpoint(kwargs["endpoint"]))
        return Response(DeliverySerializer(made).data, status.HTTP_201_CREATED)


class Deliveries(CustomerView):
    """What was sent to an endpoint."""

    area = "webhooks"
    ordering = "-pk"

    @operation(
        "webhooks_deliveries",
        "List what was sent to an endpoint, the newest first. What arrived is kept for 30 days.",
        responses=DeliverySerializer(many=True),
        parameters=[OpenApiParameter("status", str, enum=Status.values, description="Only those of this status.")],
    )
    def get(self, request: CustomerApiRequest, endpoint: int) -> Response:
        """List it."""
        rows = queries.deliveries(_endpoint(endpoint))
        rows = narrowed(rows, request, (), {"status": "status"}, {"status": Status.values})
        return self.listed(rows, DeliverySerializer)


class Again(MakingView):
    """One message, once more."""

    area = "webhooks"
    bare = True

    @operation(
        "webhooks_again",
        "Send one message once more, with the `webhook-id` it had, whatever became of it.",
        request=None,
        responses=DeliverySerializer,
    )
    def post(self, request: CustomerApiRequest, **kwargs: Any) -> Response:
        """Send it again."""
        return super().post(request, **kwargs)

    def create(self, request: CustomerApiRequest, **kwargs: Any) -> Response:
        """Send it again and answer with how it stands."""
        rows = queries.deliveries(_endpoint(kwargs["endpoint"])).select_related("endpoint")
        actions.send_again(delivery=found(rows, kwargs["delivery"]))
        return Response(DeliverySerializer(found(rows.all(), kwargs["delivery"])).data)


class Replay(MakingView):
    """What did not arrive, once more."""

    area = "webhooks"

    @operation(
        "webhooks_replay",
        "Send everything that did not arrive once more, from a moment on.",
        request=ReplaySerializer,
        responses=ReplayedSerializer,
    )
    def post(self, request: CustomerApiRequest, **kwargs: Any) -> Response:
        """Send it again."""
        return super().post(request, **kwargs)

    def create(self, request: CustomerApiRequest, **kwargs: Any) -> Response:
        """Send it again and answer with how many that are."""
        since = valid(ReplaySerializer, request)["since"]
        count = actions.send_dead_again(endpoint=_endpoint(kwargs["endpoint"]), since=since)
        return Response({"sent_again": count})


urlpatterns = [
    path("", Endpoints.as_view(), name="api-webhooks"),
    path("<int:ident>/", OneEndpoint.as_view(), name="api-webhook"),
    path("<int:endpoint>/secret/", Secret.as_view(), name="api-webhook-secret"),
    path("<int:endpoint>/test/", Test.as_view(), name="api-webhook-test"),
    path("<int:endpoint>/replay/", Replay.as_view(), name="api-webhook-replay"),
    path("<int:endpoint>/deliveries/", Deliveries.as_view(), name="api-webhook-deliveries"),
    path("<int:endpoint>/deliveries/<int:delivery>/again/", Again.as_view(), name="api-webhook-again"),
]
