"""What a person types about a prompt."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from tenants.prompts.models import Prompt

ACCEPT = "audio/*,.wav,.mp3,.m4a,.flac,.ogg,.webm"


class TakeForm(forms.Form):
    """A file, uploaded or recorded in the page."""

    file = forms.FileField(
        label=_("Ljudfil"),
        help_text=_("WAV, MP3, M4A, FLAC, OGG eller WebM. Högst 10 minuter och 20 MB."),
        widget=forms.ClearableFileInput(attrs={"accept": ACCEPT}),
        error_messages={
            "required": _("Välj en ljudfil eller spela in."),
            "empty": _("Filen är tom. Välj en annan fil."),
        },
    )


class NewForm(TakeForm):
    """A new prompt with its first take."""

    name = forms.CharField(label=_("Namn"), max_length=80)
    manuscript = forms.CharField(
        label=_("Manus"), required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Det som ska sägas, så att det är lätt att läsa in på nytt."),
    )  # fmt: skip
    field_order = ("name", "manuscript", "file")


class ChangeForm(forms.Form):
    """A prompt's name and manuscript."""

    name = forms.CharField(label=_("Namn"), max_length=80)
    manuscript = forms.CharField(
        label=_("Manus"), required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 4})
    )
    version = forms.IntegerField(widget=forms.HiddenInput)

    @classmethod
    def of(cls, prompt: Prompt) -> ChangeForm:
        """Return the form as it is drawn for a prompt."""
        return cls(initial={"name": prompt.name, "manuscript": prompt.manuscript, "version": prompt.version})
