"""What staff types about a new customer."""

from __future__ import annotations

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from tenants.nodes.models import Node
from tenants.onboarding.actions import Wish


class CustomerForm(forms.Form):
    """A new customer."""

    name = forms.CharField(label=_("Företagsnamn"), max_length=120)
    organisation_number = forms.CharField(
        label=_("Organisationsnummer"), max_length=20, help_text=_("Till exempel 556016-0680.")
    )
    slug = forms.CharField(
        label=_("Adress"), max_length=60, help_text=_("Det som står i webbadressen, till exempel norrsken-bygg."),
        validators=[RegexValidator(r"^[a-z0-9]+(-[a-z0-9]+)*\Z", _("Små bokstäver a–z, siffror och bindestreck."))],
    )  # fmt: skip
    main_number = forms.CharField(
        label=_("Huvudnummer"), max_length=40, help_text=_("Med riktnummer, till exempel 040-622 10 00."),
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
    )  # fmt: skip
    admin_name = forms.CharField(label=_("Administratörens namn"), max_length=120)
    admin_email = forms.EmailField(label=_("Administratörens e-post"), max_length=254)
    node: forms.ModelChoiceField[Node] = forms.ModelChoiceField(None, label=_("Växelnod"), empty_label=None)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["node"].queryset = Node.objects.order_by("name")  # type: ignore[attr-defined]

    def wish(self) -> Wish:
        """Return what was typed."""
        return Wish(**self.cleaned_data)
