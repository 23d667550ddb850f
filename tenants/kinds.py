"""Which object kinds there are, in the order rows must be restored in. One line a kind."""

from __future__ import annotations


def register() -> None:
    """Let every room register its kinds: first what others name, last what names others."""
    from tenants.announcements.kind import ANNOUNCEMENT
    from tenants.changes.registry import register as add
    from tenants.groups.kind import GROUP
    from tenants.menus.kind import MENU
    from tenants.schedules.kind import SCHEDULE
    from tenants.timeswitches.kind import TIMESWITCH

    # Prompts, mailboxes, people, external numbers.
    add(SCHEDULE)
    add(TIMESWITCH)
    add(ANNOUNCEMENT)
    add(MENU)
    add(GROUP)
    # Flows of people, numbers, flows of numbers.
