"""Publishing and receipts over the API."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.response import Response

from tenants.changes import actions, queries
from tenants.changes.models import Change, Object
from tenants.requests.door import CustomerApiRequest, CustomerView, MakingView

KEY = r"^[a-z-]+/[1-9][0-9]{0,17}$"


class WaitingSerializer(serializers.ModelSerializer[Object]):
    """An object whose draft differs from what is published; a null hash is "not there"."""

    class Meta:
        model = Object
        fields = ("key", "draft", "published")


class PublishSerializer(serializers.Serializer[Any]):
    """What to publish: these keys and the new targets they need; null is all."""

    keys = serializers.ListField(child=serializers.RegexField(KEY), allow_null=True, default=None)
    note = serializers.CharField(max_length=200, allow_blank=True, default="")


class ChangeSerializer(serializers.ModelSerializer[Change]):
    """A saved edit and how it stands at the switch, by the switch's own receipt."""

    state = serializers.ChoiceField(choices=["draft", "waiting", "effective", "refused"], source="standing.state")
    milliseconds = serializers.IntegerField(source="standing.milliseconds", allow_null=True)
    effective_at = serializers.DateTimeField(source="standing.effective_at", allow_null=True)

    class Meta:
        model = Change
        fields = ("id", "at", "summary", "generation", "state", "milliseconds", "effective_at")


class ChangeLineSerializer(serializers.ModelSerializer[Change]):
    """A change in a list; ask for it alone to know how it stands."""

    class Meta:
        model = Change
        fields = ("id", "at", "summary", "generation")


class Publishing(MakingView):
    """The draft."""

    @extend_schema(responses=WaitingSerializer(many=True), operation_id="publishing_waiting")
    def get(self, request: CustomerApiRequest) -> Response:
        """List what waits to be published."""
        return self.listed(queries.waiting_rows(), WaitingSerializer)

    @extend_schema(request=PublishSerializer, responses={201: ChangeSerializer}, operation_id="publishing_publish")
    def post(self, request: CustomerApiRequest, **kwargs: Any) -> Response:
        """Publish. Refused with 422 and the places of the faults unless every path of every number ends well."""
        return super().post(request, **kwargs)

    def create(self, request: CustomerApiRequest, **kwargs: Any) -> Response:
        """Publish and answer 201 with the change."""
        serializer = PublishSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        change = actions.publish(
            customer_id=request.customer.pk,
            by=request.user,
            keys=serializer.validated_data["keys"],
            note=serializer.validated_data["note"],
        )
        return Response(_told(change), status.HTTP_201_CREATED)


class OneChange(CustomerView):
    """One change."""

    @extend_schema(responses=ChangeSerializer, operation_id="changes_read")
    def get(self, request: CustomerApiRequest, ident: int) -> Response:
        """Read how a change stands at the switch."""
        change = Change.objects.filter(pk=ident).first()
        if change is None:
            raise Http404
        return Response(_told(change))


class Changes(CustomerView):
    """The log of changes."""

    @extend_schema(responses=ChangeLineSerializer(many=True), operation_id="changes_list")
    def get(self, request: CustomerApiRequest) -> Response:
        """List all changes, the newest last."""
        return self.listed(Change.objects.all(), ChangeLineSerializer)


def _told(change: Change) -> dict[str, Any]:
    change.standing = queries.standing(change)  # type: ignore[attr-defined]
    return ChangeSerializer(change).data


publishing = [path("", Publishing.as_view(), name="api-publishing")]
changes = [
    path("", Changes.as_view(), name="api-changes"),
    path("<int:ident>/", OneChange.as_view(), name="api-change"),
]
