"""Destinations: names, where slots lead, what is still pointed at, and giving something up for something else."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tenants.changes.words import NAMED, national
from tenants.customers import scope
from tenants.destinations import actions, queries
from tenants.destinations.actions import Edge
from tenants.destinations.models import Destination, Kind, Route
from tenants.mailboxes.models import Mailbox
from tenants.refusals import Conflict
from tests.factories.cast import Cast, cast
from tests.factories.crowd import crowd
from tests.factories.flow import Story, mailbox, place, story

pytestmark = pytest.mark.django_db


@pytest.fixture
def everybody() -> Cast:
    return cast()


@pytest.fixture
def flow(everybody: Cast) -> Iterator[Story]:
    with scope.customer(everybody.norrsken.pk):
        yield story(everybody.norrsken)


def edges(source: int) -> dict[str, int]:
    """Return slot -> target of a destination."""
    return dict(Route.objects.filter(source_id=source).values_list("slot", "target_id"))


@pytest.mark.parametrize("name", ["Huvudmeny", "HUVUDMENY", "huvudmeny"])
def test_a_name_is_one_things_of_its_kind(flow: Story, name: str) -> None:
    ident = flow.main.customer_id
    with pytest.raises(actions.NameTaken):
        actions.make(customer_id=ident, kind=Kind.MENU, name=name)
    with pytest.raises(actions.NameTaken):
        actions.rename(destination=place(flow.support.pk), name=name)
    assert actions.make(customer_id=ident, kind=Kind.GROUP, name=name).name == name


def test_a_name_is_another_customers_too(everybody: Cast, flow: Story) -> None:
    with scope.customer(everybody.bageri.pk):
        made = actions.make(customer_id=everybody.bageri.pk, kind=Kind.MENU, name="Huvudmeny")
    assert made.pk != flow.main.pk


def test_slots_that_are_given_are_set_and_others_stay(flow: Story) -> None:
    before = edges(flow.main.pk)
    actions.set_routes(source=place(flow.main.pk), edges={"key:1": Edge(flow.box.pk), "key:2": None})
    assert edges(flow.main.pk) == {**{k: v for k, v in before.items() if k != "key:2"}, "key:1": flow.box.pk}


def test_an_edge_keeps_its_prompt(flow: Story) -> None:
    heard = flow.closed.prompt_id
    actions.set_routes(source=place(flow.main.pk), edges={"key:3": Edge(flow.box.pk, heard)})
    assert Route.objects.get(source_id=flow.main.pk, slot="key:3").prompt_id == heard


def test_nothing_leads_to_itself(flow: Story) -> None:
    before = edges(flow.main.pk)
    with pytest.raises(actions.ToItself):
        actions.set_routes(source=place(flow.main.pk), edges={"key:1": Edge(flow.main.pk)})
    assert edges(flow.main.pk) == before


def test_nothing_leads_to_what_is_removed_or_never_was(flow: Story) -> None:
    lone = actions.make(customer_id=flow.main.customer_id, kind=Kind.MENU, name="Ensam")
    actions.mark_removed(destination=lone)
    with pytest.raises(actions.TargetGone):
        actions.set_routes(source=place(flow.main.pk), edges={"key:1": Edge(lone.pk)})


def test_nothing_leads_to_another_customers(everybody: Cast, flow: Story) -> None:
    with scope.customer(everybody.bageri.pk):
        theirs = actions.make(customer_id=everybody.bageri.pk, kind=Kind.MENU, name="Deras")
    with pytest.raises(actions.TargetGone):
        actions.set_routes(source=place(flow.main.pk), edges={"key:1": Edge(theirs.pk)})


def test_who_uses_it_is_told_by_name_and_kind_and_by_number(flow: Story) -> None:
    assert queries.used_by(flow.sales.pk) == ["Huvudmeny (Knappval)", "Support (Knappval)"]
    assert queries.used_by(flow.switch.pk) == [national(flow.number.e164)]
    assert queries.targets(flow.switch.pk) == {
        "open": f"menu/{flow.main.pk}",
        "closed": f"announcement/{flow.closed.pk}",
    }


def test_of_very_many_users_the_first_are_told_and_how_many_more(flow: Story) -> None:
    crowd(flow.box.customer, 25, no_answer_id=flow.box.pk)
    told = queries.used_by(flow.box.pk)
    assert told[:2] == ["Försäljning (Svarsgrupp)", "Person nummer 0 (Användare)"]
    assert told[NAMED:] == ["18 till"]


def test_what_is_pointed_at_stays_and_the_words_say_from_where(flow: Story) -> None:
    with pytest.raises(actions.StillPointedAt, match=r"Huvudmeny \(Knappval\), Support \(Knappval\)"):
        actions.mark_removed(destination=place(flow.sales.pk))
    assert not place(flow.sales.pk).removed


def test_what_nothing_points_at_goes_with_its_own_edges(flow: Story) -> None:
    actions.set_routes(source=place(flow.main.pk), edges={"key:2": None})
    assert actions.mark_removed(destination=place(flow.support.pk)) == f"menu/{flow.support.pk}"
    assert edges(flow.support.pk) == {}
    assert flow.support.pk not in {row.pk for row in queries.standing()}
    actions.drop(flow.main.customer_id, flow.support.pk)
    assert not Destination.objects.filter(pk=flow.support.pk).exists()


def test_dropping_takes_only_what_is_removed(flow: Story) -> None:
    actions.drop(flow.main.customer_id, flow.main.pk)
    assert place(flow.main.pk).name == "Huvudmeny"


def test_arrivals_move_with_the_numbers_and_those_who_point_are_told(flow: Story) -> None:
    seen = {"main": flow.main.version, "support": flow.support.version}
    rows = actions.move_arrivals(old=place(flow.sales.pk), new=place(flow.desk.pk))
    assert {row.pk for row in rows} == {flow.main.pk, flow.support.pk}
    assert edges(flow.main.pk)["key:1"] == edges(flow.support.pk)["key:1"] == flow.desk.pk
    flow.main.refresh_from_db()
    flow.support.refresh_from_db()
    assert flow.main.version > seen["main"]
    assert flow.support.version > seen["support"]


def test_numbers_move_too(flow: Story) -> None:
    rows = actions.move_arrivals(old=place(flow.switch.pk), new=place(flow.main.pk))
    flow.number.refresh_from_db()
    assert rows == [flow.number]
    assert flow.number.entry_id == flow.main.pk


def test_arrivals_move_neither_to_itself_nor_to_what_is_gone(flow: Story) -> None:
    sales, lone = place(flow.sales.pk), actions.make(customer_id=flow.main.customer_id, kind=Kind.MENU, name="Ensam")
    with pytest.raises(actions.ToItself):
        actions.move_arrivals(old=sales, new=sales)
    with pytest.raises(actions.ToItself):
        actions.move_arrivals(old=sales, new=place(flow.main.pk))
    actions.mark_removed(destination=lone)
    with pytest.raises(actions.TargetGone):
        actions.move_arrivals(old=sales, new=lone)
    assert edges(flow.main.pk)["key:1"] == flow.sales.pk


def test_given_up_for_another_all_at_once_or_not_at_all(flow: Story) -> None:
    sales, seen = place(flow.sales.pk), flow.sales.stamp
    with pytest.raises(actions.StillPointedAt):
        actions.give_up(destination=sales, version=seen)
    assert edges(flow.sales.pk)
    key, rows = actions.give_up(destination=sales, version=seen, instead=place(flow.desk.pk))
    assert (key, {row.pk for row in rows}) == (f"group/{flow.sales.pk}", {flow.main.pk, flow.support.pk})
    assert place(flow.sales.pk).removed


def test_who_saw_an_older_one_does_not_give_it_up(flow: Story) -> None:
    seen = flow.sales.stamp
    actions.touched(place(flow.sales.pk))
    with pytest.raises(Conflict):
        actions.give_up(destination=place(flow.sales.pk), version=seen, instead=place(flow.desk.pk))
    assert not place(flow.sales.pk).removed


def test_a_live_one_is_deleted_with_its_row(flow: Story) -> None:
    with pytest.raises(actions.StillPointedAt):
        actions.delete(destination=place(flow.box.pk), version=flow.box.stamp)
    lone = mailbox(flow.box.customer_id, "Ensam")
    assert actions.delete(destination=place(lone.pk), version=lone.stamp) == f"mailbox/{lone.pk}"
    assert not Destination.objects.filter(pk=lone.pk).exists()
    assert not Mailbox.objects.filter(pk=lone.pk).exists()


def test_it_comes_back_under_its_id_unless_its_name_is_taken(flow: Story) -> None:
    ident, lone = flow.main.customer_id, actions.make(customer_id=flow.main.customer_id, kind=Kind.MENU, name="Ensam")
    actions.mark_removed(destination=lone)
    back = actions.restore(customer_id=ident, ident=lone.pk, kind=Kind.MENU, name="Ensam igen")
    assert (back.pk, place(lone.pk).removed, place(lone.pk).name) == (lone.pk, False, "Ensam igen")
    with pytest.raises(actions.NameTaken):
        actions.restore(customer_id=ident, ident=lone.pk, kind=Kind.MENU, name="Huvudmeny")


def test_history_may_take_a_name_and_edges_away_first(flow: Story) -> None:
    actions.clear(flow.main.customer_id, flow.main.pk)
    assert edges(flow.main.pk) == {}
    assert actions.make(customer_id=flow.main.customer_id, kind=Kind.MENU, name="Huvudmeny").pk != flow.main.pk


def test_what_history_does_not_hold_is_retired_unless_calls_go_there(flow: Story) -> None:
    with pytest.raises(actions.StillPointedAt):
        actions.retire(flow.main.customer_id, flow.sales.pk)
    lone = actions.make(customer_id=flow.main.customer_id, kind=Kind.MENU, name="Ensam")
    actions.retire(flow.main.customer_id, lone.pk)
    actions.retire(flow.main.customer_id, lone.pk)
    assert place(lone.pk).removed


def test_an_edge_is_read_from_keys() -> None:
    assert actions.edge_to("menu/7", "prompt/3") == Edge(7, 3)
    assert actions.edge_to("menu/7") == Edge(7)
    assert actions.edge_to(None) is None
