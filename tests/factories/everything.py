"""One row in every table of a customer, for the tests that walk all of them."""

from __future__ import annotations

import uuid
from datetime import date

from django.apps import apps
from django.db import models
from django.utils import timezone

from integrations.switch.models import Event
from tenants.changes.models import Publication
from tenants.customers.models import Customer, Membership, User
from tenants.destinations.models import Destination, Kind, Route
from tenants.nodes.models import Node, Placement


def owned_models() -> list[type[models.Model]]:
    """Return every model whose rows all have a customer. Events may have none: they have tests of their own."""
    every = [model for app in ("tenants", "integrations") for model in apps.get_app_config(app).get_models()]
    return [model for model in every if "customer" in _fields(model) and model is not Event]


def _fields(model: type[models.Model]) -> set[str]:
    return {field.name for field in model._meta.local_fields}


def fill(customer: Customer, user: User, node: Node) -> dict[str, models.Model]:
    """Make a row in every table that has none of this customer's yet; return one of each by model name.

    Call it in the customer's scope. What a model needs beyond its own fields is made first.
    """
    rows: dict[str, models.Model] = {"user": user, "node": node, "customer": customer}
    for model in _given():
        rows[model._meta.model_name or ""] = _existing(model) or model._default_manager.create(
            customer=customer, **_values(model, rows)
        )
    for model in sorted(owned_models(), key=lambda model: model is Route):
        _make(model, customer, rows)
    Publication.objects.update(generation=1)
    return rows


def _given() -> list[type[models.Model]]:
    return [Publication, Membership, Placement]


def _existing(model: type[models.Model]) -> models.Model | None:
    return model._default_manager.first()


def _make(model: type[models.Model], customer: Customer, rows: dict[str, models.Model]) -> models.Model:
    name = model._meta.model_name or ""
    if name not in rows:
        _make_needed(model, customer, rows)
        rows[name] = model._default_manager.create(customer=customer, **_values(model, rows))
    return rows[name]


def _make_needed(model: type[models.Model], customer: Customer, rows: dict[str, models.Model]) -> None:
    for field in model._meta.local_fields:
        needed = field.related_model
        if isinstance(needed, type) and needed in owned_models() and not field.null and not field.primary_key:
            _make(needed, customer, rows)
        elif field.primary_key and needed is Destination:
            kind = model.KIND  # type: ignore[attr-defined]
            rows["destination"] = Destination.objects.create(customer=customer, kind=kind, name=f"{kind} {customer.pk}")


_SPECIAL: dict[str, dict[str, object]] = {
    "Destination": {"kind": Kind.MENU, "name": "Ensam"},
    "Person": {"extension": "1001"},
    "ExternalNumber": {"e164": "+46701740635"},
    "Period": {"first": date(2027, 6, 28), "last": date(2027, 8, 1)},
    "ExceptionRule": {"first": date(2026, 12, 11), "last": date(2026, 12, 11)},
    "WeekOpening": {"weekday": 0, "start": 480, "end": 1020},
    "DayOpening": {"start": 480, "end": 720},
    "Object": {"bucket": 0},
    "Rejection": {"refusal": {"code": "unreadable", "key": "menu/1", "detail": ""}},
}


def _values(model: type[models.Model], rows: dict[str, models.Model]) -> dict[str, object]:
    values: dict[str, object] = {}
    for field in model._meta.local_fields:
        if field.name != "customer" and not field.has_default() and not field.null and not field.blank:
            values[field.name] = _value(model, field, rows)
    values |= {"holiday": rows["holidayrule"]} if model.__name__ == "DayOpening" else {}
    values |= {"kind": model.KIND} if hasattr(model, "KIND") else {}
    values |= _SPECIAL.get(model.__name__, {})
    values |= {"e164": f"+4640622{rows['customer'].pk:04}"} if model.__name__ == "Number" else {}
    values |= _route(rows) if model is Route else {}
    values.pop("id", None)
    return values


def _route(rows: dict[str, models.Model]) -> dict[str, object]:
    menu, mailbox = rows.get("menu"), rows.get("mailbox")
    if menu is None or mailbox is None:
        raise AssertionError("menus and mailboxes come before routes")
    return {"source": menu.destination, "source_kind": "menu", "slot": "key:1", "target": mailbox.destination}  # type: ignore[attr-defined]


def _value(model: type[models.Model], field: models.Field[object, object], rows: dict[str, models.Model]) -> object:
    if field.related_model is not None:
        return rows[field.related_model._meta.model_name or ""]
    if isinstance(field, models.DateTimeField):
        return timezone.now()
    if isinstance(field, models.UUIDField):
        return uuid.uuid4()
    if isinstance(field, models.BinaryField):
        return b"x"
    if isinstance(field, models.IntegerField | models.FloatField):
        return 1
    if field.name == "key":
        return "menu/1"
    return f"{model.__name__} {rows['customer'].pk}"[: field.max_length or 40]
