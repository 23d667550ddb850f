"""Prompts: what is recorded is heard at once, and nothing that is played can be deleted."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.apps import apps
from django.db import models, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tenants.changes.actions import undo
from tenants.changes.models import Change, Object, Publication
from tenants.customers import scope
from tenants.prompts import actions, queries
from tenants.prompts.compile import compile_prompt
from tenants.prompts.models import Prompt, Take
from tenants.refusals import Conflict
from tenants.routing import objects
from tenants.sounds.convert import convert
from tests.factories.cast import Cast, cast
from tests.factories.mailboxes import mailbox
from tests.factories.prompts import prompt, take
from tests.factories.sounds import wav

pytestmark = pytest.mark.django_db


@pytest.fixture
def everybody() -> Iterator[Cast]:
    people = cast()
    with scope.customer(people.norrsken.pk):
        yield people


def test_an_uploaded_prompt_is_known_to_the_switch_at_once(everybody: Cast) -> None:
    sound = convert(wav())
    row = actions.make_with_take(
        customer_id=everybody.norrsken.pk, by=everybody.alice, name="Välkommen", sound=sound, source_name="a.wav"
    )
    assert row.take is not None
    obj = Object.objects.get(key=f"prompt/{row.pk}")
    assert obj.published == obj.draft is not None
    assert compile_prompt(row) == objects.Prompt(
        id=row.pk, name="Välkommen", narrow=row.take.narrow.sha256, wide=row.take.wide.sha256, milliseconds=1000
    )


def test_a_prompt_without_a_take_is_not_known_to_the_switch(everybody: Cast) -> None:
    row = prompt(everybody.norrsken.pk, recorded=False)
    assert compile_prompt(row) is None
    actions.change(prompt=row, by=None, version=row.version, name="Hej", manuscript="Hej hej")
    assert Prompt.objects.get() == row
    assert not Object.objects.exists()
    assert Publication.objects.get().generation == 0


def test_names_differ_whatever_their_case(everybody: Cast) -> None:
    prompt(everybody.norrsken.pk, "Stängt", recorded=False)
    with pytest.raises(actions.NameTaken):
        prompt(everybody.norrsken.pk, "STÄNGT", recorded=False)


def test_another_take_is_heard_by_the_next_caller_and_can_be_undone(everybody: Cast) -> None:
    row = prompt(everybody.norrsken.pk)
    first = compile_prompt(row)
    other = take(row, hertz=880)
    change = actions.choose_take(prompt=row, take=other, by=everybody.alice)
    assert compile_prompt(Prompt.objects.get()) != first
    undo(customer_id=everybody.norrsken.pk, change_id=change.pk, by=everybody.alice)
    assert compile_prompt(Prompt.objects.get()) == first


def test_the_take_that_is_heard_stays(everybody: Cast) -> None:
    row = prompt(everybody.norrsken.pk)
    assert row.take is not None
    with pytest.raises(actions.TakeHeard):
        actions.remove_take(take=row.take)
    other = take(row)
    actions.remove_take(take=other)
    assert list(Take.objects.all()) == [row.take]


def test_of_very_many_that_play_it_the_first_are_told_and_how_many_more(everybody: Cast) -> None:
    row = prompt(everybody.norrsken.pk)
    for number in range(12):
        mailbox(everybody.norrsken.pk, f"Brevlåda {number:02}", greeting_id=row.pk)
    told = queries.used_by([row.pk])[row.pk]
    assert (told[0], told[-1], len(told)) == ("Brevlåda 00 (Röstbrevlåda)", "2 till", 11)
    assert len(queries.players([row.pk])[row.pk]) == 12


def test_what_is_played_is_not_deleted_and_the_words_say_where(everybody: Cast) -> None:
    row = prompt(everybody.norrsken.pk)
    mailbox(everybody.norrsken.pk, "Växelns brevlåda", greeting_id=row.pk)
    with pytest.raises(actions.PromptUsed, match="Växelns brevlåda"):
        actions.remove(prompt=row, by=everybody.alice, version=None)
    assert Prompt.objects.exists()


def test_a_deleted_prompt_comes_back_as_it_was(everybody: Cast) -> None:
    row = prompt(everybody.norrsken.pk)
    then = compile_prompt(row)
    change = actions.remove(prompt=row, by=everybody.alice, version=None)
    assert not Object.objects.filter(key=f"prompt/{row.pk}").exists()
    undo(customer_id=everybody.norrsken.pk, change_id=change.pk, by=everybody.alice)
    assert compile_prompt(Prompt.objects.get()) == then


def test_undoing_an_upload_deletes_the_prompt(everybody: Cast) -> None:
    ident, who = everybody.norrsken.pk, everybody.alice
    actions.make_with_take(customer_id=ident, by=who, name="Välkommen", sound=convert(wav()))
    undo(customer_id=everybody.norrsken.pk, change_id=Change.objects.get().pk, by=everybody.alice)
    assert not Prompt.objects.exists()


def test_the_second_at_a_form_is_told(everybody: Cast) -> None:
    row = prompt(everybody.norrsken.pk, recorded=False)
    actions.change(prompt=row, by=everybody.alice, version=1, name="Hej", manuscript="")
    with pytest.raises(Conflict):
        actions.change(prompt=row, by=everybody.bob, version=1, name="Hallå", manuscript="")


def test_every_key_to_a_prompt_counts_as_use() -> None:
    named = {(model, field) for model, field, *_name in queries._USES}
    found = {
        (model.__name__, field.name)
        for model in apps.get_app_config("tenants").get_models()
        for field in model._meta.local_fields
        if isinstance(field, models.ForeignKey) and field.related_model is Prompt and model is not Take
    }
    assert found == named


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ident=st.integers(10**6, 10**9), name=st.text("abcåäö ", min_size=1, max_size=80), hertz=st.integers(100, 200))
def test_a_prompt_comes_back_from_its_object(everybody: Cast, ident: int, name: str, hertz: int) -> None:
    with transaction.atomic():
        sounds = take(prompt(everybody.norrsken.pk, "~", recorded=False), hertz=hertz)
        obj = objects.Prompt(
            id=ident, name=name, narrow=sounds.narrow.sha256, wide=sounds.wide.sha256,
            milliseconds=sounds.wide.milliseconds,
        )  # fmt: skip
        assert compile_prompt(actions.restore(everybody.norrsken.pk, obj)) == obj
        transaction.set_rollback(True)


def test_the_list_costs_the_same_however_long_it_is(everybody: Cast, django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    for number in range(3):
        prompt(everybody.norrsken.pk, f"Prompt {number}")
    with django_assert_num_queries(2 + len(queries._USES)):
        assert len(queries.rows_of(list(queries.matching()))) == 3
