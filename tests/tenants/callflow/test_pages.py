"""The flow's pages: what stands on them, what they save, and who may open them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tenants.callflow import queries
from tenants.changes import actions as changes
from tenants.changes.queries import active
from tenants.changes.said import said
from tenants.customers import scope
from tenants.customers.models import User
from tenants.destinations import fields
from tenants.destinations.queries import targets
from tenants.groups import actions as groups
from tenants.groups.models import Group
from tenants.menus.models import Menu
from tests.factories import flow
from tests.factories.cast import Cast, cast
from tests.factories.crowd import crowd
from tests.factories.doors import versions_in
from tests.factories.groups import group
from tests.factories.menus import menu

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


@dataclass(frozen=True)
class World:
    """A published flow and a browser that Alice is logged in to."""

    cast: Cast
    story: flow.Story
    client: Client

    @property
    def page(self) -> str:
        """Return the address of the number's flow."""
        return f"/c/norrsken-bygg/call-flow/{self.story.number.pk}/"

    def text(self, address: str = "", **headers: str) -> str:
        """Return a page as text."""
        response = self.client.get(address or self.page, headers=headers)
        assert response.status_code == 200, response.content[:2000]
        return response.content.decode()


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def world() -> World:
    people = cast()
    with scope.customer(people.norrsken.pk):
        story = flow.story(people.norrsken)
        changes.publish(customer_id=people.norrsken.pk, by=people.alice, note="Första flödet")
    return World(people, story, browser(people.alice))


def menu_form(story: flow.Story, **more: object) -> dict[str, object]:
    """Return what the main menu's form posts when nothing is changed."""
    return {
        "step": f"menu/{story.main.pk}", "version": 1, "name": "Huvudmeny", "prompt": story.main.prompt_id,
        "key_1": story.sales.pk, "key_2": story.support.pk, "key_0": story.desk.pk, "no_input": story.desk.pk,
        "invalid": story.desk.pk, "wait_seconds": 5, "tries": 3, **more,
    }  # fmt: skip


def test_the_page_tells_the_whole_flow(world: World) -> None:
    text = world.text("/c/norrsken-bygg/call-flow/")
    for words in ("040-622 10 00", "Huvudmeny", "Försäljning", "Support", "Vi har stängt", "Tillbaka till Huvudmeny"):
        assert words in text
    assert "Publicerat" in text
    assert "Utkast" not in text


def test_an_opened_step_shows_its_form(world: World) -> None:
    text = world.text(f"{world.page}?step=menu/{world.story.main.pk}")
    assert 'value="Huvudmeny"' in text
    assert "Knapp 1 leder till" in text


def test_a_step_of_each_kind_can_be_opened(world: World) -> None:
    story = world.story
    keys = [f"menu/{story.main.pk}", f"group/{story.sales.pk}", f"announcement/{story.closed.pk}",
            f"timeswitch/{story.switch.pk}", f"mailbox/{story.box.pk}", f"person/{story.people[0].pk}",
            f"number/{story.number.pk}"]  # fmt: skip
    for key in keys:
        assert 'data-step="' + key in world.text(f"{world.page}?step={key}")


def test_saving_a_step_waits_in_the_draft_and_answers_with_the_page(world: World) -> None:
    response = world.client.post(
        f"{world.page}save/", menu_form(world.story, add_digit="3", add_target=world.story.box.pk), headers=HTMX
    )
    text = response.content.decode()
    assert response.status_code == 200, text[:3000]
    assert "<html" not in text
    assert "Utkast" in text
    assert "Sparat i utkastet" in response["HX-Trigger"].encode().decode("unicode_escape")
    with scope.customer(world.cast.norrsken.pk):
        assert targets(world.story.main.pk)["key:3"] == f"mailbox/{world.story.box.pk}"


def test_a_key_is_taken_away_by_its_button(world: World) -> None:
    world.client.post(f"{world.page}save/", menu_form(world.story, drop="2"), headers=HTMX)
    with scope.customer(world.cast.norrsken.pk):
        assert set(targets(world.story.main.pk)) == {"key:0", "key:1", "no_input", "invalid"}


