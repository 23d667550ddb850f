"""The two customers on a node that tests of the wire have, for tests of faults too."""

from __future__ import annotations

from tests.integrations.switch.conftest import world

__all__ = ["world"]
