"""Customers over the API, for our own staff, logged in: to everybody else, keys too, these addresses do not exist."""

from __future__ import annotations

import json
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404
from django.urls import path, reverse
from django.utils.translation import gettext as _
from rest_framework import serializers, status
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from tenants.customers import invitations, scope
from tenants.customers.models import Customer
from tenants.nodes.models import Node
from tenants.onboarding import actions
from tenants.requests import actions as answers
from tenants.requests.api import NORRSKEN, CustomerSerializer
from tenants.requests.bodies import body_print
from tenants.requests.door import refuse_bad_key, replayed
from tenants.requests.paging import Pages, narrowed
from tenants.requests.schema import example, operation
from tenants.requests.shapes import Shape
from tenants.requests.things import valid

SLUG = r"^[a-z0-9]+(-[a-z0-9]+)*$"
MAKING = {
    "name": "Norrsken Bygg AB", "organisation_number": "556016-0680", "slug": "norrsken-bygg",
    "main_number": "040-622 10 00", "admin_name": "Alice Ek", "admin_email": "alice@norrsken.example",
    "node": "vaxel-1",
}  # fmt: skip


@example(MAKING)
class ProvisionSerializer(Shape):
    """A new customer, its first number and its first administrator."""

    name = serializers.CharField(max_length=120)
    organisation_number = serializers.CharField(max_length=20)
    slug = serializers.RegexField(SLUG, max_length=60)
    main_number = serializers.CharField(max_length=40)
    admin_name = serializers.CharField(max_length=120)
    admin_email = serializers.EmailField(max_length=254)
    node = serializers.CharField(max_length=60)

    def validate_node(self, name: str) -> Node:
        """Return the node of that name."""
        node = Node.objects.filter(name=name).first()
        if node is None:
            raise serializers.ValidationError(_("Det finns ingen sådan växelnod."), code="unknown")
        return node


@example(
    answered={**NORRSKEN, "created_at": "2026-11-23T08:00:00+01:00", "link": "https://portal.example/invite/NQ/token/"}
)
class ProvisionedSerializer(CustomerSerializer):
    """A customer that was made. Through ``link``, shown this once, the administrator chooses a password."""

    link = serializers.CharField(allow_null=True)

    class Meta:
        model = Customer
        fields = (*CustomerSerializer.Meta.fields, "link")


class StaffView(APIView):
    """A view for our own staff, logged in as themselves."""

    door = "staff"
    pagination_class = Pages

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Let in our own staff only."""
        super().initial(request, *args, **kwargs)
        if request.auth is not None or not request.user.is_staff:
            raise Http404


class Customers(StaffView):
    """All customers."""

    @operation(
        "customers_list",
        "List all customers. Our own staff only: to everybody else 404.",
        responses=CustomerSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        """List them."""
        rows = narrowed(_all(), request, ("name__icontains", "slug__icontains", "organisation_number__icontains"), {})
        pages = Pages()
        page: list[Any] = pages.paginate_queryset(rows, request, view=self) or []
        answer: Response = pages.get_paginated_response(CustomerSerializer(page, many=True).data)
        return answer

    @operation(
        "customers_provision",
        "Make a customer with its base package, published and ready to be called. Our own staff only: to everybody "
        "else 404. With an Idempotency-Key it is made once however often it is sent.",
        request=ProvisionSerializer,
        responses={201: ProvisionedSerializer},
    )
    def post(self, request: Request) -> Response:
        """Make one, or answer as before."""
        key = refuse_bad_key(request)
        given = _given(request, key)
        if given is not None:
            return given
        try:
            return self._made(request, key)
        except actions.SlugTaken:
            if (given := _given(request, key)) is not None:
                return given
            raise

    @transaction.atomic
    def _made(self, request: Request, key: str | None) -> Response:
        customer, admin = actions.provision(by=request.user, wish=actions.Wish(**valid(ProvisionSerializer, request)))  # type: ignore[arg-type]
        new = not admin.user.has_usable_password() and not admin.user.is_staff
        link = request.build_absolute_uri(invitations.staff_path_for(admin.user)) if new else None
        body = json.loads(JSONRenderer().render({**CustomerSerializer(customer).data, "link": link}))
        headers = {"Location": reverse("api-customer", kwargs={"customer": customer.slug})}
        if key is not None:
            _keep(request, key, customer, body, headers)
        return Response(body, status.HTTP_201_CREATED, headers={**headers, "Cache-Control": "no-store"})


def _user_id(request: Request) -> int:
    assert request.user.pk is not None
    return request.user.pk


def _all() -> QuerySet[Customer]:
    return Customer.objects.all()


def _print_of(request: Request) -> str:
    return answers.fingerprint("POST", request.get_full_path(), body_print(request.data, {}))


def _given(request: Request, key: str | None) -> Response | None:
    """Return the answer given before to this key: it lies with the customer that was made then."""
    slug = request.data.get("slug") if isinstance(request.data, dict) else None
    customer = Customer.objects.filter(slug=slug).first() if isinstance(slug, str) and "\0" not in slug else None
    if key is None or customer is None:
        return None
    with scope.customer(customer.pk):
        given = answers.find(user_id=_user_id(request), key=key, print_of=_print_of(request))
        return None if given is None else replayed(given, answers.opened(given))


def _keep(request: Request, key: str, customer: Customer, body: Any, headers: dict[str, str]) -> None:
    with scope.customer(customer.pk):
        answers.begin(customer_id=customer.pk, user_id=_user_id(request), key=key, print_of=_print_of(request))
        kept = answers.closed(body, key)
        answers.keep(user_id=_user_id(request), key=key, status=status.HTTP_201_CREATED, body=kept, headers=headers)


urlpatterns = [path("", Customers.as_view(), name="api-customers")]