def test_errors_keep_what_was_typed(world: World) -> None:
    response = world.client.post(f"{world.page}save/", menu_form(world.story, name="Support", tries=4), headers=HTMX)
    text = response.content.decode()
    assert response.status_code == 422
    assert "Namnet används redan" in text
    assert 'value="4"' in text
    with scope.customer(world.cast.norrsken.pk):
        assert Menu.objects.get(pk=world.story.main.pk).tries == 3


def test_the_second_of_two_editors_is_told(world: World) -> None:
    first = world.client.post(f"{world.page}save/", menu_form(world.story, wait_seconds=8), headers=HTMX)
    second = browser(world.cast.sam).post(f"{world.page}save/", menu_form(world.story, wait_seconds=9), headers=HTMX)
    assert (first.status_code, second.status_code) == (200, 422)
    assert "Någon annan har ändrat" in second.content.decode()
    with scope.customer(world.cast.norrsken.pk):
        assert Menu.objects.get(pk=world.story.main.pk).wait_seconds == 8


@pytest.mark.parametrize("kind", ["menu", "group", "announcement", "timeswitch", "person", "mailbox", "external"])
def test_a_step_is_put_in_before_what_was_there(world: World, kind: str) -> None:
    story = world.story
    with scope.customer(world.cast.norrsken.pk):
        schedule_id, prompt_id = story.switch.schedule_id, story.main.prompt_id
    data = {"add": f"menu/{story.main.pk}", "slot": "key:1", "seen": story.sales.pk, "new": kind, "name": "Nytt steg",
            "prompt": prompt_id, "schedule": schedule_id, "typed": "070-174 06 35",
            "extension": "555"}  # fmt: skip
    response = world.client.post(f"{world.page}add/", data, headers=HTMX)
    assert response.status_code == 200, response.content.decode()[-3000:]
    with scope.customer(world.cast.norrsken.pk):
        made = targets(story.main.pk)["key:1"]
        onward = targets(int(made.partition("/")[2]))
    assert made.startswith(kind)
    if kind in ("menu", "group", "announcement", "timeswitch", "person"):
        assert f"group/{story.sales.pk}" in onward.values()


def test_a_step_there_already_can_be_put_in(world: World) -> None:
    data = {"add": f"menu/{world.story.main.pk}", "slot": "key:5", "new": "", "target": world.story.box.pk}
    assert world.client.post(f"{world.page}add/", data, headers=HTMX).status_code == 200
    with scope.customer(world.cast.norrsken.pk):
        assert targets(world.story.main.pk)["key:5"] == f"mailbox/{world.story.box.pk}"


def test_a_spot_that_has_changed_meanwhile_is_not_written_over(world: World) -> None:
    data = {
        "add": f"menu/{world.story.main.pk}",
        "slot": "key:1",
        "seen": world.story.desk.pk,
        "target": world.story.box.pk,
    }
    response = world.client.post(f"{world.page}add/", data, headers=HTMX)
    assert response.status_code == 422
    with scope.customer(world.cast.norrsken.pk):
        assert targets(world.story.main.pk)["key:1"] == f"group/{world.story.sales.pk}"


def test_a_number_that_the_gate_refuses_is_said_at_its_field(world: World) -> None:
    data = {
        "add": f"menu/{world.story.main.pk}",
        "slot": "key:5",
        "new": "external",
        "name": "Dyrt",
        "typed": "0900-100 00 00",
    }
    response = world.client.post(f"{world.page}add/", data, headers=HTMX)
    assert response.status_code == 422
    assert 'value="0900-100 00 00"' in response.content.decode()


