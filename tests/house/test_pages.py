"""Pages answer with eager `render()`: what is rendered later runs outside the customer's transaction."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.house import tree

LAZY = {"TemplateResponse", "SimpleTemplateResponse", "StreamingHttpResponse"}
STREAMS = tree.ROOT / "portal" / "streams"
"""Event streams are no pages: they open a short transaction for each thing they tell."""


def modules() -> list[Path]:
    """Return every module of ours; a view may lie in any of them, under any name."""
    found = tree.below("portal", "tenants", "integrations")
    return [path for path in found if not path.is_relative_to(STREAMS)]


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
    found = [f"{tree.name(path)}:{fault}" for path in modules() for fault in faults(tree.parse(path))]
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


def test_what_is_exempt_is_there() -> None:
    assert (STREAMS / "app.py").exists()


def test_views_lie_in_more_than_files_of_that_name() -> None:
    """A page is known by its door; each of these was once outside the walls."""
    doors = {tree.name(path) for path in modules() if "@customer_page" in path.read_text()}
    assert {"tenants/schedules/now_views.py", "tenants/groups/duty.py", "portal/overview.py"} <= doors


MOST = 40


def long_functions(module: ast.Module) -> list[str]:
    """Return the functions over forty lines."""
    return [
        f"{node.lineno}: {node.name}"
        for node in ast.walk(module)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and (node.end_lineno or 0) - node.lineno >= MOST
    ]


def test_doors_are_thin() -> None:
    """No view, API view or task has over forty lines, and so nothing else of the product has."""
    found = [f"{tree.name(path)}:{fault}" for path in modules() for fault in long_functions(tree.parse(path))]
    assert found == [], "\n".join(found)


@pytest.mark.parametrize("kind", ["def", "async def"])
def test_the_wall_sees_a_thick_door(kind: str) -> None:
    assert not long_functions(ast.parse(f"{kind} view():\n" + "    pass\n" * (MOST - 1)))
    assert long_functions(ast.parse(f"{kind} view():\n" + "    pass\n" * MOST))
