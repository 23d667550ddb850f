"""Every marked string has a translation, none is fuzzy, none lost its placeholders.

`python -m tests.house.translations` says which. What is marked is found by Django's own `makemessages` over links to
the tree, so nothing in the tree is written.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
Words = str | tuple[str, ...] | list[str]
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]|%[sd]|\{(\w*)\}")


def marked(language: str) -> Path:
    """Return a fresh catalogue of what is marked now, merged with the translations there are.

    :raises FileNotFoundError: if gettext's tools are missing.
    """
    from django.core.management import call_command
    from django.test.utils import override_settings

    if not shutil.which("xgettext"):
        raise FileNotFoundError("gettext is missing: apt-get install gettext")
    folder = Path(tempfile.mkdtemp(prefix="portal-po-"))
    for name in ("portal", "tenants", "integrations"):
        (folder / name).symlink_to(ROOT / name)
    if (ROOT / "locale").exists():
        shutil.copytree(ROOT / "locale", folder / "locale")
    (folder / "locale").mkdir(exist_ok=True)
    with _inside(folder), override_settings(LOCALE_PATHS=[str(folder / "locale")]):
        ignored = ["*/node_modules/*", "*/static/*"]
        call_command("makemessages", locale=[language], symlinks=True, ignore_patterns=ignored, verbosity=0)
    return folder / "locale" / language / "LC_MESSAGES" / "django.po"


@contextlib.contextmanager
def _inside(folder: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def faults(catalogue: Path) -> list[str]:
    """Return what is wrong with a catalogue, one line a message."""
    from babel.messages.pofile import read_po

    with catalogue.open("rb") as file:
        messages = [message for message in read_po(file) if message.id]
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


def main() -> int:
    """Check English; Swedish is the language of the sources."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    import django

    django.setup()
    try:
        catalogue = marked("en")
    except FileNotFoundError as error:
        print(error)
        return 1 if os.environ.get("CI") else 0
    found = faults(catalogue) if catalogue.exists() else ["there is no catalogue"]
    shutil.rmtree(catalogue.parents[3], ignore_errors=True)
    print("\n".join([*found[:40], f"{len(found)} in all"] if found else ["all translated"]))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