def test_a_step_in_use_is_removed_only_with_a_replacement(world: World) -> None:
    story = world.story
    with scope.customer(world.cast.norrsken.pk):
        seen = {"step": f"group/{story.sales.pk}", "version": Group.objects.get(pk=story.sales.pk).stamp}
    refused = world.client.post(f"{world.page}remove/", seen, headers=HTMX)
    assert refused.status_code == 422
    assert "Huvudmeny" in refused.content.decode()
    data = {**seen, "instead": story.desk.pk}
    assert world.client.post(f"{world.page}remove/", data, headers=HTMX).status_code == 200
    with scope.customer(world.cast.norrsken.pk):
        assert targets(story.main.pk)["key:1"] == f"group/{story.desk.pk}"
        assert Group.objects.get(pk=story.sales.pk).destination.removed


def test_a_step_that_a_colleague_has_just_changed_is_not_removed(world: World) -> None:
    story = world.story
    seen = {"step": f"group/{story.sales.pk}", "instead": story.desk.pk}
    opened = world.client.get(f"{world.page}?step=group/{story.sales.pk}&remove=1", headers=HTMX).content.decode()
    seen["version"] = versions_in(opened)[0]
    with scope.customer(world.cast.norrsken.pk):
        groups.change(group=story.sales, by=None, version=None, wish=groups.Wish(name="Försäljning Norr"))
    refused = world.client.post(f"{world.page}remove/", seen, headers=HTMX)
    page = refused.content.decode()
    assert (refused.status_code, "Någon annan har ändrat det här" in page) == (409, True)
    assert "Försäljning Norr" in page
    with scope.customer(world.cast.norrsken.pk):
        assert not Group.objects.get(pk=story.sales.pk).destination.removed
    again = world.client.post(f"{world.page}remove/", {**seen, "version": versions_in(page)[0]}, headers=HTMX)
    assert again.status_code == 200


def test_what_no_number_leads_to_is_shown_apart(world: World) -> None:
    with scope.customer(world.cast.norrsken.pk):
        menu(world.cast.norrsken.pk, "Sommarmeny")
    text = world.text()
    assert text.index("Inte inkopplat") < text.rindex("Sommarmeny")


def test_what_is_removed_but_still_in_the_switch_is_shown_struck_through(world: World) -> None:
    switch = world.story.switch
    with scope.customer(world.cast.norrsken.pk):
        switch.refresh_from_db()
    data = {"step": f"timeswitch/{switch.pk}", "version": switch.stamp, "instead": world.story.main.pk}
    assert world.client.post(f"{world.page}remove/", data, headers=HTMX).status_code == 200
    text = world.text()
    assert "<s>Öppettider</s>" in text
    assert "Borttagen" in text
    with scope.customer(world.cast.norrsken.pk):
        changes.publish(customer_id=world.cast.norrsken.pk, by=world.cast.alice, note="")
    assert "Borttagen" not in world.text()


def test_a_new_person_is_live_at_once_and_the_way_there_waits(world: World) -> None:
    data = {"add": f"menu/{world.story.main.pk}", "slot": "key:5", "new": "person", "name": "Cleo", "extension": "101"}
    assert "finns i växeln direkt" in world.text(f"{world.page}?add=menu/{world.story.main.pk}&slot=key:5&new=person")
    taken = world.client.post(f"{world.page}add/", data, headers=HTMX)
    assert (taken.status_code, "Anknytningen används redan" in taken.content.decode()) == (422, True)
    short = world.client.post(f"{world.page}add/", data | {"extension": "1177"}, headers=HTMX)
    assert (short.status_code, "Det är ett nationellt kortnummer" in short.content.decode()) == (422, True)
    assert world.client.post(f"{world.page}add/", data | {"extension": "177"}, headers=HTMX).status_code == 200
    with scope.customer(world.cast.norrsken.pk):
        made = targets(world.story.main.pk)["key:5"]
        assert made in active()
        assert made not in {choice.target for choice in active()[f"menu/{world.story.main.pk}"].choices}  # type: ignore[union-attr]


