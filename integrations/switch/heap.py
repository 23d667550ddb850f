"""The heap of events as our staff sift it: by node, customer, kind, time and what became of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime, time, timedelta
from typing import Any, get_args, get_type_hints

from django import forms
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from integrations.switch.models import TROUBLE, Event
from tenants.customers.models import Customer
from tenants.doors import DayField
from tenants.nodes.models import Node
from tenants.routing import wire

ORDER = ("-pk",)
MOST_AT_ONCE = 10_000
KINDS: tuple[str, ...] = get_args(get_type_hints(wire.Event)["kind"])
DEAD = Q(tries__gte=Event.MOST_TRIES) | ~Q(poisoned="")
STATES: Mapping[str, tuple[Any, Q]] = {
    "letters": (_("Behöver tillsyn"), TROUBLE & DEAD),
    "poisoned": (_("Oläsliga"), TROUBLE & ~Q(poisoned="")),
    "failing": (_("Misslyckas"), TROUBLE & Q(poisoned="", tries__lt=Event.MOST_TRIES)),
    "waiting": (_("Väntar"), Q(folded_at=None, dismissed_at=None, poisoned="", tries=0)),
    "folded": (_("Klara"), Q(folded_at__isnull=False)),
    "dismissed": (_("Avfärdade"), Q(dismissed_at__isnull=False)),
}


class Sieve(forms.Form):
    """What staff look for. Everything is optional; what cannot be read is left out and said."""

    state = forms.ChoiceField(label=_("Läge"), required=False)
    kind = forms.ChoiceField(label=_("Sort"), required=False, choices=[("", _("Alla")), *((k, k) for k in KINDS)])
    customer = forms.CharField(label=_("Kund"), required=False, max_length=60)
    node: forms.ModelChoiceField[Node] = forms.ModelChoiceField(
        None, label=_("Växelnod"), required=False, empty_label=_("Alla")
    )
    since = DayField(label=_("Från"), required=False)
    until = DayField(label=_("Till"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["state"].choices = [("", _("Alla")), *((k, v[0]) for k, v in STATES.items())]  # type: ignore[attr-defined]
        self.fields["node"].queryset = Node.objects.order_by("name")  # type: ignore[attr-defined]
        self.fields["customer"].widget.attrs["placeholder"] = "norrsken-bygg"

    def clean_customer(self) -> Customer | None:
        """Return the customer of an address, or say that there is none."""
        slug = self.cleaned_data["customer"].strip().replace("\0", "")
        if not slug:
            return None
        found = Customer.objects.filter(slug=slug).first()
        if found is None:
            raise forms.ValidationError(_("Det finns ingen kund med den adressen."))
        return found

    def sifted(self) -> QuerySet[Event]:
        """Return the events that pass. Across customers."""
        rows = Event.objects.select_related("customer", "node")
        if not self.is_valid():
            return rows.none()
        for name, narrow in NARROW.items():
            if value := self.cleaned_data.get(name):
                rows = rows.filter(narrow(value))
        return rows


def _midnight(day: Any) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))


NARROW: Mapping[str, Callable[[Any], Q]] = {
    "state": lambda state: STATES[state][1],
    "kind": lambda kind: Q(kind=kind),
    "customer": lambda customer: Q(customer=customer),
    "node": lambda node: Q(node=node),
    "since": lambda day: Q(received_at__gte=_midnight(day)),
    "until": lambda day: Q(received_at__lt=_midnight(day) + timedelta(days=1)),
}


def pretty(body: bytes) -> str:
    """Return what a node told as a person can read it; what is no JSON comes as it is."""
    text = body.decode(errors="replace")
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return text
