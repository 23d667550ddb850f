"""Which object kinds there are, in the order rows must be restored in. One line a kind."""

from __future__ import annotations


def register() -> None:
    """Let every room register its kinds."""
