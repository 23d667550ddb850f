"""The browser of the flow's tests."""

from __future__ import annotations

from tests.portal.browser.harness import bundle, chromium, live_portal, visit

__all__ = ["bundle", "chromium", "live_portal", "visit"]
