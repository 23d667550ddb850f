"""Templates under a strict content security policy: no style attributes, nothing that htmx would have to eval."""

from __future__ import annotations

import re

import pytest

from tests.house import tree

FORBIDDEN = {
    "a style attribute": re.compile(r"\sstyle\s*=", re.IGNORECASE),
    "a style element": re.compile(r"<style\b", re.IGNORECASE),
    "hx-on, which evals": re.compile(r"\shx-on[:=-]", re.IGNORECASE),
    "js: or javascript:, which evals": re.compile(r"""["'=](js|javascript):""", re.IGNORECASE),
    "a trigger filter, which evals": re.compile(r"""hx-trigger\s*=\s*["'][^"']*\["""),
    "an inline handler": re.compile(r"\son[a-z]+\s*=\s*[\"']", re.IGNORECASE),
    "an inline script": re.compile(
        r"<script(?![^>]*\bsrc=)(?![^>]*type=\"(application/json|importmap)\")", re.IGNORECASE
    ),
    "the filter safe": re.compile(r"\|\s*safe\b"),
    "autoescape off": re.compile(r"autoescape\s+off"),
}
MARK_SAFE = {"portal/templatetags/ui.py"}
"""Python files that may call mark_safe, each because what it marks is made by us alone."""


def faults(text: str) -> list[str]:
    """Return the names of what a template must not have."""
    return [name for name, pattern in FORBIDDEN.items() if pattern.search(text)]


def test_templates_need_no_eval_and_no_style() -> None:
    paths = tree.below("tenants", "portal", "integrations", suffix=".html")
    found = [f"{tree.name(path)}: {fault}" for path in paths for fault in faults(path.read_text())]
    assert found == []


@pytest.mark.parametrize(
    "text",
    [
        '<p style="color: red">',
        "<style>p {}</style>",
        '<button hx-on:click="go()">',
        "<div hx-vals='js:{a: 1}'>",
        '<div hx-get="/x" hx-trigger="click[ctrlKey]">',
        '<a onclick="go()">',
        "<script>go()</script>",
        "{{ name|safe }}",
        "{% autoescape off %}",
    ],
)
def test_the_wall_sees_each(text: str) -> None:
    assert faults(text)


def test_an_innocent_template_passes() -> None:
    assert (
        faults(
            '<c-button data-style="x" hx-trigger="load delay:1s">{{ name }}</c-button>\n<script src="a.js"></script>'
        )
        == []
    )


def test_nothing_is_marked_safe_in_python() -> None:
    found = {
        tree.name(path)
        for path in tree.below("tenants", "portal", "integrations")
        if re.search(r"\bmark_safe\(|\bSafeString\(|\bSafeText\(", path.read_text())
    }
    assert found == MARK_SAFE


UNSEEN = {
    "tenants/mailboxes/templates/mailboxes/show.html": "a message is heard or taken care of; nobody changes it",
    "tenants/apikeys/templates/apikeys/index.html": "a key is never changed, and must be stopped whatever happens",
    "tenants/apikeys/templates/apikeys/mine.html": "the same of a person's own",
    "integrations/switch/templates/switch/node.html": "a node is forgotten by staff, who type its name",
    "portal/templates/styleguide.html": "a picture of the component",
}
"""Where a removal may post no version, and why nothing of a colleague's can be lost there."""


def test_what_is_removed_is_what_was_seen() -> None:
    paths = tree.below("tenants", "portal", "integrations", suffix=".html")
    asked = {tree.name(path): re.findall(r"<c-confirm\b[^>]*\bdanger\b[^>]*>", path.read_text()) for path in paths}
    unseen = {name for name, tags in asked.items() if not all(" :version=" in tag for tag in tags)}
    assert unseen == set(UNSEEN)
