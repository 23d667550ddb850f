"""Menus over the API. A write changes the draft; publishing is its own request (``publishing/``)."""

from __future__ import annotations

from typing import Any

from django.urls import path
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from tenants.destinations.api import TargetField, pointing
from tenants.destinations.slots import DIGITS
from tenants.menus import actions
from tenants.menus.compile import compile_menu
from tenants.menus.models import Menu
from tenants.prompts.api import HeardField
from tenants.requests.schema import described, example
from tenants.requests.shapes import Shape
from tenants.requests.things import Room, Thing, Things
from tenants.routing.naming import ident_of


@example({"digit": "1", "target": "group/17", "prompt": None})
class ChoiceSerializer(Shape):
    """A key of the telephone and where it leads."""

    digit = serializers.ChoiceField(choices=list(DIGITS))
    target = TargetField()
    prompt = HeardField(allow_null=True, default=None)


@example(
    {
        "name": "Knappval", "prompt": 4, "choices": [{"digit": "1", "target": "group/17", "prompt": None}],
        "no_input": "mailbox/12", "invalid": "mailbox/12", "invalid_prompt": None, "wait_seconds": 5, "tries": 3,
    },
    {"id": 8},
)  # fmt: skip
class MenuSerializer(Shape):
    """An auto attendant, whole, as it stands in the draft."""

    id = serializers.IntegerField(read_only=True)
    name = serializers.CharField(max_length=80)
    prompt = HeardField(allow_null=True, default=None)
    choices = ChoiceSerializer(many=True, default=list)
    no_input = TargetField(allow_null=True, default=None)
    invalid = TargetField(allow_null=True, default=None)
    invalid_prompt = HeardField(allow_null=True, default=None)
    wait_seconds = serializers.IntegerField(min_value=1, max_value=30, default=5)
    tries = serializers.IntegerField(min_value=1, max_value=5, default=3)

    def validate_choices(self, choices: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Refuse a key that stands twice."""
        digits = [choice["digit"] for choice in choices]
        if len(set(digits)) < len(digits):
            raise serializers.ValidationError(_("En knapp kan bara leda till ett ställe."))
        return choices


@example(answered={"id": 8, "name": "Knappval", "version": 3})
class MenuLineSerializer(serializers.ModelSerializer[Menu]):
    """A menu in a list."""

    id = serializers.IntegerField(source="pk")
    name = serializers.CharField()

    class Meta:
        model = Menu
        fields = ("id", "name", "version")


def _rows() -> Any:
    return Menu.objects.filter(destination__removed=False).select_related("destination")


ROOM = Room(
    rows=_rows,
    show=compile_menu,
    serializer=MenuSerializer,
    line=MenuLineSerializer,
    address="api-menu",
    searched=("destination__name__icontains",),
)


@described("menus", get="List the menus of the draft.", post="Make a menu in the draft.")
class Menus(Things):
    """All menus of a customer."""

    area = "flow"
    room = ROOM

    def make(self, data: dict[str, Any]) -> Menu:
        """Make one."""
        return actions.make(customer_id=self.request.customer.pk, by=self.request.user, wish=_wish(data))


@described(
    "menus",
    get="Read a menu as it stands in the draft; the ETag is its version.",
    put="Replace a menu, whole, in the draft.",
    delete="Remove a menu from the draft. Refused while something in the draft leads to it.",
)
class OneMenu(Thing):
    """One menu."""

    area = "flow"
    room = ROOM

    def replace(self, row: Menu, data: dict[str, Any]) -> object:
        """Make it what was sent."""
        with pointing(data["choices"], "/choices"):
            return actions.change(menu=row, by=self.request.user, version=row.version, wish=_wish(data))

    def remove(self, row: Menu) -> object:
        """Remove it from the draft."""
        return actions.remove(menu=row, by=self.request.user, version=row.version)


def _wish(data: dict[str, Any]) -> actions.Wish:
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
