"""What was changed is said in sentences that can be translated, never in plain text."""

from __future__ import annotations

import ast

import pytest

from tests.house import tree

WRITTEN_BY_PEOPLE = {"tenants/onboarding/demo.py", "tenants/onboarding/norrsken.py"}
"""What the companies of the demo wrote of what they published."""
OF_CHANGES = "tenants/changes/"
"""The only room that makes sentences of what is no sentence: of a note, and of a row from before."""


def faults(module: ast.Module) -> list[str]:
    """Return what a module says about a change that nobody could translate."""
    return [f"{call.lineno}: {fault}" for call in tree.calls(module) for fault in _faults(call)]


def _faults(call: ast.Call) -> list[str]:
    if tree.called(call) == "said":
        return [] if call.args and _is_text(call.args[0]) else ["said() takes its words as they stand in the catalogue"]
    told = {one.arg: one.value for one in call.keywords if one.arg in {"summary", "note"}}
    found = [f"plain text as {name}" for name, value in told.items() if _is_plain(value)]
    return [*found, *(["made of plain text"] if tree.called(call) in {"written", "Said"} else [])]


def _is_text(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and isinstance(value.value, str)


def _is_plain(value: ast.expr) -> bool:
    """Tell whether a value is text or is put together of text here."""
    return any(_is_text(part) or isinstance(part, ast.JoinedStr) for part in _outside_calls(value))


def _outside_calls(value: ast.expr) -> list[ast.expr]:
    match value:
        case ast.BoolOp(values=parts):
            return [found for part in parts for found in _outside_calls(part)]
        case ast.BinOp(left=left, right=right):
            return [*_outside_calls(left), *_outside_calls(right)]
        case ast.IfExp(body=body, orelse=other):
            return [*_outside_calls(body), *_outside_calls(other)]
    return [value]


def recording(module: ast.Module) -> bool:
    """Tell whether a module has anything to do with changes: words like ``note`` mean other things elsewhere."""
    return any(isinstance(node, ast.ImportFrom) and "changes" in (node.module or "") for node in ast.walk(module))


def test_what_was_changed_can_be_translated() -> None:
    paths = [path for path in tree.below("tenants", "portal", "integrations") if "/migrations/" not in tree.name(path)]
    found = [
        f"{tree.name(path)}:{fault}"
        for path in paths
        if not tree.name(path).startswith(OF_CHANGES) and tree.name(path) not in WRITTEN_BY_PEOPLE
        if recording(module := tree.parse(path))
        for fault in faults(module)
    ]
    assert found == [], "\n".join(found)


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ("record(summary=f'La till {name}')", True),
        ("record(summary='La till')", True),
        ("publish(note=note or 'Publicerade')", True),
        ("publish(note='La till ' + name)", True),
        ("record(summary=said(f'La till {name}'))", True),
        ("record(summary=said(words))", True),
        ("record(summary=written(f'La till {name}'))", True),
        ("record(summary=Said(words, {}))", True),
        ("record(summary=said('La till %(name)s', name=f'{day:%Y}'))", False),
        ("publish(note=note)", False),
        ("publish(note=request.POST.get('note', ''))", False),
    ],
)
def test_the_wall_sees_plain_text(line: str, wrong: bool) -> None:
    assert bool(faults(ast.parse(line))) is wrong
