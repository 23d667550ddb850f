"""Every column that holds a sealed value, and the place each value is bound to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import models

from integrations.webhooks.models import Endpoint
from integrations.webhooks.queries import place_of as place_of_endpoint
from tenants.nodes.models import Node
from tenants.nodes.queries import place as place_of_node
from tenants.people.devices.actions import place_of as place_of_device
from tenants.people.models import Device
from tenants.requests.models import Answer


@dataclass(frozen=True)
class Column:
    """A sealed column: of which rows, where the value stands in it, and the place it is bound to."""

    model: type[models.Model]
    name: str
    place: Callable[[Any], str]
    inside: str = ""
    """The key of a JSON column's object under which the value stands; other objects there are in clear."""
    of_customers: bool = True
    """Whether the rows are a customer's, to be touched in its scope only."""

    def __str__(self) -> str:
        return f"{self.model._meta.model_name}.{self.name}"

    def read(self, row: models.Model) -> str:
        """Return a row's sealed value; nothing if it has none."""
        value = getattr(row, self.name)
        if self.inside:
            value = value.get(self.inside) if isinstance(value, dict) else ""
        return value or ""

    def stored(self, sealed: str) -> object:
        """Return what the column holds for a sealed value."""
        return {self.inside: sealed} if self.inside else sealed

    def older_than(self, key: str) -> models.Q:
        """Return the condition that a value is sealed by another key than this."""
        path = f"{self.name}__{self.inside}" if self.inside else self.name
        there = models.Q(**{f"{path}__isnull": False}) if self.inside else ~models.Q(**{self.name: ""})
        return there & ~models.Q(**{f"{path}__startswith": f"{key}."})


COLUMNS = (
    Column(Node, "portal_token", lambda node: place_of_node(node, "portal_token"), of_customers=False),
    Column(Node, "sealing_key", lambda node: place_of_node(node, "sealing_key"), of_customers=False),
    Column(Device, "secret", place_of_device),
    Column(Endpoint, "secret", lambda endpoint: place_of_endpoint(endpoint.pk)),
    Column(Endpoint, "old_secret", lambda endpoint: place_of_endpoint(endpoint.pk)),
    Column(Answer, "body", lambda answer: f"answer/{answer.key}", inside="sealed"),
)
SEALERS = {
    "integrations/webhooks/actions.py",
    "tenants/nodes/actions.py",
    "tenants/people/devices/actions.py",
    "tenants/requests/actions.py",
}
"""The files that seal what is kept."""
