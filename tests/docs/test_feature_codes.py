"""The printed list of feature codes is the list of those that work."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from tenants.routing.codes import orders
from tenants.routing.live import REASONS, Diversion
from tests.house import tree

LIST = (tree.ROOT / "docs" / "feature-codes.md").read_text()
PRINTED = re.findall(r"^\| `([^`]+)` \|", LIST, re.MULTILINE)
MORNING = datetime(2026, 3, 2, 8, tzinfo=UTC)
KINDS = {"23": "diversion", "28": "login", "29": "pause"}


@pytest.mark.parametrize("code", PRINTED)
def test_what_is_printed_works(code: str) -> None:
    for last in ("#", ""):
        dialled = code.replace("R", "4").replace("HHMM", "1300").removesuffix("#") + last
        (order,) = orders(dialled, "person/1", ["group/2"], MORNING)
        assert order.kind == KINDS[code[1:3]]
        on = order.value is not None and getattr(order.value, "on", True)
        assert on == (code[0] == "*")


def test_nothing_else_works() -> None:
    printed = {code[:3] for code in PRINTED}
    every = {f"{sign}{number:02}" for sign in "*#" for number in range(100)}
    assert {code for code in every if orders(f"{code}#", "person/1", ["group/2"], MORNING)} == printed


def test_every_reason_is_printed() -> None:
    (row,) = (line for line in LIST.splitlines() if line.startswith("| `*23*R#`"))
    for digit in "0123456789":
        (order,) = orders(f"*23*{digit}#", "person/1", [], MORNING) or (None,)
        assert (order is not None) == bool(re.search(rf"\b{digit} \w", row)) == (digit in REASONS)
        assert order is None or isinstance(order.value, Diversion)
