"""Two editors save the same menu at the same moment: one wins, the other is told, and no deadlock reaches anyone."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from tenants.changes.models import Change
from tenants.customers import scope
from tenants.menus import actions
from tenants.menus.models import Menu
from tenants.refusals import Conflict
from tests.factories.cast import cast
from tests.factories.menus import menu

EDITORS = 4


@pytest.mark.django_db(transaction=True)
def test_one_of_the_editors_wins_and_the_others_are_told() -> None:
    everybody = cast()
    with scope.customer(everybody.norrsken.pk):
        row = menu(everybody.norrsken.pk)
        before = Change.objects.count()
    together = Barrier(EDITORS)

    def save(tries: int) -> str:
        together.wait()
        try:
            with scope.customer(everybody.norrsken.pk):
                wish = actions.Wish(name="Huvudmeny", tries=tries)
                actions.change(menu=row, by=everybody.alice, version=1, wish=wish)
        except Conflict:
            return "told"
        finally:
            connection.close()
        return f"saved {tries}"

    with ThreadPoolExecutor(EDITORS) as threads:
        answers = list(threads.map(save, range(1, EDITORS + 1)))
    with scope.customer(everybody.norrsken.pk):
        assert sorted(answers) == sorted(["told"] * (EDITORS - 1) + [f"saved {Menu.objects.get().tries}"])
        assert Change.objects.count() == before + 1
