"""From a saved row to a generation: what waits, what is published, what is refused, and what history keeps."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from django.db import ProgrammingError, connection, transaction

from tenants.changes import actions, queries
from tenants.changes.models import Body, Change, ChangeItem, Lane, Object, Publication, Release, ReleaseItem
from tenants.changes.refusals import Erased, NothingToPublish, Overtaken, Unproven
from tenants.customers import scope
from tenants.groups import actions as groups
from tenants.menus import actions as menus
from tenants.menus.models import Menu
from tenants.nodes.models import Placement, Receipt
from tenants.routing.root import buckets_of, root_of
from tests.factories import flow
from tests.factories.announcements import announcement
from tests.factories.cast import Cast, cast
from tests.factories.groups import group
from tests.factories.menus import menu

pytestmark = pytest.mark.django_db


@pytest.fixture
def everybody() -> Iterator[Cast]:
    people = cast()
    with scope.customer(people.norrsken.pk):
        yield people


@pytest.fixture
def story(everybody: Cast) -> flow.Story:
    made = flow.story(everybody.norrsken)
    actions.publish(customer_id=everybody.norrsken.pk, by=everybody.alice, note="Första flödet")
    return made


def wish(story: flow.Story, **more: object) -> menus.Wish:
    """Return the main menu as it is, but for what is given."""
    fields = {
        "name": "Huvudmeny", "prompt_id": story.main.prompt_id, "no_input_id": story.desk.pk,
        "invalid_id": story.desk.pk,
        "choices": {"1": menus.Choice(story.sales.pk), "2": menus.Choice(story.support.pk)}, **more,
    }  # fmt: skip
    return menus.Wish(**fields)


def recomputed() -> str:
    """Return the root of what is published, from nothing."""
    rows = Object.objects.filter(published__isnull=False).values_list("key", "published")
    return root_of(buckets_of((key, str(sha256)) for key, sha256 in rows))


def test_a_live_edit_is_a_generation_at_once_with_a_receipt_to_come(everybody: Cast) -> None:
    before = queries.publication().generation
    flow.mailbox(everybody.norrsken.pk)
    change = Change.objects.latest("pk")
    assert change.generation == queries.publication().generation == before + 1
    assert queries.standing(change).state == "waiting"


def test_the_receipt_says_since_when_and_after_how_long(everybody: Cast) -> None:
    flow.mailbox(everybody.norrsken.pk)
    change = Change.objects.latest("pk")
    Receipt.objects.create(
        customer=everybody.norrsken, node=everybody.node, epoch=1, generation=change.generation or 0, root="r",
        effective_at=change.at, milliseconds=3.0,
    )  # fmt: skip
    standing = queries.standing(change)
    assert (standing.state, standing.milliseconds, standing.effective_at) == ("effective", 0, change.at)


def test_what_came_to_the_switch_with_the_customer_says_no_time(everybody: Cast) -> None:
    flow.mailbox(everybody.norrsken.pk)
    early = Change.objects.latest("pk")
    flow.mailbox(everybody.norrsken.pk, "Andra")
    late = Change.objects.latest("pk")
    Receipt.objects.create(
        customer=everybody.norrsken, node=everybody.node, epoch=1, generation=late.generation or 0, root="r",
        effective_at=late.at, milliseconds=3.0,
    )  # fmt: skip
    assert (queries.standing(early).state, queries.standing(early).milliseconds) == ("effective", None)
    assert queries.standing(late).milliseconds == 0


def test_a_generation_the_node_refused_is_said_to_be_so(everybody: Cast) -> None:
    flow.mailbox(everybody.norrsken.pk)
    change = Change.objects.latest("pk")
    Placement.objects.update(quarantined=change.generation, refusal={"detail": "mailbox/1: trasig"})
    standing = queries.standing(change)
    assert (standing.state, standing.generation) == ("refused", change.generation)
    assert standing.error


def test_a_draft_waits_and_no_generation_is_made(story: flow.Story, everybody: Cast) -> None:
    before = queries.publication().generation
    change = menus.change(menu=story.main, by=everybody.alice, version=None, wish=wish(story, tries=2))
    assert change.generation is None
    assert queries.standing(change).state == "draft"
    assert queries.publication().generation == before
    assert [obj.key for obj in queries.waiting()] == [f"menu/{story.main.pk}"]


def test_publishing_takes_whole_keys_and_the_new_targets_they_need(story: flow.Story, everybody: Cast) -> None:
    customer = everybody.norrsken.pk
    late = group(customer, "Jour", members=(story.people[0].pk,), no_answer_id=story.box.pk)
    choices = {"1": menus.Choice(late.pk)}
    menus.change(menu=story.main, by=everybody.alice, version=None, wish=wish(story, choices=choices))
    groups.change(
        group=story.desk, by=everybody.alice, version=None,
        wish=groups.Wish("Receptionen", members=(story.people[1].pk,), no_answer_id=story.box.pk),
    )  # fmt: skip
    actions.publish(customer_id=customer, by=everybody.alice, keys=[f"menu/{story.main.pk}"])
    assert {f"menu/{story.main.pk}", f"group/{late.pk}"} <= set(queries.active())
    assert [obj.key for obj in queries.waiting()] == [f"group/{story.desk.pk}"]


def test_publishing_nothing_is_refused(story: flow.Story, everybody: Cast) -> None:
    with pytest.raises(NothingToPublish):
        actions.publish(customer_id=everybody.norrsken.pk, by=everybody.alice)


def test_a_dead_end_is_refused_with_the_shortest_way_there(story: flow.Story, everybody: Cast) -> None:
    before = recomputed()
    broken = wish(story, name="Support", invalid_id=None, choices={"1": menus.Choice(story.sales.pk)})
    menus.change(menu=story.support, by=everybody.alice, version=None, wish=broken)
    with pytest.raises(Unproven) as refusal:
        actions.publish(customer_id=everybody.norrsken.pk, by=everybody.alice)
    (problem,) = refusal.value.problems
    assert (problem.code, problem.key, problem.slot) == ("required", f"menu/{story.support.pk}", "slot:invalid")
    assert [edge.rule for edge in problem.path] == ["slot:entry", "state:open", "key:2"]
    assert recomputed() == before == queries.publication().root


def test_a_ring_nobody_presses_a_key_in_is_refused(story: flow.Story, everybody: Cast) -> None:
    customer, sound = everybody.norrsken.pk, story.closed.prompt_id
    one = announcement(customer, sound, "Ett")
    two = announcement(customer, sound, "Två", next_id=one.pk)
    from tenants.announcements import actions as announcements

    there = announcements.Wish("Ett", sound, two.pk)
    announcements.change(announcement=one, by=None, version=None, wish=there)
    closed = announcements.Wish("Vi har stängt", sound, one.pk)
    announcements.change(announcement=story.closed, by=None, version=None, wish=closed)
    with pytest.raises(Unproven) as refusal:
        actions.publish(customer_id=customer, by=everybody.alice)
    assert "ring" in {problem.code for problem in refusal.value.problems}


def test_the_root_is_what_it_would_be_from_nothing(story: flow.Story, everybody: Cast) -> None:
    assert queries.publication().root == recomputed()
    menus.change(menu=story.main, by=everybody.alice, version=None, wish=wish(story, tries=2))
    actions.publish(customer_id=everybody.norrsken.pk, by=everybody.alice)
    assert queries.publication().root == recomputed()
    assert Release.objects.latest("generation").root == recomputed()


def test_what_is_removed_goes_in_the_publish_that_drops_it(story: flow.Story, everybody: Cast) -> None:
    menus.change(
        menu=story.main, by=everybody.alice, version=None, wish=wish(story, choices={"1": menus.Choice(story.sales.pk)})
    )
    menus.remove(menu=story.support, by=everybody.alice, version=None)
    key = f"menu/{story.support.pk}"
    assert key in queries.active()
    assert Menu.objects.filter(pk=story.support.pk).exists()
    actions.publish(customer_id=everybody.norrsken.pk, by=everybody.alice)
    assert key not in queries.active()
    assert not Menu.objects.filter(pk=story.support.pk).exists()
    assert not Object.objects.filter(key=key).exists()


def test_a_removal_alone_is_refused_while_the_published_flow_leads_there(story: flow.Story, everybody: Cast) -> None:
    menus.change(
        menu=story.main, by=everybody.alice, version=None, wish=wish(story, choices={"1": menus.Choice(story.sales.pk)})
    )
    menus.remove(menu=story.support, by=everybody.alice, version=None)
    with pytest.raises(Unproven):
        actions.publish(customer_id=everybody.norrsken.pk, by=everybody.alice, keys=[f"menu/{story.support.pk}"])


def test_a_change_is_undone(story: flow.Story, everybody: Cast) -> None:
    then = queries.drafted()
    change = menus.change(menu=story.main, by=everybody.alice, version=None, wish=wish(story, name="Ny meny", tries=1))
    assert queries.drafted() != then
    actions.undo(customer_id=everybody.norrsken.pk, change_id=change.pk, by=everybody.alice)
    assert queries.drafted() == then
    assert not queries.waiting()


def test_making_something_is_undone_and_leaves_no_row(story: flow.Story, everybody: Cast) -> None:
    menu(everybody.norrsken.pk, "Sommarmeny", keys={"1": story.sales.pk})
    change = Change.objects.latest("pk")
    actions.undo(customer_id=everybody.norrsken.pk, change_id=change.pk, by=everybody.alice)
    assert not Menu.objects.filter(destination__name="Sommarmeny").exists()
    assert not queries.waiting()


def test_a_removal_is_undone(story: flow.Story, everybody: Cast) -> None:
    then = queries.drafted()
    change = menus.remove(menu=story.support, by=everybody.alice, version=None, instead=story.desk.destination)
    actions.undo(customer_id=everybody.norrsken.pk, change_id=change.pk, by=everybody.alice)
    assert queries.drafted() == then


def test_what_has_been_changed_again_is_not_undone(story: flow.Story, everybody: Cast) -> None:
    first = menus.change(menu=story.main, by=everybody.alice, version=None, wish=wish(story, tries=1))
    menus.change(menu=story.main, by=everybody.sam, version=None, wish=wish(story, tries=2))
    with pytest.raises(Overtaken):
        actions.undo(customer_id=everybody.norrsken.pk, change_id=first.pk, by=everybody.alice)
    assert Menu.objects.get(pk=story.main.pk).tries == 2


def test_two_menus_that_swapped_names_swap_back(story: flow.Story, everybody: Cast) -> None:
    generation = queries.publication().generation
    for row, name in ((story.main, "X"), (story.support, "Huvudmeny"), (story.main, "Support")):
        menus.change(
            menu=row, by=None, version=None, wish=wish(story, name=name, choices={"1": menus.Choice(story.sales.pk)})
        )
    actions.publish(customer_id=everybody.norrsken.pk, by=everybody.alice)
    actions.rollback(customer_id=everybody.norrsken.pk, generation=generation, by=everybody.alice)
    assert {row.name for row in Menu.objects.filter(pk=story.main.pk)} == {"Huvudmeny"}
    assert queries.publication().root == recomputed()


def test_a_rollback_takes_away_at_once_what_neither_side_may_alone(story: flow.Story, everybody: Cast) -> None:
    from tests.factories.externals import external

    generation, then = queries.publication().generation, queries.active()
    outside = external(everybody.norrsken.pk)
    choices = {"1": menus.Choice(outside.pk)}
    menus.change(menu=story.main, by=None, version=None, wish=wish(story, choices=choices))
    actions.publish(customer_id=everybody.norrsken.pk, by=everybody.alice)
    change = actions.rollback(customer_id=everybody.norrsken.pk, generation=generation, by=everybody.alice)
    assert queries.active() == queries.drafted() == then
    assert change.generation == generation + 3


def test_erased_history_is_not_restored_by_halves(story: flow.Story, everybody: Cast) -> None:
    generation, old = queries.publication().generation, Object.objects.get(key=f"menu/{story.main.pk}").published
    menus.change(menu=story.main, by=everybody.alice, version=None, wish=wish(story, tries=1))
    actions.publish(customer_id=everybody.norrsken.pk, by=everybody.alice)
    Body.objects.filter(sha256=old).update(content=None)
    then = queries.drafted()
    with pytest.raises(Erased):
        actions.rollback(customer_id=everybody.norrsken.pk, generation=generation, by=everybody.alice)
    assert queries.drafted() == then


def test_equal_objects_have_one_body(story: flow.Story, everybody: Cast) -> None:
    menus.change(menu=story.main, by=None, version=None, wish=wish(story, tries=1))
    count = Body.objects.count()
    menus.change(menu=story.main, by=None, version=None, wish=wish(story, tries=2))
    menus.change(menu=story.main, by=None, version=None, wish=wish(story, tries=1))
    assert Body.objects.count() == count + 1


def test_everybody_who_changed_what_waits_is_named(story: flow.Story, everybody: Cast) -> None:
    key = f"menu/{story.main.pk}"
    menus.change(menu=story.main, by=everybody.alice, version=None, wish=wish(story, tries=1))
    menus.change(menu=story.main, by=everybody.sam, version=None, wish=wish(story, tries=2))
    assert queries.authors([key]) == {key: ["Alice Ek", "Sam Stab"]}
    actions.publish(customer_id=everybody.norrsken.pk, by=everybody.alice)
    menus.change(menu=story.main, by=everybody.sam, version=None, wish=wish(story, tries=3))
    assert queries.authors([key]) == {key: ["Sam Stab"]}


@pytest.mark.parametrize("model", [Release, ReleaseItem, Change, ChangeItem])
@pytest.mark.parametrize("statement", ["UPDATE {table} SET customer_id = customer_id", "DELETE FROM {table}"])
def test_history_cannot_be_changed(story: flow.Story, everybody: Cast, model: type, statement: str) -> None:
    table = model._meta.db_table  # type: ignore[attr-defined]
    with pytest.raises(ProgrammingError) as refusal, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format(table=table))
    assert isinstance(refusal.value.__cause__, psycopg.errors.InsufficientPrivilege)


def test_a_snapshot_and_a_delta_are_what_is_published(story: flow.Story, everybody: Cast) -> None:
    base = queries.publication().generation
    menus.change(menu=story.main, by=None, version=None, wish=wish(story, tries=1))
    actions.publish(customer_id=everybody.norrsken.pk, by=everybody.alice)
    assert {change.key for change in queries.delta(base)} == {f"menu/{story.main.pk}"}
    assert {change.key for change in queries.snapshot()} == set(queries.active())


def test_one_customers_generations_are_not_anothers(story: flow.Story, everybody: Cast) -> None:
    with scope.customer(everybody.bageri.pk):
        assert Publication.objects.get().generation == 0
        assert not Release.objects.exists()


def test_rolling_back_to_what_is_published_throws_the_draft_away(story: flow.Story, everybody: Cast) -> None:
    generation, then = queries.publication().generation, queries.active()
    menus.change(menu=story.main, by=everybody.alice, version=None, wish=wish(story, tries=1))
    change = actions.rollback(customer_id=everybody.norrsken.pk, generation=generation, by=everybody.alice)
    assert (queries.drafted(), queries.publication().generation, change.generation) == (then, generation, None)
    with pytest.raises(NothingToPublish):
        actions.rollback(customer_id=everybody.norrsken.pk, generation=generation, by=everybody.alice)


def test_what_waits_keeps_its_place_when_bulk_work_follows(everybody: Cast, story: flow.Story) -> None:
    menus.change(menu=story.main, by=everybody.alice, version=1, wish=wish(story, tries=2))
    actions.publish(customer_id=everybody.norrsken.pk, by=None, lane=Lane.BULK)
    assert queries.publication().lane == Lane.INTERACTIVE
    Placement.objects.update(generation=queries.publication().generation)
    menus.change(menu=story.main, by=everybody.alice, version=2, wish=wish(story, tries=3))
    actions.publish(customer_id=everybody.norrsken.pk, by=None, lane=Lane.BULK)
    assert queries.publication().lane == Lane.BULK
