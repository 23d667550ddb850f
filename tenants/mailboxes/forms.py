"""What a person types about a mailbox."""

from __future__ import annotations

from django import forms
from django.db.models import Model
from django.utils.translation import gettext_lazy as _

from tenants.customers.models import Membership
from tenants.mailboxes import queries
from tenants.mailboxes.actions import Wish
from tenants.mailboxes.models import Mailbox
from tenants.prompts.models import Prompt
from tenants.prompts.queries import recorded


class _Names(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, obj: Model) -> str:
        """Return the name of who is ticked."""
        return str(obj.user) if isinstance(obj, Membership) else str(obj)


class MailboxForm(forms.Form):
    """A box for messages, and who may listen."""

    name = forms.CharField(label=_("Namn"), max_length=80)
    owner: forms.ModelChoiceField[Model] = forms.ModelChoiceField(
        None, label=_("Tillhör"), required=False, empty_label=_("Ingen, den är gemensam"),
        help_text=_("En personlig röstbrevlåda hör personen själv."),
    )  # fmt: skip
    greeting: forms.ModelChoiceField[Prompt] = forms.ModelChoiceField(
        None, label=_("Hälsning"), required=False, empty_label=_("Bara en ton"), help_text=_("Det som hörs före tonen.")
    )
    max_seconds = forms.IntegerField(label=_("Längsta meddelande i sekunder"), min_value=10, max_value=600, initial=180)
    listeners = _Names(
        None, label=_("Får lyssna"), required=False, widget=forms.CheckboxSelectMultiple,
        help_text=_("Ingen annan kan höra meddelandena, inte ens en administratör."),
    )  # fmt: skip
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        choices = {"owner": queries.owners(), "greeting": recorded(), "listeners": queries.may_be_ticked()}
        for name, rows in choices.items():
            self.fields[name].queryset = rows  # type: ignore[attr-defined]

    @staticmethod
    def values(row: Mailbox) -> dict[str, object]:
        """Return a mailbox as the form is drawn."""
        return {
            "name": row.name, "owner": row.owner_id, "greeting": row.greeting_id, "max_seconds": row.max_seconds,
            "listeners": list(row.listeners.values_list("membership_id", flat=True)), "version": row.version,
        }  # fmt: skip

    def wish(self) -> Wish:
        """Return what was typed."""
        typed = self.cleaned_data
        greeting: Prompt | None = typed["greeting"]
        return Wish(
            name=typed["name"],
            owner_id=typed["owner"].pk if typed["owner"] else None,
            greeting_id=greeting.pk if greeting else None,
            max_seconds=typed["max_seconds"],
            listeners=[membership.pk for membership in typed["listeners"]],
        )
