"""The company itself over the API: who asks, the customer, who may log in.

It lies here and not in the room of customers, since the door stands on that room.
"""

from __future__ import annotations

from typing import Any

from django.urls import path, reverse
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from tenants.apikeys.models import ApiKey
from tenants.apikeys.scopes import OWN, SCOPES
from tenants.customers import actions, invitations
from tenants.customers.models import Customer, Membership, Role
from tenants.customers.queries import customers_of
from tenants.requests.door import CustomerApiRequest, CustomerView
from tenants.requests.fields import logins
from tenants.requests.schema import described, example, operation
from tenants.requests.shapes import Shape
from tenants.requests.things import Room, Thing, Things, valid

NORRSKEN = {
    "slug": "norrsken-bygg", "name": "Norrsken Bygg AB", "organisation_number": "556016-0680", "status": "active",
}  # fmt: skip


@example(answered={**NORRSKEN, "created_at": "2026-11-23T08:00:00+01:00"})
class CustomerSerializer(serializers.ModelSerializer[Customer]):
    """A company we serve. ``slug`` is its place in addresses."""

    class Meta:
        model = Customer
        fields = ("slug", "name", "organisation_number", "status", "created_at")


@example(
    answered={
        "name": "Lönesystemet (API)",
        "key": "b2v_1a2b3c4d",
        "scopes": ["read:people"],
        "customers": ["norrsken-bygg"],
    }
)
class MeSerializer(Shape):
    """Who asks. ``key`` and ``scopes`` are null for who is logged in; ``customers`` are slugs for addresses."""

    name = serializers.CharField()
    key = serializers.CharField(allow_null=True)
    scopes = serializers.ListField(child=serializers.ChoiceField(choices=(*SCOPES, *OWN)), allow_null=True)
    customers = serializers.ListField(child=serializers.CharField())


class Me(APIView):
    """Who asks."""

    @operation(
        "me_read",
        "Read who you are and which customers you may ask about. The first thing to try with a new key.",
        responses=MeSerializer,
    )
    def get(self, request: Request) -> Response:
        """Read it."""
        key = request.auth
        if isinstance(key, ApiKey):
            told: dict[str, Any] = {"key": key.prefix, "scopes": key.scopes, "customers": [key.customer.slug]}
        else:
            slugs = [customer.slug for customer in customers_of(request.user)]  # type: ignore[arg-type]
            told = {"key": None, "scopes": None, "customers": slugs}
        return Response({"name": str(request.user), **told})


class OneCustomer(CustomerView):
    """The company."""

    area = "customer"

    @operation("customer_read", "Read what we know of the company.", responses=CustomerSerializer)
    def get(self, request: CustomerApiRequest) -> Response:
        """Read it."""
        return Response(CustomerSerializer(request.customer).data)


# --- logins --------------------------------------------------------------------------------------------------------


EVA = {"email": "eva@norrsken.example", "name": "Eva Lind", "role": "user"}


@example({"role": "admin"}, {"id": 5, **EVA, "pending": True})
class AccessSerializer(Shape):
    """Somebody who may log in. ``pending`` has not chosen a password yet. Name and address are the person's own."""

    id = serializers.IntegerField(source="pk", read_only=True)
    email = serializers.EmailField(source="user.email", read_only=True)
    name = serializers.CharField(source="user.name", read_only=True)
    role = serializers.ChoiceField(choices=Role.choices)
    pending = serializers.SerializerMethodField()

    def get_pending(self, row: Membership) -> bool:
        """Tell whether a password is still to be chosen."""
        return not row.user.has_usable_password()


@example(EVA)
class InviteSerializer(Shape):
    """Somebody to let in."""

    email = serializers.EmailField(max_length=254)
    name = serializers.CharField(max_length=120)
    role = serializers.ChoiceField(choices=Role.choices, default=Role.USER.value)


@example(answered={"id": 5, **EVA, "pending": True, "link": "https://portal.example/invite/NQ/token/"})
class InvitedSerializer(AccessSerializer):
    """Who was let in. Through ``link``, shown this once, somebody new chooses a password; null for who has one."""

    link = serializers.CharField(allow_null=True)


def _logins() -> Any:
    return logins().select_related("user")


LOGIN = Room(
    rows=_logins,
    serializer=AccessSerializer,
    line=AccessSerializer,
    address="api-login",
    version=None,
    searched=("user__name__icontains", "user__email__icontains"),
    filters={"role": "role"},
    choices={"role": Role.values},
)


@described("logins", get="List who may log in.")
class Logins(Things):
    """Everybody who may log in."""

    area = "logins"
    room = LOGIN
    secret = True

    @operation(
        "logins_invite",
        "Let somebody in. The answer holds the link to send.",
        request=InviteSerializer,
        responses={201: InvitedSerializer},
    )
    def post(self, request: CustomerApiRequest, **kwargs: Any) -> Response:
        """Let somebody in."""
        return super().post(request, **kwargs)

    def create(self, request: CustomerApiRequest, **kwargs: Any) -> Response:
        """Let somebody in and answer with the link."""
        data = valid(InviteSerializer, request)
        made = actions.let_in(customer_id=request.customer.pk, **{**data, "role": Role(data["role"])})
        link = invitations.path_for(made.user, request.customer.pk)
        shown = {**AccessSerializer(made).data, "link": link and request.build_absolute_uri(link)}
        where = reverse(LOGIN.address, kwargs={"customer": request.customer.slug, "ident": made.pk})
        headers = {"ETag": LOGIN.tag(made), "Location": where, "Cache-Control": "no-store"}
        return Response(shown, status.HTTP_201_CREATED, headers=headers)


@described(
    "logins",
    get="Read who a login is.",
    put="Give a login another role. Refused for the last administrator.",
    delete="End a login here. Refused for the last administrator.",
)
class OneLogin(Thing):
    """One login."""

    area = "logins"
    room = LOGIN

    def replace(self, row: Membership, data: dict[str, Any]) -> object:
        """Give it the role that was sent."""
        return actions.change_role(membership=row, role=Role(data["role"]))

    def remove(self, row: Membership) -> object:
        """End it."""
        return actions.let_out(membership=row, version=row.stamp)


company = [path("", OneCustomer.as_view(), name="api-customer")]
logins_urls = [
    path("", Logins.as_view(), name="api-logins"),
    path("<int:ident>/", OneLogin.as_view(), name="api-login"),
]
