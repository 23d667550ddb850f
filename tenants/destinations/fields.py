"""The form field in which a person picks where calls go."""

from __future__ import annotations

from django import forms
from django.db.models import Model

from tenants.destinations.models import Destination


class TargetField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """Destinations by name, each with its kind behind it."""

    def label_from_instance(self, obj: Model) -> str:
        """Return how a destination reads in the list."""
        return f"{obj.name} ({obj.get_kind_display()})" if isinstance(obj, Destination) else str(obj)
