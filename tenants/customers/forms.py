"""What is typed about who may log in."""

from __future__ import annotations

from django import forms
from django.contrib.auth import authenticate
from django.contrib.auth.forms import SetPasswordForm
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from tenants.customers.models import Role


class InviteForm(forms.Form):
    """Somebody to let in."""

    name = forms.CharField(label=_("Namn"), max_length=120)
    email = forms.EmailField(label=_("E-post"), max_length=254)
    role = forms.ChoiceField(
        label=_("Roll"), choices=Role.choices, initial=Role.USER,
        help_text=_("En administratör får ändra allt. En användare får det som hör till en själv."),
    )  # fmt: skip


class RoleForm(forms.Form):
    """Another role."""

    role = forms.ChoiceField(choices=Role.choices)


class PasswordForm(SetPasswordForm):  # type: ignore[type-arg]
    """A password of one's own."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["new_password1"].label = _("Lösenord")
        self.fields["new_password1"].help_text = _("Minst åtta tecken. Gärna några ord som bara du kommer på.")
        self.fields["new_password2"].label = _("Samma en gång till")
        self.fields["new_password2"].help_text = ""


class ChangePasswordForm(PasswordForm):
    """Another password, from somebody who knows the one they have. Wrong guesses count as at login (django-axes)."""

    password = forms.CharField(
        label=_("Lösenordet du har nu"), strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password", "autofocus": True}),
    )  # fmt: skip
    field_order = ["password", "new_password1", "new_password2"]

    def __init__(self, request: HttpRequest, *args: object) -> None:
        super().__init__(request.user, *args)
        self.request = request
        self.fields["new_password1"].label = _("Nytt lösenord")
        self.fields["new_password2"].label = _("Nya lösenordet en gång till")

    def clean_password(self) -> str:
        """Refuse who does not know the password they have."""
        typed: str = self.cleaned_data["password"]
        if authenticate(self.request, username=self.user.get_username(), password=typed) is None:
            raise forms.ValidationError(_("Det är inte lösenordet du har nu. Försök igen."))
        return typed
