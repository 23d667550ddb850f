"""Menus over the API. A write changes the draft; publishing is its own request (``publishing/``)."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.response import Response

from tenants.destinations.actions import ident_of
from tenants.destinations.models import Kind
from tenants.destinations.queries import standing
from tenants.destinations.slots import DIGITS
from tenants.menus import actions
from tenants.menus.compile import compile_menu
from tenants.menus.models import Menu
from tenants.requests.door import CustomerApiRequest, CustomerView, MakingView, etag, matched
from tenants.requests.fields import PromptField

Plain = serializers.Serializer[Any]


class TargetField(serializers.RegexField):
    """A destination by its key, ``group/7``."""

    default_error_messages = {"unknown": _("Målet finns inte.")}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(rf"^({'|'.join(Kind.values)})/[1-9][0-9]{{0,17}}$", **kwargs)

    def to_internal_value(self, data: Any) -> str:
        """Return the key of a destination that stands in the draft."""
        key: str = super().to_internal_value(data)
        if not standing().filter(pk=ident_of(key) or 0, kind=key.partition("/")[0]).exists():
            self.fail("unknown")
        return key


class ChoiceSerializer(Plain):
    """A key of the telephone and where it leads."""

    digit = serializers.ChoiceField(choices=list(DIGITS))
    target = TargetField()
    prompt = PromptField(allow_null=True, default=None)


class MenuSerializer(Plain):
    """An auto attendant, whole, as it stands in the draft."""

    id = serializers.IntegerField(read_only=True)
    name = serializers.CharField(max_length=80)
    prompt = PromptField(allow_null=True, default=None)
    choices = ChoiceSerializer(many=True, default=list)
    no_input = TargetField(allow_null=True, default=None)
    invalid = TargetField(allow_null=True, default=None)
    invalid_prompt = PromptField(allow_null=True, default=None)
    wait_seconds = serializers.IntegerField(min_value=1, max_value=30, default=5)
    tries = serializers.IntegerField(min_value=1, max_value=5, default=3)

    def validate_choices(self, choices: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Refuse a key that stands twice."""
        digits = [choice["digit"] for choice in choices]
        if len(set(digits)) < len(digits):
            raise serializers.ValidationError(_("En knapp kan bara leda till ett ställe."))
        return choices


class MenuLineSerializer(serializers.ModelSerializer[Menu]):
    """A menu in a list."""

    id = serializers.IntegerField(source="pk")
    name = serializers.CharField()

    class Meta:
        model = Menu
        fields = ("id", "name", "version")


class Menus(MakingView):
    """All menus of a customer."""

    @extend_schema(responses=MenuLineSerializer(many=True), operation_id="menus_list")
    def get(self, request: CustomerApiRequest) -> Response:
        """List the menus of the draft."""
        return self.listed(_standing(), MenuLineSerializer)

    @extend_schema(request=MenuSerializer, responses={201: MenuSerializer}, operation_id="menus_create")
    def post(self, request: CustomerApiRequest, **kwargs: Any) -> Response:
        """Make a menu in the draft."""
        return super().post(request, **kwargs)

    def create(self, request: CustomerApiRequest, **kwargs: Any) -> Response:
        """Make it and answer 201."""
        row = actions.make(customer_id=request.customer.pk, by=request.user, wish=_wish(request))
        where = reverse("api-menu", kwargs={"customer": request.customer.slug, "ident": row.pk})
        return _answer(row, status.HTTP_201_CREATED, Location=where)


class OneMenu(CustomerView):
    """One menu."""

    @extend_schema(responses=MenuSerializer, operation_id="menus_read")
    def get(self, request: CustomerApiRequest, ident: int) -> Response:
        """Read a menu as it stands in the draft; the ETag is its version."""
        return _answer(_find(ident))

    @extend_schema(request=MenuSerializer, responses=MenuSerializer, operation_id="menus_replace")
    def put(self, request: CustomerApiRequest, ident: int) -> Response:
        """Replace a menu, whole, in the draft. Needs If-Match."""
        row = _find(ident)
        matched(request, row.version)
        actions.change(menu=row, by=request.user, version=row.version, wish=_wish(request))
        return _answer(_find(ident))

    @extend_schema(responses={204: None}, operation_id="menus_delete")
    def delete(self, request: CustomerApiRequest, ident: int) -> Response:
        """Remove a menu that nothing in the draft leads to. Needs If-Match."""
        row = _find(ident)
        matched(request, row.version)
        actions.remove(menu=row, by=request.user)
        return Response(status=status.HTTP_204_NO_CONTENT)


def _standing() -> Any:
    return Menu.objects.filter(destination__removed=False).select_related("destination")


def _find(ident: int) -> Menu:
    row: Menu | None = _standing().filter(pk=ident).first()
    if row is None:
        raise Http404
    return row


def _answer(row: Menu, code: int = status.HTTP_200_OK, **headers: str) -> Response:
    body = MenuSerializer(compile_menu(row)).data
    return Response(body, code, headers={"ETag": etag(row.version), **headers})


def _wish(request: CustomerApiRequest) -> actions.Wish:
    serializer = MenuSerializer(data=request.data)
    serializer.is_valid(raise_exception=True)
    data = serializer.validated_data
    return actions.Wish(
        name=data["name"],
        prompt_id=ident_of(data["prompt"]),
        choices={part["digit"]: _choice(part) for part in data["choices"]},
        no_input_id=ident_of(data["no_input"]),
        invalid_id=ident_of(data["invalid"]),
        invalid_prompt_id=ident_of(data["invalid_prompt"]),
        wait_seconds=data["wait_seconds"],
        tries=data["tries"],
    )


def _choice(part: dict[str, Any]) -> actions.Choice:
    return actions.Choice(target_id=ident_of(part["target"]) or 0, prompt_id=ident_of(part["prompt"]))


urlpatterns = [
    path("", Menus.as_view(), name="api-menus"),
    path("<int:ident>/", OneMenu.as_view(), name="api-menu"),
]
