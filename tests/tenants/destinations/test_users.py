"""Wherever a page says what uses something, it says of what kind that is: a menu may be called what a group is."""

from __future__ import annotations

import pytest

from tenants.customers import scope
from tests.factories import flow
from tests.factories.cast import Cast, cast
from tests.factories.doors import client, text
from tests.factories.groups import group
from tests.factories.mailboxes import mailbox
from tests.factories.menus import menu

pytestmark = pytest.mark.django_db

PAGES = {
    "mailboxes/{box}/settings/": "(Svarsgrupp), Vi har stängt (Meddelande), Växeln (Svarsgrupp). Ändra där först.",
    "people/{person}/": "Receptionen (Svarsgrupp), Min låda (Röstbrevlåda), Växeln (Knappval). Ändra där först.",
    "groups/{sales}/": "Används av: Huvudmeny (Knappval), Support (Knappval)",
    "menus/{main}/": "Används av: Support (Knappval), Öppettider (Tidsstyrning)",
    "prompts/": "Huvudmeny (Knappval), Support (Knappval)",
    "opening-hours/{schedule}/settings/": "Används i samtalsflödet av Öppettider (Tidsstyrning)",
    "call-flow/?step=group/{sales}&remove=1": "<li>Huvudmeny (Knappval)</li>",
}


@pytest.fixture
def norrsken() -> tuple[Cast, flow.Story]:
    people = cast()
    with scope.customer(people.norrsken.pk):
        story = flow.story(people.norrsken)
        ident, anna = people.norrsken.pk, story.people[0]
        mailbox(ident, "Min låda", owner_id=anna.pk)
        switchboard = group(ident, "Växeln", members=[story.people[1].pk], no_answer_id=story.box.pk)
        menu(ident, "Växeln", keys={"1": anna.pk}, no_input_id=switchboard.pk, invalid_id=switchboard.pk)
    return people, story


@pytest.mark.parametrize("page", PAGES)
def test_a_page_tells_the_kind_of_what_uses_something(norrsken: tuple[Cast, flow.Story], page: str) -> None:
    people, story = norrsken
    named = {
        "box": story.box.pk, "person": story.people[0].pk, "sales": story.sales.pk, "main": story.main.pk,
        "schedule": story.switch.schedule_id,
    }  # fmt: skip
    shown = text(client(people.alice).get(f"/c/norrsken-bygg/{page.format(**named)}"))
    assert PAGES[page] in shown
