"""Which object kinds there are, in the order rows must be restored in. One line a kind."""

from __future__ import annotations


def register() -> None:
    """Let every room register its kinds: first what others name, last what names others."""
    from tenants.announcements.kind import ANNOUNCEMENT
    from tenants.changes.registry import register as add
    from tenants.externals.kind import EXTERNAL
    from tenants.groups.kind import GROUP
    from tenants.mailboxes.kind import MAILBOX
    from tenants.menus.kind import MENU
    from tenants.numbers.kind import NUMBER, NUMBER_FLOW
    from tenants.people.kind import PERSON, PERSON_FLOW
    from tenants.prompts.kind import PROMPT
    from tenants.schedules.kind import SCHEDULE
    from tenants.timeswitches.kind import TIMESWITCH

    add(PROMPT)
    add(SCHEDULE)
    add(MAILBOX)
    add(PERSON)
    add(EXTERNAL)
    add(TIMESWITCH)
    add(ANNOUNCEMENT)
    add(MENU)
    add(GROUP)
    add(PERSON_FLOW)
    add(NUMBER)
    add(NUMBER_FLOW)
