"""Publishing, history and what the switch has said, over the API."""

from __future__ import annotations

from typing import Any

from django.urls import path
from rest_framework import serializers, status
from rest_framework.response import Response

from tenants.changes import actions, queries
from tenants.changes.models import Change, Object
from tenants.changes.review import review
from tenants.changes.said import LONGEST
from tenants.requests.door import CustomerApiRequest, CustomerView, MakingView
from tenants.requests.schema import example, operation
from tenants.requests.shapes import Shape
from tenants.requests.things import found, valid

KEY = r"^[a-z-]+/[1-9][0-9]{0,17}$"
HASH = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
AT = "2026-11-23T08:00:00.120000+01:00"


@example(answered={"key": "menu/8", "draft": HASH, "published": None})
class WaitingSerializer(serializers.ModelSerializer[Object]):
    """An object whose draft differs from what is published; a null hash is "not there"."""

    class Meta:
        model = Object
        fields = ("key", "draft", "published")


@example({"keys": ["menu/8"], "note": "Nya knappval"})
class PublishSerializer(Shape):
    """What to publish: these keys and the new targets they need; null is all."""

    keys = serializers.ListField(
        child=serializers.RegexField(KEY, max_length=60), max_length=1000, allow_null=True, default=None
    )
    note = serializers.CharField(max_length=200, allow_blank=True, default="")


@example(
    answered={
        "place": "menu/8", "title": "Knappval",
        "sentence": "Välj vart samtalet går om den som ringer inte trycker på någon knapp.",
        "path": ["040-622 10 00", "Knappval"],
    }
)  # fmt: skip
class ProblemSerializer(Shape):
    """What speaks against publishing: where to mend it, what is wrong, and the shortest way a call comes there."""

    place = serializers.CharField()
    title = serializers.CharField()
    sentence = serializers.CharField()
    path = serializers.ListField(child=serializers.CharField())


@example(
    answered={
        "id": 501, "at": AT, "by": "Alice Ek", "summary": "Ändrade knappvalet Knappval", "generation": 88,
        "state": "effective", "milliseconds": 412, "effective_at": AT,
    }
)  # fmt: skip
class ChangeSerializer(serializers.ModelSerializer[Change]):
    """A saved edit and how it stands at the switch, by the switch's own receipt."""

    by = serializers.CharField(source="by.name", allow_null=True, default=None)
    summary = serializers.CharField(source="told", max_length=LONGEST)
    state = serializers.ChoiceField(choices=["draft", "waiting", "effective", "refused"], source="standing.state")
    milliseconds = serializers.IntegerField(source="standing.milliseconds", allow_null=True)
    effective_at = serializers.DateTimeField(source="standing.effective_at", allow_null=True)

    class Meta:
        model = Change
        fields = ("id", "at", "by", "summary", "generation", "state", "milliseconds", "effective_at")


@example(answered={"id": 501, "at": AT, "by": "Alice Ek", "summary": "Ändrade Eva Lind", "generation": 88})
class ChangeLineSerializer(serializers.ModelSerializer[Change]):
    """A change in a list; ask for it alone to know how it stands."""

    by = serializers.CharField(source="by.name", allow_null=True, default=None)
    summary = serializers.CharField(source="told", max_length=LONGEST)

    class Meta:
        model = Change
        fields = ("id", "at", "by", "summary", "generation")


class Publishing(MakingView):
    """The draft."""

    area = "publishing"

    @operation("publishing_waiting", "List what waits to be published.", responses=WaitingSerializer(many=True))
    def get(self, request: CustomerApiRequest) -> Response:
        """List it."""
        return self.listed(queries.waiting_rows(), WaitingSerializer)

    @operation(
        "publishing_publish",
        "Publish the draft, or some keys of it with the new targets they need. Refused with 422 unless every path of "
        "every number ends well: `/publishing/problems/` says what is wrong.",
        request=PublishSerializer,
        responses={201: ChangeSerializer},
    )
    def post(self, request: CustomerApiRequest, **kwargs: Any) -> Response:
        """Publish."""
        return super().post(request, **kwargs)

    def create(self, request: CustomerApiRequest, **kwargs: Any) -> Response:
        """Publish and answer 201 with the change."""
        change = actions.publish(customer_id=request.customer.pk, by=request.user, **valid(PublishSerializer, request))
        return Response(told(change), status.HTTP_201_CREATED)


class Problems(CustomerView):
    """What speaks against publishing the whole draft."""

    area = "publishing"
    pagination_class = None  # type: ignore[assignment]

    @operation(
        "publishing_problems",
        "Prove the draft: list what would be refused if all of it were published now. Empty is good.",
        responses=ProblemSerializer(many=True),
    )
    def get(self, request: CustomerApiRequest) -> Response:
        """Prove it."""
        return Response(ProblemSerializer(review(request.customer.pk, None).told, many=True).data)


class Changes(CustomerView):
    """The log of changes."""

    area = "publishing"

    @operation("changes_list", "List all changes, the newest last.", responses=ChangeLineSerializer(many=True))
    def get(self, request: CustomerApiRequest) -> Response:
        """List them."""
        return self.listed(Change.objects.select_related("by"), ChangeLineSerializer)


class OneChange(CustomerView):
    """One change."""

    area = "publishing"

    @operation("changes_read", "Read how a change stands at the switch.", responses=ChangeSerializer)
    def get(self, request: CustomerApiRequest, ident: int) -> Response:
        """Read it."""
        return Response(told(_change(ident)))


class Undo(MakingView):
    """Taking a change back."""

    area = "publishing"
    bare = True

    @operation(
        "changes_undo",
        "Take a change back: all it touched becomes what it was before. 409 if any of it has been changed since.",
        request=None,
        responses={201: ChangeSerializer},
    )
    def post(self, request: CustomerApiRequest, **kwargs: Any) -> Response:
        """Take it back."""
        return super().post(request, **kwargs)

    def create(self, request: CustomerApiRequest, **kwargs: Any) -> Response:
        """Take it back and answer with the change that did."""
        change = _change(kwargs["ident"])
        done = actions.undo(customer_id=request.customer.pk, change_id=change.pk, by=request.user)
        return Response(told(done), status.HTTP_201_CREATED)


def _change(ident: int) -> Change:
    change: Change = found(Change.objects.select_related("by"), ident)
    return change


def told(change: Change) -> dict[str, Any]:
    """Return a change and how it stands at the switch, as answered."""
    change.standing = queries.standing(change)  # type: ignore[attr-defined]
    return ChangeSerializer(change).data


publishing = [
    path("", Publishing.as_view(), name="api-publishing"),
    path("problems/", Problems.as_view(), name="api-problems"),
]
changes = [
    path("", Changes.as_view(), name="api-changes"),
    path("<int:ident>/", OneChange.as_view(), name="api-change"),
    path("<int:ident>/undo/", Undo.as_view(), name="api-undo"),
]
