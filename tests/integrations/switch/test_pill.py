"""The pill at the top of each page says how what was saved stands with the switch, all the way."""

from __future__ import annotations

import pytest

from tenants.customers import scope
from tests.factories.doors import client
from tests.factories.menus import menu
from tests.integrations.switch.conftest import World

pytestmark = pytest.mark.django_db(transaction=True)
WORDS = ("Inget publicerat än", "Publicerar …", "Allt publicerat", "1 ändring väntar", "2 ändringar väntar",
         "Har inte nått växeln")  # fmt: skip


def says(world: World) -> list[str]:
    """Return what the pill says to Norrsken's administrator."""
    page = client(world.cast.alice).get("/c/norrsken-bygg/publish-state/").content.decode()
    return [words for words in WORDS if words in page]


def test_the_pill_follows_a_save_and_drafts(world: World) -> None:
    assert says(world) == ["Inget publicerat än"]
    world.save()
    assert says(world) == ["Publicerar …"]
    world.push()
    assert says(world) == ["Allt publicerat"]
    for draft in ("1 ändring väntar", "2 ändringar väntar"):
        with scope.customer(world.cast.norrsken.pk):
            menu(world.cast.norrsken.pk, draft)
        assert says(world) == [draft]
    world.save("Andra tider")
    assert says(world) == ["Publicerar …"], "what is on its way comes before what waits for somebody"


def test_the_pill_says_that_the_switch_refused_until_it_takes_something(world: World) -> None:
    world.save()
    world.set(quarantined=world.publication().generation, refusal={"code": "bad", "key": "schedule/1"}, error="refused")
    assert says(world) == ["Har inte nått växeln"]
    world.save("Bättre tider")
    world.wait_over()
    world.push()
    assert says(world) == ["Allt publicerat"]


def test_each_customer_sees_its_own(world: World) -> None:
    world.save(customer=world.cast.bageri)
    world.push()
    assert says(world) == ["Inget publicerat än"]
