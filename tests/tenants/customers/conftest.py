"""The browser's fixtures for this folder."""

from tests.portal.browser.harness import bundle, chromium, live_portal, visit

__all__ = ["bundle", "chromium", "live_portal", "visit"]
