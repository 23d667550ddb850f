"""Response groups over the API. A write changes the draft."""

from __future__ import annotations

from typing import Any

from django.urls import path
from django.utils.translation import gettext as _
from rest_framework import serializers

from tenants.destinations.api import TargetField, pointing
from tenants.destinations.queries import targets
from tenants.destinations.slots import DIGITS
from tenants.groups import actions
from tenants.groups.models import Group, Line, Order, Strategy
from tenants.prompts.models import Prompt
from tenants.requests.fields import ChosenField
from tenants.requests.schema import described, example
from tenants.requests.shapes import Shape
from tenants.requests.things import Room, Thing, Things
from tenants.routing.naming import ident_of

MOST_MEMBERS = 200
FIGURES = ("max_wait_seconds", "max_waiting", "announce_every", "wrap_up_seconds")


class ExitSerializer(Shape):
    """A key that leads out of the line."""

    digit = serializers.ChoiceField(choices=list(DIGITS))
    target = TargetField()


class LineSerializer(Shape):
    """How callers wait. ``music`` and ``announce`` are ids of prompts; without music they hear the switch's own."""

    max_wait_seconds = serializers.IntegerField(min_value=10, max_value=3600, default=300)
    max_waiting = serializers.IntegerField(min_value=1, max_value=200, default=20)
    music = ChosenField(among=Prompt.objects.all, allow_null=True, default=None)
    announce = ChosenField(among=Prompt.objects.all, allow_null=True, default=None)
    announce_every = serializers.IntegerField(min_value=10, max_value=600, default=45)
    order = serializers.ChoiceField(choices=Order.choices, default=Order.RANKS.value)
    wrap_up_seconds = serializers.IntegerField(min_value=0, max_value=900, default=0)
    exits = ExitSerializer(many=True, default=list)

    def validate_exits(self, exits: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Refuse a key that leads two ways."""
        if len({way["digit"] for way in exits}) < len(exits):
            raise serializers.ValidationError(_("Samma knapp kan bara leda till ett ställe."), code="digit_twice")
        return exits


@example(
    {
        "name": "Växeln", "strategy": "sequential", "members": [41, 42], "ring_seconds": 20,
        "no_answer": "mailbox/12", "nobody": None, "full": "mailbox/12",
        "line": {
            "max_wait_seconds": 300, "max_waiting": 20, "music": 7, "announce": 8, "announce_every": 45,
            "order": "ranks", "wrap_up_seconds": 0, "exits": [{"digit": "1", "target": "mailbox/12"}],
        },
    },
    {"id": 17},
)  # fmt: skip
class GroupSerializer(Shape):
    """People who answer the same calls. ``members`` are ids of people, in the order they are rung.

    With ``line`` callers wait when nobody is free, and go to ``no_answer`` when they have waited their time.
    """

    id = serializers.IntegerField(source="pk", read_only=True)
    name = serializers.CharField(max_length=80)
    strategy = serializers.ChoiceField(choices=Strategy.choices, default=Strategy.SEQUENTIAL.value)
    members = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=2**63 - 1), max_length=MOST_MEMBERS, default=list
    )
    ring_seconds = serializers.IntegerField(min_value=5, max_value=120, default=20)
    no_answer = TargetField(allow_null=True, default=None)
    nobody = TargetField(allow_null=True, default=None)
    full = TargetField(allow_null=True, default=None)
    line = LineSerializer(allow_null=True, default=None)


@example(answered={"id": 17, "name": "Växeln", "strategy": "sequential", "version": 4})
class GroupLineSerializer(serializers.ModelSerializer[Group]):
    """A group in a list."""

    id = serializers.IntegerField(source="pk")
    name = serializers.CharField()

    class Meta:
        model = Group
        fields = ("id", "name", "strategy", "version")


def _rows() -> Any:
    return Group.objects.filter(destination__removed=False).select_related("destination")


def _show(row: Group) -> dict[str, Any]:
    slots = targets(row.pk)
    return {
        "pk": row.pk,
        "name": row.name,
        "strategy": row.strategy,
        "members": list(row.members.order_by("position").values_list("person_id", flat=True)),
        "ring_seconds": row.ring_seconds,
        "no_answer": slots.get("no_answer"),
        "nobody": slots.get("nobody"),
        "full": slots.get("full"),
        "line": _show_line(row, slots),
    }


def _show_line(row: Group, slots: dict[str, Any]) -> dict[str, Any] | None:
    line = Line.objects.filter(group=row).first()
    if line is None:
        return None
    exits = [
        {"digit": slot.removeprefix("key:"), "target": target}
        for slot, target in sorted(slots.items())
        if slot.startswith("key:")
    ]
    figures = {name: getattr(line, name) for name in (*FIGURES, "order")}
    return {**figures, "music": line.music_id, "announce": line.announce_id, "exits": exits}


ROOM = Room(
    rows=_rows,
    show=_show,
    serializer=GroupSerializer,
    line=GroupLineSerializer,
    address="api-group",
    searched=("destination__name__icontains",),
)


@described("groups", get="List the response groups of the draft.", post="Make a response group in the draft.")
class Groups(Things):
    """All response groups of a customer."""

    area = "flow"
    room = ROOM

    def make(self, data: dict[str, Any]) -> Group:
        """Make one."""
        return actions.make(customer_id=self.request.customer.pk, by=self.request.user, wish=_wish(data))


@described(
    "groups",
    get="Read a response group as it stands in the draft.",
    put="Replace a response group in the draft, its members included.",
    delete="Remove a response group from the draft. Refused while something in the draft leads to it.",
)
class OneGroup(Thing):
    """One response group."""

    area = "flow"
    room = ROOM

    def replace(self, row: Group, data: dict[str, Any]) -> object:
        """Make it what was sent."""
        with pointing((data["line"] or {}).get("exits", ()), "/line/exits"):
            return actions.change(group=row, by=self.request.user, version=row.version, wish=_wish(data))

    def remove(self, row: Group) -> object:
        """Remove it from the draft."""
        return actions.remove(group=row, by=self.request.user, version=row.version)


def _wish(data: dict[str, Any]) -> actions.Wish:
    return actions.Wish(
        name=data["name"],
        strategy=Strategy(data["strategy"]),
        members=tuple(data["members"]),
        ring_seconds=data["ring_seconds"],
        no_answer_id=ident_of(data["no_answer"]),
        nobody_id=ident_of(data["nobody"]),
        full_id=ident_of(data["full"]),
        line=_line(data["line"]) if data["line"] else None,
    )


def _line(data: dict[str, Any]) -> actions.LineWish:
    return actions.LineWish(
        **{name: data[name] for name in FIGURES},
        music_id=data["music"],
        announce_id=data["announce"],
        order=Order(data["order"]),
        exits={way["digit"]: ident_of(way["target"]) or 0 for way in data["exits"]},
    )


urlpatterns = [
    path("", Groups.as_view(), name="api-groups"),
    path("<int:ident>/", OneGroup.as_view(), name="api-group"),
]
