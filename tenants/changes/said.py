"""What an edit did, as a sentence that each reader gets in their own language.

The sentence is stored as it stands in the source, beside the names in it, and translated when somebody reads it. One
that has been reworded since is no longer in the catalogue and is read in Swedish.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.utils.translation import gettext, override

LONGEST = 200
"""As many characters as a line of the history holds."""


@dataclass(frozen=True)
class Said:
    """A sentence of the source and the names in it; a name that the portal has given is itself such a sentence."""

    words: str
    names: Mapping[str, str | int | Said] = field(default_factory=dict)

    def __str__(self) -> str:
        return gettext(self.words) % {name: str(value) for name, value in self.names.items()}

    @property
    def told(self) -> str:
        """Return it in the reader's language."""
        return str(self)[:LONGEST]

    @property
    def in_swedish(self) -> str:
        """Return it in the language of the history, whoever saves."""
        with override(settings.LANGUAGE_CODE):
            return self.told

    @property
    def kept(self) -> dict[str, Any]:
        """Return it as JSON, for ``read``."""
        names = {name: value.kept if isinstance(value, Said) else value for name, value in self.names.items()}
        return {"words": self.words, "names": names}


def read(kept: dict[str, Any]) -> Said:
    """Return what was kept as JSON."""
    names = {name: read(value) if isinstance(value, dict) else value for name, value in kept["names"].items()}
    return Said(kept["words"], names)


def said(words: str, /, **names: str | int | Said) -> Said:
    """Say a Swedish sentence with its names, ``%(name)s``. As ``_()`` does, it marks its words for translation."""
    return Said(words, names)


def written(text: str) -> Said:
    """Return what a person wrote: the same in every language."""
    return Said("%(text)s", {"text": text})


def undone(what: Said) -> Said:
    """Say that an edit was taken back. Undos may undo each other for ever, so a full line says no more."""
    return what if len(what.in_swedish) == LONGEST else said("Ångrade: %(what)s", what=what)
