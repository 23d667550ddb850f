"""The history of releases, and what the switch has said of them, over the API."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from django.urls import path
from rest_framework import serializers, status
from rest_framework.response import Response

from tenants.changes import queries, restoring
from tenants.changes.api import AT, HASH, ChangeSerializer, told
from tenants.changes.history import Past, history, releases
from tenants.changes.models import Release
from tenants.nodes.models import Placement, Receipt
from tenants.nodes.queries import in_words
from tenants.requests.door import CustomerApiRequest, CustomerView, MakingView
from tenants.requests.schema import example, operation
from tenants.requests.shapes import Shape
from tenants.requests.things import valid

MOST_OBJECTS = 1_000_000
"""No release has so many: an answer holds all it changed."""

RELEASE = {"generation": 88, "at": AT, "by": "Alice Ek", "origin": "publish", "note": "Nya knappval", "root": HASH}


@example(answered=RELEASE)
class ReleaseLineSerializer(serializers.ModelSerializer[Release]):
    """A release in a list: one generation of the whole configuration."""

    by = serializers.CharField(source="by.name", allow_null=True, default=None)

    class Meta:
        model = Release
        fields = ("generation", "at", "by", "origin", "note", "root")


class DifferenceSerializer(Shape):
    """One object that a release changed."""

    key = serializers.CharField()
    change = serializers.ChoiceField(choices=["new", "changed", "removed"])
    title = serializers.CharField()


@example(
    answered={
        **RELEASE, "is_now": True, "effective_at": AT, "milliseconds": 412,
        "differences": [{"key": "menu/8", "change": "changed", "title": "Knappval"}],
    }
)  # fmt: skip
class ReleaseSerializer(ReleaseLineSerializer):
    """A release, what it changed, and when the switch followed it."""

    is_now = serializers.BooleanField()
    effective_at = serializers.DateTimeField(allow_null=True)
    milliseconds = serializers.IntegerField(allow_null=True)
    differences = DifferenceSerializer(many=True)

    class Meta:
        model = Release
        fields = (*ReleaseLineSerializer.Meta.fields, "is_now", "effective_at", "milliseconds", "differences")


class Releases(CustomerView):
    """The history of releases."""

    area = "publishing"
    ordering = "-generation"

    @operation("releases_list", "List the releases, the newest first.", responses=ReleaseLineSerializer(many=True))
    def get(self, request: CustomerApiRequest) -> Response:
        """List them."""
        return self.listed(Release.objects.select_related("by"), ReleaseLineSerializer)


class OneRelease(CustomerView):
    """One release."""

    area = "publishing"

    @operation("releases_read", "Read what a release changed, and when it took effect.", responses=ReleaseSerializer)
    def get(self, request: CustomerApiRequest, generation: int) -> Response:
        """Read it."""
        shown: Any = _shown(_past(generation))
        return Response(ReleaseSerializer(shown).data)


@example({"discard_draft": True})
class RollbackSerializer(Shape):
    """How to go back. ``discard_draft`` says that what waits in the draft may be thrown away: it is gone for good."""

    discard_draft = serializers.BooleanField(default=False)


class Rollback(MakingView):
    """Going back to a release."""

    area = "publishing"

    @operation(
        "releases_rollback",
        "Make everything what it was in a release, as a new release. Refused with 409 `draft_would_go` while something "
        "waits in the draft, named in `drafts`, unless `discard_draft` says that it may be thrown away.",
        request=RollbackSerializer,
        responses={201: ChangeSerializer},
    )
    def post(self, request: CustomerApiRequest, **kwargs: Any) -> Response:
        """Go back."""
        return super().post(request, **kwargs)

    def create(self, request: CustomerApiRequest, **kwargs: Any) -> Response:
        """Go back and answer with the change that did."""
        generation = _past(kwargs["generation"]).release.generation
        lose = valid(RollbackSerializer, request)["discard_draft"]
        change = restoring.restore(
            customer_id=request.customer.pk, generation=generation, by=request.user, seen=None, lose=lose
        )
        return Response(told(change), status.HTTP_201_CREATED)


def _past(generation: int) -> Past:
    past = history(list(releases().filter(generation=generation)), shown=MOST_OBJECTS)
    if not past:
        raise Http404
    return past[0]


def _shown(past: Past) -> dict[str, Any]:
    release = past.release
    names = ("generation", "at", "by", "origin", "note", "root")
    own = ("is_now", "effective_at", "milliseconds", "differences")
    return {name: getattr(release, name) for name in names} | {name: getattr(past, name) for name in own}


# --- the switch ----------------------------------------------------------------------------------------------------


@example(
    answered={
        "node": "vaxel-1", "role": "active", "generation": 88, "effective_at": AT, "error": None, "detail": None,
    }
)  # fmt: skip
class PlacementSerializer(serializers.Serializer[Placement]):
    """A node of the switch that has the customer, and what it has confirmed. ``error`` is a stable code."""

    node = serializers.CharField(source="node.name")
    role = serializers.ChoiceField(choices=Placement.Role.choices)
    generation = serializers.IntegerField()
    effective_at = serializers.DateTimeField(allow_null=True)
    error = serializers.SerializerMethodField()
    detail = serializers.SerializerMethodField()

    def get_error(self, row: Placement) -> str | None:
        """Return what is wrong, or null."""
        return row.error or None

    def get_detail(self, row: Placement) -> str | None:
        """Return the same for people to read."""
        return in_words(row.error) or None


_ON = {"node": "vaxel-1", "role": "active", "generation": 88, "effective_at": AT, "error": None, "detail": None}


@example(answered={"desired": 88, "root": HASH, "in_step": True, "nodes": [_ON]})
class SwitchSerializer(Shape):
    """What is desired of the switch, and how far each node has come."""

    desired = serializers.IntegerField()
    root = serializers.CharField()  # type: ignore[assignment]
    in_step = serializers.BooleanField()
    nodes = PlacementSerializer(many=True)


@example(answered={"node": "vaxel-1", "generation": 88, "effective_at": AT, "root": HASH, "milliseconds": 1.4})
class ReceiptSerializer(serializers.ModelSerializer[Receipt]):
    """A node's word that calls follow a generation. ``milliseconds`` is what activating it took on the node."""

    node = serializers.CharField(source="node.name")

    class Meta:
        model = Receipt
        fields = ("node", "generation", "effective_at", "root", "milliseconds")


