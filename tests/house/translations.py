"""Every marked string has an English translation, none is fuzzy, none lost its placeholders.

`python -m tests.house.translations` says what is wrong; `… update` first writes what is marked now into
`locale/en/LC_MESSAGES/django.po`, keeps the translations there are and drops those that nothing uses. Python is read
by Babel, templates by Django's `templatize` and then Babel, so gettext's tools are not needed. docs/decisions/0006.
"""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_python
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ("portal", "tenants", "integrations")
ENGLISH = ROOT / "locale" / "en" / "LC_MESSAGES" / "django.po"
SWEDISH = ROOT / "locale" / "sv" / "LC_MESSAGES" / "django.po"
"""What Django and its REST framework say, in better Swedish than their own. Written by hand."""
HEADER = "# English. Swedish is the language of the sources: `python -m tests.house.translations update`."
UNDATED = datetime(2026, 1, 1, tzinfo=UTC)
"""A date of its own would make every two updates differ."""

Words = str | tuple[str, ...] | list[str]
Marked = tuple[str, Words, str | None]
SINGLE = ("_", "gettext", "gettext_lazy", "gettext_noop", "said")
KEYWORDS = {
    **dict.fromkeys(SINGLE),
    **dict.fromkeys(("ngettext", "ngettext_lazy"), (1, 2)),
    **dict.fromkeys(("pgettext", "pgettext_lazy"), ((1, "c"), 2)),
    **dict.fromkeys(("npgettext", "npgettext_lazy"), ((1, "c"), 2, 3)),
}
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]|%[sd]|\{(\w*)\}")


def marked(root: Path = ROOT) -> Iterator[Marked]:
    """Yield (file, message or its singular and plural, context) of all that Python and templates mark."""
    for folder in SOURCES:
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in {".py", ".html", ".txt"} and "static" not in path.parts:
                yield from ((str(path.relative_to(root)), *found) for found in marked_in(path))


def marked_in(path: Path) -> Iterator[tuple[Words, str | None]]:
    """Yield (message or its singular and plural, context) of what one file marks."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        # What is left of a template is no Python: without its indentation Babel's reader takes it.
        text = "\n".join(line.lstrip() for line in templatize(text, origin=str(path)).splitlines())
    for _line, function, words, _comments in extract_python(io.BytesIO(text.encode()), KEYWORDS, (), {}):
        if message := _message(str(function), words):
            yield message


def _message(function: str, words: object) -> tuple[Words, str | None] | None:
    parts = [words] if isinstance(words, str) else [*words] if isinstance(words, tuple) else []
    context = parts.pop(0) if function.startswith(("pgettext", "npgettext")) and parts else None
    wanted = 2 if "ngettext" in function or function.startswith("npgettext") else 1
    if len(parts) < wanted or not all(parts[:wanted]):
        return None
    return (parts[0] if wanted == 1 else tuple(parts[:2])), context


def template(root: Path = ROOT) -> Catalog:
    """Return a catalogue of what is marked now, without translations."""
    catalogue = Catalog(fuzzy=False)
    for file, words, context in marked(root):
        catalogue.add(words, locations=[(file, 1)], context=context)
    return catalogue


def stored(path: Path = ENGLISH) -> Catalog:
    """Return the translations there are; an empty catalogue if there is no file."""
    if not path.exists():
        return Catalog(locale="en", fuzzy=False)
    with path.open("rb") as file:
        return read_po(file, locale="en")


def merged(root: Path = ROOT, path: Path = ENGLISH) -> Catalog:
    """Return what is marked now with the translations there are; a changed message begins anew, never as a guess."""
    catalogue = stored(path)
    catalogue.update(template(root), no_fuzzy_matching=True)
    catalogue.fuzzy = False
    catalogue.header_comment = HEADER
    catalogue.creation_date = catalogue.revision_date = UNDATED
    catalogue.project, catalogue.version, catalogue.msgid_bugs_address = "portal", "1", ""
    catalogue.last_translator, catalogue.language_team = "", "English"
    return catalogue


def written(catalogue: Catalog) -> bytes:
    """Return a catalogue as the file is kept: ordered by file, without line numbers, so that changes read well."""
    out = io.BytesIO()
    write_po(out, catalogue, width=0, sort_by_file=True, ignore_obsolete=True, include_lineno=False)
    return out.getvalue()


def faults(catalogue: Catalog) -> list[str]:
    """Return what is wrong with a catalogue, one line a message."""
    messages = [message for message in catalogue if message.id]
    return [fault for message in messages if (fault := _fault(message.id, message.string, fuzzy=message.fuzzy))]


def _fault(source: Words, target: Words | None, *, fuzzy: bool) -> str:
    sources = [source] if isinstance(source, str) else list(source)
    targets = [target] if isinstance(target, str) else list(target or ())
    if fuzzy:
        return f"fuzzy: {sources[0]!r}"
    if not targets or not all(targets):
        return f"not translated: {sources[0]!r}"
    wanted = set(PLACEHOLDER.findall(sources[-1]))
    if any(set(PLACEHOLDER.findall(text)) - wanted for text in targets):
        return f"a placeholder that the source lacks: {sources[0]!r}"
    return ""


def main(arguments: list[str]) -> int:
    """Check English, or bring its file up to date and then check it."""
    catalogue = merged()
    if arguments == ["update"]:
        ENGLISH.parent.mkdir(parents=True, exist_ok=True)
        ENGLISH.write_bytes(written(catalogue))
    found = faults(catalogue) + faults(stored(SWEDISH))
    print("\n".join([*found[:40], f"{len(found)} in all"] if found else ["all translated"]))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
