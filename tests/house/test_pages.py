"""Pages answer with eager `render()`: what is rendered later runs outside the customer's transaction."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.house import tree

LAZY = {"TemplateResponse", "SimpleTemplateResponse", "StreamingHttpResponse"}
STREAMS = "portal/streams.py"
"""Event streams are no pages: they open a short transaction for each thing they tell."""


def pages() -> list[Path]:
    found = [path for path in tree.below("tenants", "integrations") if path.name == "views.py"]
    return found + [path for path in tree.below("portal") if tree.name(path) != STREAMS and "/stack/" not in str(path)]


def faults(module: ast.Module) -> list[str]:
    """Return the lazy answers and generic views a module names."""
    found: list[str] = []
    for node in ast.walk(module):
        match node:
            case ast.ImportFrom(module="django.views.generic" | "django.views.generic.base" | "django.views"):
                found += [f"{node.lineno}: {alias.name}" for alias in node.names if alias.name.endswith("View")]
            case ast.ImportFrom(module=str(source)) if source.startswith("django.views.generic"):
                found.append(f"{node.lineno}: {source}")
            case ast.Name(id=word) | ast.Attribute(attr=word) if word in LAZY:
                found.append(f"{node.lineno}: {word}")
            case ast.alias(name=word) if word in LAZY:
                found.append(f"{node.lineno}: {word}")
    return found


def test_pages_answer_at_once() -> None:
    found = [f"{tree.name(path)}:{fault}" for path in pages() for fault in faults(tree.parse(path))]
    assert found == [], "\n".join(found)


@pytest.mark.parametrize(
    "line",
    [
        "from django.template.response import TemplateResponse",
        "return_ = response.TemplateResponse(request, 'x.html')",
        "from django.http import StreamingHttpResponse",
        "from django.views.generic import ListView",
        "from django.views import View",
        "from django.views.generic.edit import FormView",
    ],
)
def test_the_wall_sees_a_lazy_answer(line: str) -> None:
    assert faults(ast.parse(line))


def test_doors_are_thin() -> None:
    """Views, API and tasks have no function over forty lines."""
    doors = [path for path in tree.below("tenants", "integrations") if path.name in {"views.py", "api.py", "tasks.py"}]
    found = [
        f"{tree.name(path)}:{node.lineno}: {node.name}"
        for path in doors
        for node in ast.walk(tree.parse(path))
        if isinstance(node, ast.FunctionDef) and (node.end_lineno or 0) - node.lineno > 40
    ]
    assert found == [], "\n".join(found)
