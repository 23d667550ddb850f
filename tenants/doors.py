"""How a door answers a refusal: in the form, which keeps what was typed, or on the next page."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from django import forms
from django.contrib import messages
from django.http import HttpRequest

from tenants.refusals import Refusal

T = TypeVar("T")


def tried(form: forms.Form, run: Callable[[], T]) -> T | None:
    """Run an action; a refusal becomes an error of the form."""
    try:
        return run()
    except Refusal as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.message))
        return None


def told(request: HttpRequest, run: Callable[[], object]) -> bool:
    """Run an action that has no form and return whether it was done; a refusal is told on the next page."""
    try:
        run()
    except Refusal as refusal:
        messages.error(request, str(refusal.message))
        return False
    return True
