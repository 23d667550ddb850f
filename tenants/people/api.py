"""People over the API. Who somebody is is live at once; where calls go unanswered is draft."""

from __future__ import annotations

from typing import Any

from django.db.models import OuterRef, Subquery
from django.urls import include, path
from rest_framework import serializers, status
from rest_framework.response import Response

from tenants.customers.models import Membership
from tenants.destinations.api import TargetField
from tenants.people import actions
from tenants.people.compile import compile_flow
from tenants.people.devices.api import urlpatterns as devices
from tenants.people.forms import SLOTS
from tenants.people.models import Person
from tenants.refusals import Refusal
from tenants.requests.background import in_background
from tenants.requests.door import CustomerApiRequest, MakingView
from tenants.requests.fields import LoginField, SiteField, user_of
from tenants.requests.schema import described, example, operation
from tenants.requests.shapes import Shape
from tenants.requests.things import Room, Thing, Things, valid
from tenants.routing.dialling import is_short
from tenants.routing.naming import ident_of

EVA = {"name": "Eva Lind", "extension": "1042", "email": "eva@norrsken.example"}


@example({**EVA, "login": None, "site": 2, "mobile": "+46701740605", "mobile_confirm": True}, {"id": 42})
class PersonSerializer(Shape):
    """A telephony user. ``login`` is the membership of who logs in as this person, null for none.

    ``site`` is the office, whose area code completes numbers dialled without one. ``mobile`` rings beside the
    telephones; with ``mobile_confirm`` whoever lifts it must press 1. A telephone that is added, removed or given a new
    secret is a new version of its person.
    """

    id = serializers.IntegerField(source="pk", read_only=True)
    name = serializers.CharField(max_length=80)
    extension = serializers.RegexField(r"^[1-9][0-9]{1,5}$", max_length=6)
    email = serializers.EmailField(max_length=254, allow_blank=True, default="")
    login = LoginField(allow_null=True, default=None)
    site = SiteField(source="site_id", allow_null=True, default=None)
    mobile = serializers.CharField(max_length=30, allow_blank=True, default="")
    mobile_confirm = serializers.BooleanField(default=True)


@example(answered={"id": 42, **EVA, "site": 2, "version": 1})
class PersonLineSerializer(serializers.ModelSerializer[Person]):
    """A person in a list."""

    id = serializers.IntegerField(source="pk")
    name = serializers.CharField()
    site = serializers.IntegerField(source="site_id", allow_null=True)

    class Meta:
        model = Person
        fields = ("id", "name", "extension", "email", "site", "version")


@example({"ring_seconds": 25, "busy": None, "no_answer": "mailbox/12", "unreachable": None})
class FlowSerializer(Shape):
    """How long a person's telephones ring, and where the call goes then; null ends it."""

    ring_seconds = serializers.IntegerField(min_value=5, max_value=120, default=25)
    busy = TargetField(allow_null=True, default=None)
    no_answer = TargetField(allow_null=True, default=None)
    unreachable = TargetField(allow_null=True, default=None)


def _rows() -> Any:
    login = Membership.objects.filter(user=OuterRef("user")).values("pk")[:1]
    people = Person.objects.filter(destination__removed=False).select_related("destination")
    return people.annotate(login=Subquery(login))


ROOM = Room(
    rows=_rows,
    serializer=PersonSerializer,
    line=PersonLineSerializer,
    address="api-person",
    searched=("destination__name__icontains", "extension__startswith", "email__icontains"),
    filters={"extension": "extension"},
)
FLOW = Room(rows=_rows, show=compile_flow, serializer=FlowSerializer, line=FlowSerializer, address="api-person-flow")


@described(
    "people",
    get="List the people, those added last at the end.",
    post="Add a person, without telephones. Live at once.",
)
class People(Things):
    """Everybody who has an extension."""

    area = "people"
    room = ROOM

    def make(self, data: dict[str, Any]) -> Person:
        """Make one."""
        return actions.make(customer_id=self.request.customer.pk, by=self.request.user, wish=_wish(data))


@described(
    "people",
    get="Read a person.",
    put="Replace a person. Live at once.",
    delete="Delete a person and the telephones. Refused while calls are led there or the person answers in a group.",
)
class OnePerson(Thing):
    """One person."""

    area = "people"
    room = ROOM

    def replace(self, row: Person, data: dict[str, Any]) -> object:
        """Make it what was sent."""
        return actions.change(person=row, by=self.request.user, version=row.version, wish=_wish(data))

    def remove(self, row: Person) -> object:
        """Delete it."""
        return actions.remove(person=row, by=self.request.user, version=row.version)


