"""Names and words that the house does not use, and what every room has."""

from __future__ import annotations

import ast
import re

from tests.house import tree

FOLDERS = {"utils", "util", "common", "core", "services", "helpers", "misc", "lib"}
CLASSES = re.compile(r"(Service|Helper|Handler|Processor|Util|Utils)$")
LATER = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X)\b")
HOSTS = re.compile(
    r"(pypi\.org|pythonhosted\.org|registry\.npmjs\.org|npmjs\.com/|deb\.debian\.org|archive\.ubuntu\.com|rubygems\.org)"
)
MACHINE = re.compile(r"(?<![\w.])/(root|work|home/\w+|Users/\w+)/")
BINARY = {".wav", ".woff2", ".png", ".jpg", ".svg", ".ico", ".gz", ".mo", ".zip", ".webp", ".bin"}


def texts() -> list[tuple[str, str]]:
    """Return name and content of every text file of ours."""
    paths = [
        path for path in tree.files() if path.suffix not in BINARY and path != tree.ROOT / "tests/house/test_names.py"
    ]
    return [(tree.name(path), path.read_text(errors="replace")) for path in paths]


def lines(pattern: re.Pattern[str], *, but: tuple[str, ...] = ()) -> list[str]:
    """Return where a pattern occurs."""
    return [
        f"{name}:{number}: {line.strip()[:120]}"
        for name, text in texts()
        if not name.startswith(but)
        for number, line in enumerate(text.splitlines(), 1)
        if pattern.search(line)
    ]


def test_no_folder_is_a_drawer() -> None:
    found = {part for path in tree.below("tenants", "portal", "integrations", "tests") for part in path.parts[:-1]}
    assert found & FOLDERS == set()


def test_no_class_is_a_drawer() -> None:
    found = [
        f"{tree.name(path)}: {node.name}"
        for path in tree.below("tenants", "portal", "integrations")
        for node in ast.walk(tree.parse(path))
        if isinstance(node, ast.ClassDef) and CLASSES.search(node.name)
    ]
    assert found == []


def test_nothing_is_left_for_later() -> None:
    assert lines(LATER, but=("frontend/package-lock.json",)) == []


def test_no_package_host_and_no_machine_is_named() -> None:
    assert lines(HOSTS) == []
    assert lines(MACHINE) == []


def test_every_room_says_what_it_is() -> None:
    found = {path.name: ast.get_docstring(tree.parse(path / "__init__.py")) or "" for path in tree.rooms()}
    assert len(found) >= 10
    assert [name for name, said in found.items() if not 60 <= len(said) <= 1200] == []


def test_no_module_is_longer_than_a_sitting() -> None:
    """Three hundred lines; a list of data may be longer and is named here."""
    data = {"portal/settings.py"}
    paths = [path for path in tree.below("tenants", "portal", "integrations") if "/migrations/" not in tree.name(path)]
    found = [f"{tree.name(path)}: {count}" for path in paths if (count := len(path.read_text().splitlines())) > 320]
    assert [one for one in found if one.split(":")[0] not in data] == []


def test_no_signals_carry_business() -> None:
    pattern = re.compile(r"\b(post_save|pre_save|post_delete|pre_delete|m2m_changed)\b")
    found = [
        name
        for path in tree.below("tenants", "portal", "integrations")
        if pattern.search(path.read_text())
        for name in [tree.name(path)]
    ]
    assert found == []
