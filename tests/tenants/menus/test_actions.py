"""Menus: what is wished is what the switch is told, and nothing half is saved."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tenants.changes.models import Object
from tenants.customers import scope
from tenants.destinations import actions as destinations
from tenants.destinations.models import Destination, Route
from tenants.menus import actions
from tenants.menus.compile import compile_menu
from tenants.menus.models import Menu
from tenants.refusals import Conflict
from tenants.routing import objects
from tests.factories import flow
from tests.factories.cast import Cast, cast
from tests.factories.groups import group
from tests.factories.menus import menu

pytestmark = pytest.mark.django_db


@pytest.fixture
def everybody() -> Iterator[Cast]:
    people = cast()
    with scope.customer(people.norrsken.pk):
        yield people


def test_a_menu_compiles_to_what_was_wished(everybody: Cast) -> None:
    customer = everybody.norrsken.pk
    sales, welcome = group(customer), flow.prompt(customer)
    choices = {"#": actions.Choice(sales.pk, welcome.pk), "1": actions.Choice(sales.pk)}
    row = actions.make(
        customer_id=customer,
        by=everybody.alice,
        wish=actions.Wish(
            name="Huvudmeny", prompt_id=welcome.pk, choices=choices, no_input_id=sales.pk, wait_seconds=8, tries=2
        ),
    )
    assert compile_menu(row) == objects.Menu(
        id=row.pk,
        name="Huvudmeny",
        prompt=f"prompt/{welcome.pk}",
        choices=(
            objects.Choice(digit="1", target=f"group/{sales.pk}"),
            objects.Choice(digit="#", target=f"group/{sales.pk}", prompt=f"prompt/{welcome.pk}"),
        ),
        no_input=f"group/{sales.pk}",
        wait_seconds=8,
        tries=2,
    )


def test_no_input_and_a_wrong_key_are_two_things(everybody: Cast) -> None:
    customer = everybody.norrsken.pk
    sales, desk = group(customer), group(customer, "Receptionen")
    row = menu(customer, no_input_id=sales.pk, invalid_id=desk.pk)
    assert (compile_menu(row).no_input, compile_menu(row).invalid) == (f"group/{sales.pk}", f"group/{desk.pk}")


def test_a_change_replaces_every_key(everybody: Cast) -> None:
    customer = everybody.norrsken.pk
    sales, desk = group(customer), group(customer, "Receptionen")
    row = menu(customer, keys={"1": sales.pk, "2": desk.pk})
    wish = actions.Wish(name="Huvudmeny", choices={"2": actions.Choice(sales.pk)})
    actions.change(menu=row, by=everybody.alice, version=1, wish=wish)
    assert compile_menu(Menu.objects.get()).choices == (objects.Choice(digit="2", target=f"group/{sales.pk}"),)


def test_two_editors_do_not_write_over_each_other(everybody: Cast) -> None:
    row = menu(everybody.norrsken.pk)
    actions.change(menu=row, by=everybody.alice, version=1, wish=actions.Wish(name="Dagmeny"))
    with pytest.raises(Conflict):
        actions.change(menu=row, by=everybody.sam, version=1, wish=actions.Wish(name="Kvällsmeny"))
    assert Menu.objects.get().name == "Dagmeny"


def test_a_name_is_used_once_among_menus_whatever_its_case(everybody: Cast) -> None:
    customer = everybody.norrsken.pk
    menu(customer, "Huvudmeny")
    with pytest.raises(destinations.NameTaken):
        menu(customer, "HUVUDMENY")
    assert group(customer, "Huvudmeny").name == "Huvudmeny"


def test_a_key_that_no_telephone_has_is_refused_and_nothing_is_saved(everybody: Cast) -> None:
    customer = everybody.norrsken.pk
    sales = group(customer)
    with pytest.raises(actions.UnknownKey):
        menu(customer, keys={"A": sales.pk})
    assert not Menu.objects.exists()


@pytest.mark.parametrize("wish", [{"tries": 0}, {"tries": 6}, {"wait_seconds": 0}, {"wait_seconds": 31}])
def test_figures_out_of_bounds_are_refused(everybody: Cast, wish: dict[str, Any]) -> None:
    with pytest.raises(actions.OutOfBounds):
        menu(everybody.norrsken.pk, **wish)


def test_a_key_cannot_lead_to_its_own_menu(everybody: Cast) -> None:
    row = menu(everybody.norrsken.pk)
    wish = actions.Wish(name="Huvudmeny", choices={"9": actions.Choice(row.pk)})
    with pytest.raises(destinations.ToItself):
        actions.change(menu=row, by=everybody.alice, version=1, wish=wish)


def test_a_key_cannot_point_at_a_group_that_is_deleted(everybody: Cast) -> None:
    customer = everybody.norrsken.pk
    sales = group(customer)
    menu(customer, keys={"1": sales.pk})
    with pytest.raises(IntegrityError) as refusal, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM tenants_destination WHERE id = %s", [sales.pk])
    assert isinstance(refusal.value.__cause__, psycopg.errors.RestrictViolation | psycopg.errors.ForeignKeyViolation)
    assert Route.objects.get(slot="key:1").target_id == sales.pk


def test_a_key_cannot_be_led_to_what_has_been_removed(everybody: Cast) -> None:
    customer = everybody.norrsken.pk
    desk, row = group(customer, "Receptionen"), menu(customer)
    destinations.mark_removed(destination=desk.destination)
    wish = actions.Wish(name="Huvudmeny", choices={"1": actions.Choice(desk.pk)})
    with pytest.raises(destinations.TargetGone):
        actions.change(menu=row, by=everybody.alice, version=1, wish=wish)


def test_a_key_cannot_lead_to_another_customer(everybody: Cast) -> None:
    with scope.customer(everybody.bageri.pk):
        theirs = group(everybody.bageri.pk, "Butiken")
    with pytest.raises(destinations.TargetGone):
        menu(everybody.norrsken.pk, keys={"1": theirs.pk})


def test_a_menu_in_use_is_not_removed_and_the_words_say_where(everybody: Cast) -> None:
    customer = everybody.norrsken.pk
    support = menu(customer, "Support")
    menu(customer, "Huvudmeny", keys={"2": support.pk})
    with pytest.raises(destinations.StillPointedAt, match="Huvudmeny"):
        actions.remove(menu=support, by=everybody.alice, version=None)
    assert not Destination.objects.get(pk=support.pk).removed


def test_a_menu_in_use_is_replaced_and_removed_in_one_change(everybody: Cast) -> None:
    customer = everybody.norrsken.pk
    support, desk = menu(customer, "Support"), group(customer, "Receptionen")
    main = menu(customer, "Huvudmeny", keys={"2": support.pk, "3": support.pk})
    change = actions.remove(menu=support, by=everybody.alice, version=None, instead=desk.destination)
    assert {choice.target for choice in compile_menu(main).choices} == {f"group/{desk.pk}"}
    assert set(change.items.values_list("key", flat=True)) == {f"menu/{main.pk}", f"menu/{support.pk}"}


def test_what_was_never_published_goes_at_once_when_removed(everybody: Cast) -> None:
    row = menu(everybody.norrsken.pk)
    actions.remove(menu=row, by=everybody.alice, version=None)
    assert not Menu.objects.exists()
    assert not Destination.objects.exists()
    assert not Object.objects.filter(key=f"menu/{row.pk}").exists()


wishes = st.fixed_dictionaries(
    {
        "keys": st.sets(st.sampled_from("0123456789*#")),
        "own": st.booleans(),
        "no_input": st.booleans(),
        "invalid": st.booleans(),
        "prompts": st.booleans(),
        "wait_seconds": st.integers(1, 30),
        "tries": st.integers(1, 5),
    }
)


@pytest.mark.slow
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=wishes, second=wishes)
def test_a_menu_comes_back_as_it_was(everybody: Cast, first: dict[str, Any], second: dict[str, Any]) -> None:
    with transaction.atomic():
        customer = everybody.norrsken.pk
        sales, sound = group(customer), flow.prompt(customer)

        def wish(drawn: dict[str, Any], name: str) -> actions.Wish:
            own = sound.pk if drawn["own"] else None
            return actions.Wish(
                name=name,
                prompt_id=sound.pk if drawn["prompts"] else None,
                invalid_prompt_id=sound.pk if drawn["prompts"] else None,
                choices={digit: actions.Choice(sales.pk, own) for digit in drawn["keys"]},
                no_input_id=sales.pk if drawn["no_input"] else None,
                invalid_id=sales.pk if drawn["invalid"] else None,
                wait_seconds=drawn["wait_seconds"],
                tries=drawn["tries"],
            )

        row = actions.make(customer_id=customer, by=None, wish=wish(first, "Då"))
        then = compile_menu(row)
        actions.change(menu=row, by=None, version=1, wish=wish(second, "Nu"))
        back = actions.restore(customer, then)
        actions.link(customer, then)
        assert compile_menu(back) == then
        assert Menu.objects.get().version == 3
        transaction.set_rollback(True)
