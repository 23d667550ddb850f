"""Only what hears or sees in real time is tried twice; what is right at its second try alone has found something."""

from __future__ import annotations

import re

import pytest

from tests.house import tree

TWICE = re.compile(r"mark\.flaky|--reruns|only_rerun|reruns *=")


def test_second_tries_are_given_in_one_place() -> None:
    mine = tree.ROOT / "tests/house/test_second_tries.py"
    files = [path for path in tree.files() if path.suffix in {".py", ".toml", ".yaml", ".sh"} or not path.suffix]
    found = {tree.name(path) for path in files if path != mine and TWICE.search(path.read_text(errors="replace"))}
    assert found == {"tests/conftest.py"}


def test_this_one_is_tried_once(request: pytest.FixtureRequest) -> None:
    assert request.node.get_closest_marker("flaky") is None