def test_the_second_of_two_editors_of_hours_is_told(world: World) -> None:
    story = world.story
    with scope.customer(world.cast.norrsken.pk):
        data = {"step": f"timeswitch/{story.switch.pk}", "version": story.switch.version, "name": "Dagtid",
                "schedule": story.switch.schedule_id, "open": story.main.pk, "closed": story.closed.pk}  # fmt: skip
    answers = [
        browser(who).post(f"{world.page}save/", data, headers=HTMX) for who in (world.cast.alice, world.cast.sam)
    ]
    assert [answer.status_code for answer in answers] == [200, 422]
    assert "Någon annan har ändrat" in answers[1].content.decode()


def test_a_chosen_time_is_told_in_the_zone_of_the_hours(world: World) -> None:
    with scope.customer(world.cast.norrsken.pk):
        from tenants.schedules.models import Schedule

        row = Schedule.objects.get(pk=world.story.switch.schedule_id)
        row.zone = "Atlantic/Reykjavik"
        row.save()
        changes.record(customer_id=world.cast.norrsken.pk, by=None, summary=said("Flyttade"), rows=[row])
        flown = queries.flow(world.story.number, "2026-11-27 15:30", {})
    assert flown.desk.view.moment.utcoffset() == timedelta(0)
    text = world.text(f"{world.page}?day=2026-11-27&clock=15:30")
    assert 'value="2026-11-27"' in text
    assert 'value="15:30"' in text


@pytest.mark.slow
@pytest.mark.parametrize("address", ["flow", "menu", "remove", "own"])
def test_two_thousand_people_are_not_listed_on_a_page(world: World, address: str) -> None:
    story = world.story
    page = {
        "flow": world.page,
        "menu": f"{world.page}?step=menu/{story.main.pk}",
        "remove": f"{world.page}?step=group/{story.sales.pk}&remove=1",
        "own": f"/c/norrsken-bygg/groups/{story.sales.pk}/",
    }[address]

    def look() -> tuple[int, int]:
        with CaptureQueriesContext(connection) as seen:
            text = world.text(page)
        return len(seen), len(text.encode())

    small, _size = look()
    with scope.customer(world.cast.norrsken.pk):
        crowd(world.cast.norrsken)
    queries_made, size = look()
    assert queries_made == small
    assert size < 60_000


def test_a_picker_that_searches_keeps_what_is_chosen_and_takes_what_there_is(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fields, "MANY", 3)
    story = world.story
    text = world.text(f"{world.page}?step=menu/{story.main.pk}")
    assert f'data-lookup="/c/norrsken-bygg/destinations/?without={story.main.pk}"' in text
    assert f'<option value="{story.sales.pk}" selected>' in text
    saved = world.client.post(f"{world.page}save/", menu_form(story, key_1=story.box.pk), headers=HTMX)
    assert saved.status_code == 200
    with scope.customer(world.cast.norrsken.pk):
        assert targets(story.main.pk)["key:1"] == f"mailbox/{story.box.pk}"


def test_a_tried_call_is_told_step_by_step(world: World) -> None:
    text = world.text(f"{world.page}try/?when=2026-11-27 15:30&do=digit:1&do=no_answer&do=no_answer")
    for words in ("Den som ringer trycker 1 i Huvudmeny", "Det ringer hos Försäljning", "lämna ett meddelande"):
        assert words in text
    closed = world.text(f"{world.page}try/?when=2026-11-29 15:30")
    assert "Vi har stängt spelas upp" in closed


@pytest.mark.parametrize("when", ["now", "2026-11-29 15:30", "9999-99-99", "closed", "' OR 1=1", "0001-01-01 00:00"])
def test_any_time_in_the_address_is_answered(world: World, when: str) -> None:
    assert world.client.get(world.page, {"when": when}).status_code == 200
    assert world.client.get(f"{world.page}try/", {"when": when}).status_code == 200


@pytest.mark.parametrize("query", ["?step=menu/0", "?step=nonsense", "?step=menu/x", "?add=menu/1&slot=key:1"])
def test_an_address_that_names_nothing_harms_nothing(world: World, query: str) -> None:
    assert world.client.get(world.page + query).status_code in (200, 404)


