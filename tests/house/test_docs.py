"""Links in the documentation lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

from tests.house import tree

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)|<img[^>]+src=\"([^\"]+)\"")
PAPER = re.compile(r"\b(docs/[\w./-]+\.md)\b")


def targets(text: str) -> list[str]:
    """Return the relative links of a Markdown text."""
    found = [first or second for first, second in LINK.findall(text)]
    return [link.split("#")[0] for link in found if not re.match(r"^(https?:|mailto:|sip:|#)", link)]


def test_links_resolve() -> None:
    papers = [path for path in tree.files() if path.suffix == ".md"]
    assert papers
    found = [
        f"{tree.name(path)} -> {link}"
        for path in papers
        for link in targets(path.read_text())
        if not (path.parent / link).exists()
    ]
    assert found == [], "\n".join(found)


def test_papers_named_in_code_exist() -> None:
    sources: list[Path] = tree.below("tenants", "portal", "integrations", "tests", "bench")
    found = [
        f"{tree.name(path)} -> {paper}"
        for path in sources
        for paper in PAPER.findall(path.read_text())
        if not (tree.ROOT / paper).exists()
    ]
    assert found == [], "\n".join(found)