class Switch(CustomerView):
    """How the customer stands at the switch."""

    area = "publishing"

    @operation("switch_read", "Read how far the switch has come with what is saved.", responses=SwitchSerializer)
    def get(self, request: CustomerApiRequest) -> Response:
        """Read it."""
        publication = queries.publication()
        nodes = list(Placement.objects.select_related("node").order_by("role"))
        active = [node for node in nodes if node.role == Placement.Role.ACTIVE]
        in_step = bool(active) and all(node.generation >= publication.generation for node in active)
        shown = {"desired": publication.generation, "root": publication.root, "in_step": in_step, "nodes": nodes}
        return Response(SwitchSerializer(shown).data)


class Receipts(CustomerView):
    """What the switch has confirmed."""

    area = "publishing"
    ordering = "-pk"

    @operation(
        "switch_receipts", "List the switch's receipts, the newest first.", responses=ReceiptSerializer(many=True)
    )
    def get(self, request: CustomerApiRequest) -> Response:
        """List them."""
        return self.listed(Receipt.objects.select_related("node"), ReceiptSerializer)


history_urls = [
    path("", Releases.as_view(), name="api-releases"),
    path("<int:generation>/", OneRelease.as_view(), name="api-release"),
    path("<int:generation>/rollback/", Rollback.as_view(), name="api-rollback"),
]
switch_urls = [
    path("", Switch.as_view(), name="api-switch"),
    path("receipts/", Receipts.as_view(), name="api-receipts"),
]
