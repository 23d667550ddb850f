"""Where calls can go, over the API: the list to choose from, and the field that names one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar

from django.urls import path
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.response import Response

from tenants.destinations.actions import ToItself
from tenants.destinations.models import Destination, Kind
from tenants.destinations.queries import standing
from tenants.requests.door import CustomerApiRequest, CustomerView
from tenants.requests.paging import narrowed
from tenants.requests.schema import example, operation
from tenants.routing.naming import ident_of


class TargetField(serializers.RegexField):
    """A destination by its key, ``group/7``."""

    default_error_messages = {"unknown": _("Målet finns inte.")}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(rf"^({'|'.join(Kind.values)})/[1-9][0-9]{{0,17}}$", **kwargs)

    def to_internal_value(self, data: Any) -> str:
        """Return the key of a destination that stands in the draft."""
        key: str = super().to_internal_value(data)
        self.run_validators(key)  # its shape first: what is no key has no number to look for
        if not standing().filter(pk=ident_of(key) or 0, kind=key.partition("/")[0]).exists():
            self.fail("unknown")
        return key


@contextmanager
def pointing(keys: Sequence[Mapping[str, Any]], where: str) -> Iterator[None]:
    """Let a refusal of where a key leads say which in the body it is; ``where`` is the place of their list."""
    try:
        yield
    except ToItself as refusal:
        slots = [f"key:{key['digit']}" for key in keys]
        if refusal.slot in slots:
            refusal.pointer = f"{where}/{slots.index(refusal.slot)}/target"
        raise


@example(answered={"key": "group/17", "kind": "group", "name": "Växeln"})
class DestinationSerializer(serializers.ModelSerializer[Destination]):
    """A place a call can go, by the key that menus, groups and numbers name it by."""

    key = serializers.CharField()

    class Meta:
        model = Destination
        fields = ("key", "kind", "name")


class Destinations(CustomerView):
    """All places a call can go."""

    area: ClassVar[str] = "flow"

    @operation(
        "destinations_list",
        "List where calls can go. Every menu, group, person, mailbox and so on of the draft, by its key.",
        responses=DestinationSerializer(many=True),
        parameters=[
            OpenApiParameter("q", str, description="Only those that have this in their name."),
            OpenApiParameter("kind", str, enum=Kind.values, description="Only those of this kind."),
        ],
    )
    def get(self, request: CustomerApiRequest) -> Response:
        """List them."""
        rows = narrowed(standing(), request, ("name__icontains",), {"kind": "kind"}, {"kind": Kind.values})
        return self.listed(rows, DestinationSerializer)


urlpatterns = [path("", Destinations.as_view(), name="api-destinations")]
