"""All writes go through an action: who reads `actions.py` of the rooms has read every way a row can change."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.house import tree

ALWAYS = {"bulk_create", "bulk_update", "get_or_create", "update_or_create", "create", "acreate"}
OUR_OWN = {"self.create", "super().create", "shown.save"}
"""Methods of our own with these names, each of which makes one call into an action."""
NO_ROWS = {"integrations/asterisk", "portal/stack", "tenants/routing"}
"""Folders where these words mean something else: they have no models."""

BY_DJANGO = {"tenants/customers/models.py"}
"""Django's own contract for a user model asks for a manager that creates users."""


def is_write(call: ast.Call) -> bool:
    """Tell whether a call writes rows: `update` with names only and `delete` with nothing are querysets'."""
    if not isinstance(call.func, ast.Attribute):
        return False
    if ast.unparse(call.func) in OUR_OWN:
        return False
    verb = call.func.attr
    if verb in {"save", "asave"}:
        return not call.args
    if verb in {"update", "aupdate"}:
        return bool(call.keywords) and not call.args
    if verb in {"delete", "adelete"}:
        return not call.args and not call.keywords
    return verb in ALWAYS


def may_write(path: Path) -> bool:
    """Tell whether a file is one of those that write."""
    name = tree.name(path)
    return (
        path.name == "actions.py"
        or name in BY_DJANGO
        or "/migrations/" in name
        or any(name.startswith(one) for one in NO_ROWS)
    )


def writes(module: ast.AST) -> list[int]:
    """Return the lines of a module that write rows."""
    return [call.lineno for call in tree.calls(module) if is_write(call)]


def outside_restore(module: ast.Module) -> list[ast.stmt]:
    """Return the statements of a `compile.py` but for `restore` and what it calls: the way back from object to row."""
    own = {node.name: node for node in module.body if isinstance(node, ast.FunctionDef)}
    allowed, todo = set[str](), ["restore"]
    while todo:
        name = todo.pop()
        if name in own and name not in allowed:
            allowed.add(name)
            todo += [tree.called(call) for call in tree.calls(own[name])]
    return [node for node in module.body if getattr(node, "name", "") not in allowed]


def found_in(path: Path) -> list[int]:
    """Return the lines of a file that write rows and may not."""
    module = tree.parse(path)
    if path.name != "compile.py":
        return writes(module)
    return [line for statement in outside_restore(module) for line in writes(statement)]


def test_only_actions_write() -> None:
    found = [
        f"{tree.name(path)}:{line}"
        for path in tree.below("tenants", "portal", "integrations")
        if not may_write(path)
        for line in found_in(path)
    ]
    assert found == [], "\n".join(found)


@pytest.mark.parametrize(
    ("line", "writing"),
    [
        ("row.save()", True),
        ("Person.objects.create(name='Eva')", True),
        ("customer.people.filter(id=1).update(name='Eva')", True),
        ("customer.people.all().delete()", True),
        ("Person.objects.bulk_create(rows)", True),
        ("row.save(update_fields=['name'])", True),
        ("editor.save(row, form)", False),
        ("seen.update(more)", False),
        ("digest.update(b'')", False),
        ("client.delete('/people/1')", False),
        ("create(name='Eva')", False),
    ],
)
def test_the_wall_sees_a_write(line: str, writing: bool) -> None:
    assert bool(writes(ast.parse(line))) is writing
