"""What publishing reads to prove an edit, the table it reads by, and what the proof of the whole says of it."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, Phase, given, settings
from structlog.testing import capture_logs

from tenants.changes import actions, queries, tasks
from tenants.changes.models import Body, Object, Reference, Verdict
from tenants.changes.proofs import actions as proofs
from tenants.changes.refusals import StillUsed, Unproven
from tenants.changes.review import review
from tenants.changes.said import said
from tenants.customers import scope
from tenants.externals import actions as externals
from tenants.menus import actions as menus
from tenants.onboarding.queries import listed
from tenants.people.actions import ExtensionShort, Wish
from tenants.people.models import Person
from tenants.prompts.models import Prompt
from tenants.routing import objects
from tenants.routing.proof import prove_all
from tenants.routing.reach import names_of
from tests.factories import flow
from tests.factories.cast import Cast, cast
from tests.factories.crowd import crowd
from tests.factories.externals import external
from tests.tenants.changes.test_rollback import Hand, edits

pytestmark = pytest.mark.django_db


@pytest.fixture
def everybody() -> Iterator[Cast]:
    people = cast()
    with scope.customer(people.norrsken.pk):
        yield people


@pytest.fixture
def story(everybody: Cast) -> flow.Story:
    made = flow.story(everybody.norrsken)
    actions.publish(customer_id=everybody.norrsken.pk, by=None)
    return made


def tabled() -> set[tuple[str, str]]:
    return set(Reference.objects.values_list("key", "name"))


def named() -> set[tuple[str, str]]:
    return {(key, name) for key, obj in queries.active().items() for name in names_of(obj)}


class Prover(Hand):
    """Publishes like the other, after proving what waits in both ways."""

    def publish(self, draw: int) -> None:
        objects = queries.with_needed(queries.waiting(), [obj.key for obj in queries.waiting()][:: 1 + draw % 2])
        changes = proofs.changes_of(objects)
        whole = {key: obj for key, obj in {**queries.active(), **changes}.items() if obj is not None}
        assert proofs.prove(changes) == prove_all(whole)
        super().publish(draw)


@pytest.mark.slow
@settings(
    max_examples=5, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.explicit, Phase.generate]
)
@given(edits=edits)
def test_whatever_is_edited_both_proofs_agree_and_the_table_follows(edits: list[tuple[str, int]]) -> None:
    with transaction.atomic():
        everybody = cast()
        with scope.customer(everybody.norrsken.pk):
            made = flow.story(everybody.norrsken)
            actions.publish(customer_id=everybody.norrsken.pk, by=None)
            hand = Prover(everybody, made)
            for name, draw in [*edits, ("publish", 0)]:
                hand.do(name, draw)
                assert tabled() == named()
            assert prove_all(queries.active()) == []
        transaction.set_rollback(True)


def test_a_live_save_that_makes_callers_wait_too_long_is_refused(everybody: Cast, story: flow.Story) -> None:
    sound = Prompt.objects.get(name="Välkommen")
    assert sound.take is not None
    sound.take.wide.milliseconds = 600_000
    with pytest.raises(Unproven) as refused, transaction.atomic():
        actions.record(customer_id=everybody.norrsken.pk, by=None, summary=said("Läste in"), rows=[sound])
    assert {problem.code for problem in refused.value.problems} == {"too_long_wait"}
    assert refused.value.code == "unproven"


def test_what_is_led_to_may_not_be_removed_and_may_when_it_is_not(everybody: Cast, story: flow.Story) -> None:
    held, loose = external(everybody.norrsken.pk, "Jouren"), external(everybody.norrsken.pk, "Löst", "070-174 06 38")
    wish = menus.Wish(
        "Support", story.support.prompt_id, {"1": menus.Choice(held.pk)}, story.desk.pk, story.desk.pk
    )  # fmt: skip
    menus.change(menu=story.support, by=None, version=None, wish=wish)
    actions.publish(customer_id=everybody.norrsken.pk, by=None)
    key = f"external/{held.pk}"
    with pytest.raises(StillUsed) as refused, transaction.atomic():
        actions.record(customer_id=everybody.norrsken.pk, by=None, summary=said("Tog bort"), removed=[key])
    assert [problem.target for problem in refused.value.problems] == [key]
    externals.remove(external=loose, by=None, version=None)
    assert not Object.objects.filter(key=f"external/{loose.pk}").exists()


def cost_of(customer_id: int, story: flow.Story, tries: int) -> tuple[int, int]:
    """Return how many statements publishing one menu takes, and a live save of one person."""
    menu = menus.Wish("Support", story.support.prompt_id, {"1": menus.Choice(story.sales.pk)}, story.desk.pk,
                      story.desk.pk, tries=tries)  # fmt: skip
    menus.change(menu=type(story.support).objects.get(pk=story.support.pk), by=None, version=None, wish=menu)
    with CaptureQueriesContext(
        connection,
    ) as publishing:
        actions.publish(customer_id=customer_id, by=None)
    with CaptureQueriesContext(connection) as saving:
        person = Person.objects.get(extension__in=["101", f"4{tries - 1}"])
        person.extension = f"4{tries}"
        actions.record(customer_id=customer_id, by=None, summary=said("Ny anknytning"), rows=[person])
    return len(publishing), len(saving)


def test_publishing_one_edit_takes_as_many_statements_whatever_the_size(everybody: Cast, story: flow.Story) -> None:
    customer = everybody.norrsken
    cost_of(customer.pk, story, 1)
    few = cost_of(customer.pk, story, 2)
    crowd(customer, 300)
    assert cost_of(customer.pk, story, 3) == few


def test_granska_proves_the_whole_once_for_each_state_of_the_draft(everybody: Cast, story: flow.Story) -> None:
    broken = menus.Wish("Support", story.support.prompt_id, {"1": menus.Choice(story.sales.pk)}, story.desk.pk)
    menus.change(menu=story.support, by=None, version=None, wish=broken)
    assert [told.place for told in review(everybody.norrsken.pk).told] == [f"menu/{story.support.pk}"]
    first = Verdict.objects.get()
    assert (first.about, first.agreed, len(first.problems)) == ("draft", True, 1)
    review(everybody.norrsken.pk)
    assert Verdict.objects.get().at == first.at


def with_extension(key: str, extension: str) -> None:
    """Let a person have an extension that was published before there was a rule against it."""
    old = queries.active()[key]
    assert isinstance(old, objects.Person)
    content = objects.encode(msgspec.structs.replace(old, extension=extension))
    row = Object.objects.get(key=key)
    body = Body.objects.create(customer_id=row.customer_id, sha256=objects.digest(content), content=content)
    Object.objects.filter(key=key).update(draft=body.sha256, published=body.sha256)


@pytest.mark.slow
@pytest.mark.parametrize("extension", ["1177", "11313", "116117", "118118", "90510", "112"])
def test_an_extension_older_than_the_rule_of_short_numbers_is_told_as_the_form_tells_it(
    everybody: Cast, story: flow.Story, extension: str
) -> None:
    anna = Person.objects.order_by("pk")[0]
    with_extension(f"person/{anna.pk}", extension)
    wish = menus.Wish("Support", story.support.prompt_id, {"1": menus.Choice(story.sales.pk)}, story.desk.pk)
    menus.change(menu=story.support, by=None, version=None, wish=wish)
    said = {told.place: told.sentence for told in review(everybody.norrsken.pk).told}
    with pytest.raises(ExtensionShort) as form:
        Wish(name="Anna", extension=extension)
    assert said[f"person/{anna.pk}"] == str(form.value.message)
    assert tasks.prove(customer_id=everybody.norrsken.pk) is None
    night = Verdict.objects.get(about=Verdict.About.PUBLISHED)
    assert [(found["key"], found["code"]) for found in night.problems] == [
        (f"person/{anna.pk}", "extension_short_number")
    ]


def test_where_the_proofs_differ_the_whole_one_holds_and_staff_see_it(everybody: Cast, story: flow.Story) -> None:
    Reference.objects.filter(name=f"prompt/{story.main.prompt_id}").delete()
    key = f"prompt/{story.main.prompt_id}"
    Object.objects.filter(key=key).update(draft=None)
    with capture_logs() as lines:
        problems = proofs.prove_draft(everybody.norrsken.pk, list(Object.objects.filter(key=key)))
    assert {problem.target for problem in problems} == {key}
    assert problems == proofs.prove_draft(everybody.norrsken.pk, list(Object.objects.filter(key=key)))
    assert [(line["event"], line["log_level"]) for line in lines] == [("proof.disagrees", "error")]
    assert [row.customer.pk for row in listed() if row.doubtful] == [everybody.norrsken.pk]


def test_the_night_proves_everything_mends_the_table_and_says_what_was_wrong(
    everybody: Cast, story: flow.Story
) -> None:
    whole = tabled()
    tasks.prove(customer_id=everybody.norrsken.pk)
    assert Verdict.objects.get().agreed
    Reference.objects.filter(name__startswith="prompt/").delete()
    Reference.objects.create(customer=everybody.norrsken, key="menu/999999", name="menu/1")
    with capture_logs() as lines:
        tasks.prove(customer_id=everybody.norrsken.pk)
    verdict = Verdict.objects.get(about="published")
    assert not verdict.agreed
    assert verdict.lost == len(lines[0]["problems"]) + lines[0]["lost"] > 1
    assert tabled() == whole
    tasks.prove(customer_id=everybody.norrsken.pk)
    assert Verdict.objects.get(about="published").agreed


def test_the_night_says_so_when_what_is_published_is_not_legal(everybody: Cast, story: flow.Story) -> None:
    gone = Object.objects.get(key=f"mailbox/{story.box.pk}")
    Object.objects.filter(pk=gone.pk).update(published=None)
    with capture_logs() as lines:
        tasks.prove(customer_id=everybody.norrsken.pk)
    assert "dangling" in " ".join(lines[0]["problems"])
    assert {problem["target"] for problem in Verdict.objects.get().problems} == {gone.key}


def test_every_object_has_its_body(everybody: Cast, story: flow.Story) -> None:
    """The proof reads objects by their bodies, so a body must tell whose it is."""
    keys = proofs.Published().objects(list(Object.objects.values_list("key", flat=True)))
    assert len(keys) == Object.objects.count() == Body.objects.filter(sha256__in=Object.objects.values("draft")).count()
