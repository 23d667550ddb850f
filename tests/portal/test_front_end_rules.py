"""The rules of docs/frontend.md that a machine can keep: what stands in templates, styles, icons and scripts."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from portal import styleguide
from portal.stack import build

ROOT = Path(settings.BASE_DIR)
FRONT = ROOT / "frontend"
TEMPLATES = sorted(
    path for folder in ("portal", "tenants", "integrations") for path in (ROOT / folder).rglob("templates/**/*.html")
)
COMPONENTS = sorted((ROOT / "portal" / "templates" / "cotton").rglob("*.html"))
STYLES = sorted((FRONT / "css").rglob("*.css"))
SPRITE = (ROOT / "portal" / "static" / "icons.svg").read_text()
ICONS = styleguide.ICONS.read_text().split()

FORBIDDEN = {
    "cotton's own attrs, which are not escaped": r"\{\{\s*attrs\s*\}\}",
    "a filter in a bound attribute, which cotton drops": r"<c-[^>]*\s:[a-z_]+=\"[^\"{]*\|",
    "a browser's own time or date field": r"type=\"(?:time|date|datetime-local)\"",
}
"""Beside what tests/house/test_templates.py forbids for the policy's sake."""


def _without_comments(text: str) -> str:
    return re.sub(r"\{%\s*comment.*?endcomment\s*%\}|\{#.*?#\}|/\*.*?\*/", "", text, flags=re.DOTALL)


@pytest.mark.parametrize("rule", FORBIDDEN)
def test_no_template_has(rule: str) -> None:
    found = [
        f"{path.relative_to(ROOT)}: {match[0][:80]}"
        for path in TEMPLATES
        for match in re.finditer(FORBIDDEN[rule], _without_comments(path.read_text()))
    ]
    assert found == []


def test_no_template_comment_spans_lines() -> None:
    """Django prints such a comment on the page."""
    found = [
        str(path) for path in TEMPLATES for line in path.read_text().split("\n") if "{#" in line and "#}" not in line
    ]
    assert found == []


def test_colours_are_named_in_the_tokens_alone() -> None:
    colour = re.compile(r"#[0-9a-fA-F]{3,8}\b|\brgba?\(|\bhsla?\(|\boklch\(")
    found = [
        f"{path.name}: {match[0]}"
        for path in STYLES
        if path.name != "tokens.css"
        for match in colour.finditer(_without_comments(path.read_text()))
    ]
    assert found == []


def test_styles_name_no_id() -> None:
    found = [
        f"{path.name}: {line.strip()}"
        for path in STYLES
        for line in _without_comments(path.read_text()).split("\n")
        if re.match(r"[^:;]*#[a-z]", line) and not re.search(r":\s", line)
    ]
    assert found == []


def test_every_token_used_is_defined() -> None:
    defined = set(re.findall(r"(--[a-z0-9-]+):", "".join(path.read_text() for path in STYLES)))
    used = {(path.name, name) for path in STYLES for name in re.findall(r"var\((--[a-z0-9-]+)", path.read_text())}
    assert {pair for pair in used if pair[1] not in defined} == set()


def _named_icons() -> Iterator[tuple[str, str]]:
    for path in TEMPLATES:
        for match in re.finditer(r"<c-icon\s+name=\"([a-z0-9-]+)\"|\sicon(?:_end)?=\"([a-z0-9-]+)\"", path.read_text()):
            yield str(path.relative_to(ROOT)), match[1] or match[2]


def test_every_icon_asked_for_is_in_the_sprite() -> None:
    drawn = set(re.findall(r'id="([a-z0-9-]+)"', SPRITE))
    assert drawn == set(ICONS), "run `npm run icons` in frontend/ (see icons.mjs)"
    assert {pair for pair in _named_icons() if pair[1] not in drawn} == set()


def test_every_component_stands_on_the_style_guide() -> None:
    page = "".join(path.read_text() for path in [ROOT / "portal" / "templates" / "styleguide.html", *COMPONENTS])
    used = set(re.findall(r"<c-([a-z][a-z.-]*)", page))
    shell = "".join(path.read_text() for path in (ROOT / "portal" / "templates").rglob("*.html"))
    used |= set(re.findall(r"<c-([a-z][a-z.-]*)", shell))
    names = {
        str(path.relative_to(ROOT / "portal/templates/cotton").with_suffix("")).replace("/", ".").replace("_", "-")
        for path in COMPONENTS
    }
    assert {name.removesuffix(".index") for name in names} - used == set()


@pytest.fixture(scope="module")
def installed() -> None:
    """The front end's packages."""
    build.front_end()
    if not (FRONT / "node_modules" / "typescript").exists():
        pytest.skip("npm ci has not been run")


def test_scripts_are_well_typed(installed: None) -> None:
    command = ["npm", "run", "--silent", "check"]
    done = subprocess.run(command, cwd=FRONT, env=build.node_environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_lock_file_names_no_registry() -> None:
    text = (FRONT / "package-lock.json").read_text()
    assert '"resolved"' not in text
    assert "http" not in re.sub(r'"(?:url|funding)": "[^"]*"', "", text)
