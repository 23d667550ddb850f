"""The shape of what is sent: the fields there are and no others, each of the JSON type that the API's document says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from drf_spectacular.extensions import OpenApiSerializerExtension
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

Faults = dict[Any, Any]
TYPES: Final[tuple[tuple[tuple[type, ...], type, str | Promise], ...]] = (
    ((serializers.BooleanField,), bool, _("Skriv true eller false.")),
    ((serializers.IntegerField,), int, _("Skriv ett heltal, utan citattecken.")),
    ((serializers.CharField, serializers.ChoiceField), str, _("Skriv en text, inom citattecken.")),
)
"""Fields that would take another type and guess what was meant; what comes of it, and how it is written."""


class Shape(serializers.Serializer[Any]):
    """A body, or a part of one. A field it does not have is refused by name: a misspelt one would else do nothing.

    What it shows and does not take, such as ``id``, may be sent back and does nothing.
    """

    default_error_messages = {"unknown_field": _("Det finns inget sådant fält.")}

    def to_internal_value(self, data: Any) -> Any:
        """Return what was sent.

        :raises ValidationError: with the place of each fault.
        """
        faults = {**self._strange(data), **self._mistyped(data)} if isinstance(data, Mapping) else {}
        try:
            found = super().to_internal_value(data)
        except ValidationError as error:
            raise ValidationError({**error.detail, **faults}) from error  # type: ignore[dict-item]
        if faults:
            raise ValidationError(faults)
        return found

    def _strange(self, data: Mapping[str, Any]) -> Faults:
        fault = ErrorDetail(str(self.error_messages["unknown_field"]), code="unknown_field")
        return {name: [fault] for name in data if name not in self.fields}

    def _mistyped(self, data: Mapping[str, Any]) -> Faults:
        """Return the faults of types by field."""
        sent = {name: (field, data[name]) for name, field in self.fields.items() if name in data}
        told = {name: mistyped(*pair) for name, pair in sent.items() if not pair[0].read_only}
        return {name: faults for name, faults in told.items() if faults}


def mistyped(field: serializers.Field[Any, Any, Any, Any], value: Any) -> Faults | list[ErrorDetail]:
    """Return what is wrong with the type of a value, or of those in a list by their places; nothing where it is right.

    Null is for the field itself to judge, and a number without decimals is whole however it is written.
    """
    if isinstance(field, serializers.ListField) and isinstance(value, list):
        told = {place: mistyped(field.child, part) for place, part in enumerate(value)}
        return {place: faults for place, faults in told.items() if faults}
    if isinstance(field, serializers.CharField) and isinstance(value, str) and value != value.strip():
        return _untrimmed(field, value)
    for kinds, wanted, words in TYPES:
        if isinstance(field, kinds) and value is not None:
            return [] if _is(value, wanted) else [ErrorDetail(str(words), code="wrong_type")]
    return []


def _untrimmed(field: serializers.CharField, text: str) -> list[ErrorDetail]:
    """Return what is wrong with a text before what surrounds it is taken away: its document knows of no trimming."""
    try:
        field.run_validators(text)
    except ValidationError as error:
        told: Any = error.detail
        return list(told)
    return []


def _is(value: Any, wanted: type) -> bool:
    if wanted is int and isinstance(value, float):
        return value.is_integer()
    return isinstance(value, wanted) and isinstance(value, bool) == (wanted is bool)


class Closed(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]
    """Says in the API's document that a body takes no other fields."""

    target_class = Shape
    match_subclasses = True

    def map_serializer(self, auto_schema: Any, direction: str) -> dict[str, Any]:
        """Return a shape as OpenAPI says it."""
        schema: dict[str, Any] = auto_schema._map_serializer(self.target, direction, bypass_extensions=True)
        return {**schema, "additionalProperties": False} if direction == "request" else schema