@described(
    "people_flow",
    get="Read where calls to a person go unanswered, in the draft.",
    put="Say in the draft where calls to a person go unanswered.",
)
class Flow(Thing):
    """Where calls to one person go unanswered."""

    area = "people"
    room = FLOW
    http_method_names = ["get", "put", "head", "options"]

    def replace(self, row: Person, data: dict[str, Any]) -> object:
        """Make it what was sent."""
        targets = {f"{slot}_id": ident_of(data[slot]) for slot in SLOTS}
        wish = actions.FlowWish(ring_seconds=data["ring_seconds"], **targets)
        return actions.set_flow(person=row, by=self.request.user, version=row.version, wish=wish)


def _wish(data: dict[str, Any]) -> actions.Wish:
    more = {name: data[name] for name in ("site_id", "mobile", "mobile_confirm") if name in data}
    return actions.Wish(data["name"], data["extension"], data["email"], user_of(data.get("login")), **more)


# --- many at once --------------------------------------------------------------------------------------------------


@example({**EVA, "site": 2})
class NewPersonSerializer(Shape):
    """A person to add. One of the wrong shape fails the whole request; what is taken is told in its own line."""

    name = serializers.CharField(max_length=80)
    extension = serializers.RegexField(r"^[1-9][0-9]{1,5}$", max_length=6)
    email = serializers.EmailField(max_length=254, allow_blank=True, default="")
    site = serializers.IntegerField(source="site_id", min_value=1, max_value=2**63 - 1, allow_null=True, default=None)

    def validate_extension(self, extension: str) -> str:
        """Refuse a short number where it stands: it is wrong for everybody, not taken by somebody."""
        if is_short(extension):
            raise serializers.ValidationError(str(actions.ExtensionShort.message), actions.ExtensionShort.code)
        return extension


@example({"people": [EVA, {"name": "Erik Ek", "extension": "1043"}]})
class ManySerializer(Shape):
    """Up to 200 people."""

    people = NewPersonSerializer(many=True, allow_empty=False, max_length=actions.MOST)  # type: ignore[call-arg]


class AddedSerializer(Shape):
    """What became of one: ``id`` if made, else a stable ``code`` and why."""

    made = serializers.BooleanField()
    id = serializers.IntegerField(allow_null=True)
    code = serializers.CharField(allow_null=True)
    pointer = serializers.CharField(allow_null=True)
    detail = serializers.CharField(allow_null=True)


_MADE = {"made": True, "id": 42, "code": None, "pointer": None, "detail": None}
_TAKEN = {
    "made": False, "id": None, "code": "extension_taken", "pointer": "/people/1/extension",
    "detail": "Anknytningen används redan av någon annan. Välj en annan.",
}  # fmt: skip


@example(answered={"made": 1, "refused": 1, "results": [_MADE, _TAKEN]})
class ManyMadeSerializer(Shape):
    """What became of each, in the order they were sent."""

    made = serializers.IntegerField()
    refused = serializers.IntegerField()
    results = AddedSerializer(many=True)


class Bulk(MakingView):
    """Many people at once."""

    area = "people"

    @operation(
        "people_bulk",
        "Add up to 200 people, live at once by one publication. Each line of the answer says what became of one: "
        "those that are refused hinder no others.",
        request=ManySerializer,
        responses={200: ManyMadeSerializer},
    )
    def post(self, request: CustomerApiRequest, **kwargs: Any) -> Response:
        """Add them."""
        return super().post(request, **kwargs)

    def create(self, request: CustomerApiRequest, **kwargs: Any) -> Response:
        """Add them and answer what became of each."""
        with in_background():
            wishes = [_wish(one) for one in valid(ManySerializer, request)["people"]]
            made = actions.make_many(customer_id=request.customer.pk, by=request.user, wishes=wishes)
        results = [_line(place, one) for place, one in enumerate(made)]
        done = sum(1 for line in results if line["made"])
        body = {"made": done, "refused": len(results) - done, "results": results}
        return Response(ManyMadeSerializer(body).data, status.HTTP_200_OK)


def _line(place: int, one: Person | Refusal) -> dict[str, Any]:
    if isinstance(one, Person):
        return {**_MADE, "id": one.pk}
    pointer = f"/people/{place}{one.pointer or ''}"
    return {"made": False, "id": None, "code": one.code, "pointer": pointer, "detail": str(one.message)}


urlpatterns = [
    path("", People.as_view(), name="api-people"),
    path("bulk/", Bulk.as_view(), name="api-people-bulk"),
    path("<int:ident>/", OnePerson.as_view(), name="api-person"),
    path("<int:ident>/flow/", Flow.as_view(), name="api-person-flow"),
    path("<int:person>/devices/", include(devices)),
]
