"""The staff's page of switch nodes, looked at on a desk and on a phone."""

from __future__ import annotations

from typing import Any

import pytest

from tests.factories.cast import cast
from tests.portal.browser.harness import LOOKS, SIZES, Theme, Visitor, axe, overflow, shoot

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("size", "theme"), LOOKS)
def test_the_page_of_nodes_has_no_flaw(size: Any, theme: Theme, visit: Visitor) -> None:
    tab = visit(cast().sam, size=SIZES[size], theme=theme)
    tab.go("/staff/nodes/")
    shoot(tab.page, f"nodes-{size}-{theme}")
    assert axe(tab.page) == []
    assert not overflow(tab.page)