def test_the_page_costs_as_many_queries_whatever_the_size_of_the_flow(world: World) -> None:
    def cost() -> int:
        with CaptureQueriesContext(
            connection,
        ) as seen:
            world.text(f"{world.page}?step=menu/{world.story.main.pk}")
        return len(seen)

    def grow(numbers: range) -> None:
        with scope.customer(world.cast.norrsken.pk):
            for index in numbers:
                late = group(world.cast.norrsken.pk, f"Grupp {index}", no_answer_id=world.story.box.pk)
                menu(world.cast.norrsken.pk, f"Meny {index}", keys={"1": late.pk}, no_input_id=late.pk)

    grow(range(1))
    small = cost()
    grow(range(1, 12))
    assert cost() == small


ROUTES = [
    ("get", "/c/norrsken-bygg/call-flow/"),
    ("get", "/c/norrsken-bygg/call-flow/{number}/"),
    ("get", "/c/norrsken-bygg/call-flow/{number}/try/"),
    ("post", "/c/norrsken-bygg/call-flow/{number}/save/"),
    ("post", "/c/norrsken-bygg/call-flow/{number}/add/"),
    ("post", "/c/norrsken-bygg/call-flow/{number}/remove/"),
    ("get", "/c/norrsken-bygg/menus/"),
    ("get", "/c/norrsken-bygg/menus/new/"),
    ("post", "/c/norrsken-bygg/menus/new/"),
    ("get", "/c/norrsken-bygg/menus/{menu}/"),
    ("post", "/c/norrsken-bygg/menus/{menu}/"),
    ("post", "/c/norrsken-bygg/menus/{menu}/remove/"),
    ("get", "/c/norrsken-bygg/groups/"),
    ("get", "/c/norrsken-bygg/groups/{group}/"),
    ("post", "/c/norrsken-bygg/groups/{group}/"),
    ("post", "/c/norrsken-bygg/groups/{group}/remove/"),
    ("get", "/c/norrsken-bygg/announcements/"),
    ("get", "/c/norrsken-bygg/announcements/{announcement}/"),
    ("post", "/c/norrsken-bygg/announcements/{announcement}/"),
    ("get", "/c/norrsken-bygg/publishing/"),
    ("get", "/c/norrsken-bygg/publishing/review/"),
    ("post", "/c/norrsken-bygg/publishing/review/"),
    ("get", "/c/norrsken-bygg/publishing/releases/1/"),
    ("get", "/c/norrsken-bygg/publishing/changes/{change}/receipt/"),
    ("post", "/c/norrsken-bygg/publishing/changes/{change}/undo/"),
    ("post", "/c/norrsken-bygg/publishing/releases/1/restore/"),
]


@pytest.mark.slow
@pytest.mark.parametrize(("method", "route"), ROUTES)
def test_a_stranger_gets_404_a_user_403_and_nothing_is_saved(world: World, method: str, route: str) -> None:
    story = world.story
    with scope.customer(world.cast.norrsken.pk):
        from tenants.changes.models import Change

        change = Change.objects.latest("pk").pk
        before = Change.objects.count()
    address = route.format(
        number=story.number.pk, menu=story.main.pk, group=story.sales.pk, announcement=story.closed.pk, change=change
    )
    answers = [getattr(browser(who), method)(address).status_code for who in (world.cast.charlie, world.cast.bob)]
    assert answers == [404, 403]
    assert getattr(Client(), method)(address).status_code == 302
    with scope.customer(world.cast.norrsken.pk):
        assert Change.objects.count() == before


@pytest.mark.parametrize(("method", "route"), [row for row in ROUTES if row[0] == "get"])
def test_alice_reads_every_page(world: World, method: str, route: str) -> None:
    story = world.story
    with scope.customer(world.cast.norrsken.pk):
        from tenants.changes.models import Change

        change = Change.objects.filter(generation__isnull=False).latest("pk").pk
    address = route.format(
        number=story.number.pk, menu=story.main.pk, group=story.sales.pk, announcement=story.closed.pk, change=change
    )
    assert getattr(world.client, method)(address).status_code == 200
