"""The line of a group on its page: what is typed is kept, refused or shown again."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from django.test import Client

from tenants.callflow.trial import trial
from tenants.customers import scope
from tenants.groups.compile import compile_group
from tenants.groups.models import Group
from tenants.people.models import Person
from tenants.routing.objects import Exit, Waiting
from tests.factories import flow
from tests.factories.cast import cast
from tests.factories.groups import group
from tests.factories.prompts import prompt
from tests.tenants.routing.sample import MAIN, OPEN
from tests.tenants.routing.test_waiting import config

pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class World:
    """A group, what its line can need, and a browser that Alice is logged in to."""

    client: Client
    customer: int
    group: int
    person: int
    box: int
    music: int

    def post(self, **more: object) -> tuple[int, str]:
        form = {"version": 1, "name": "Support", "strategy": "parallel", "ring_seconds": 20, "members": self.person}
        form |= {
            "max_wait_seconds": 300,
            "max_waiting": 20,
            "announce_every": 45,
            "wrap_up_seconds": 0,
            "order": "ranks",
        }
        answer = self.client.post(f"/c/norrsken-bygg/groups/{self.group}/", form | {"no_answer": self.box} | more)
        return answer.status_code, answer.content.decode()

    def rules(self) -> object:
        with scope.customer(self.customer):
            return compile_group(Group.objects.get(pk=self.group)).waiting


@pytest.fixture
def world() -> World:
    everybody = cast()
    with scope.customer(everybody.norrsken.pk):
        customer = everybody.norrsken.pk
        anna, box, music = flow.person(customer), flow.mailbox(customer), prompt(customer, "Musik")
        row = group(customer, "Support", members=(anna.pk,), no_answer_id=box.pk)
    client = Client()
    client.force_login(everybody.alice, backend="django.contrib.auth.backends.ModelBackend")
    return World(client, customer, row.pk, anna.pk, box.pk, music.pk)


def test_a_group_without_a_tick_has_no_line_whatever_else_is_posted(world: World) -> None:
    assert world.post(max_wait_seconds=60, music=world.music)[0] == 302
    assert world.rules() is None


def test_a_line_is_kept_as_typed_and_shown_again(world: World) -> None:
    typed = {
        "waits": "on", "max_wait_seconds": 120, "max_waiting": 5, "music": world.music, "announce": world.music,
        "announce_every": 30, "order": "turns", "wrap_up_seconds": 15, "exit_digit": "1", "exit_target": world.box,
        "full": world.box,
    }  # fmt: skip
    assert world.post(**typed)[0] == 302
    rules = world.rules()
    assert rules == Waiting(
        max_wait_seconds=120, max_waiting=5, music=f"prompt/{world.music}", announce=f"prompt/{world.music}",
        announce_every=30, order="turns", wrap_up_seconds=15,
        exits=(Exit(digit="1", target=f"mailbox/{world.box}"),),
    )  # fmt: skip
    shown = world.client.get(f"/c/norrsken-bygg/groups/{world.group}/").content.decode()
    assert 'name="waits"' in shown
    assert 'value="120"' in shown
    assert world.post(version=2, **{name: value for name, value in typed.items() if name != "version"})[0] == 302
    assert world.rules() == rules


def test_figures_that_nobody_sees_do_not_stop_anybody(world: World) -> None:
    assert world.post(max_wait_seconds="", max_waiting="0")[0] == 302
    assert world.rules() is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("max_wait_seconds", "9"),
        ("max_wait_seconds", ""),
        ("max_waiting", "0"),
        ("announce_every", "abc"),
        ("wrap_up_seconds", "901"),
    ],
)
def test_a_figure_out_of_bounds_is_refused_and_nothing_is_lost(world: World, field: str, value: str) -> None:
    status, shown = world.post(waits="on", name="Nytt namn", **{field: value})
    assert status == 422
    assert "Nytt namn" in shown
    assert world.rules() is None


def test_a_key_without_a_target_is_refused(world: World) -> None:
    status, shown = world.post(waits="on", exit_digit="1")
    assert status == 422
    assert "ingetdera" in shown


def test_what_if_walks_through_a_line(world: World) -> None:
    objects = dict(config(Waiting(), 1, 2, full="mailbox/2"))
    told = trial(objects, {"group/1": "Support"}, MAIN, OPEN, ["line:free", "timeout", "timeout"])
    assert [choice.value for choice in told.choices] == ["answered", "timeout", "empty", "full"]
    assert any("väntar i kön till Support" in reason for line in told.lines for reason in line.reasons)
    assert trial(objects, {}, MAIN, OPEN, ["line:full"]).lines[-1].did == "Spelar in högst 300 sekunder."


def test_a_persons_mobile_passes_the_gate_and_is_shown_nationally(world: World) -> None:
    address = f"/c/norrsken-bygg/people/{world.person}/"
    form = {"who-version": 1, "who-name": "Anna", "who-extension": "101", "who-email": ""}
    refused = world.client.post(address, form | {"who-mobile": "0900 123 45 67"})
    assert refused.status_code == 422
    assert "Betalnummer" in refused.content.decode()
    assert (
        world.client.post(address, form | {"who-mobile": "070-174 06 05", "who-mobile_confirm": "on"}).status_code
        == 302
    )
    assert "070-174 06 05" in world.client.get(address).content.decode()
    with scope.customer(world.customer):
        row = Person.objects.get(pk=world.person)
    assert (row.mobile, row.mobile_confirm) == ("+46701740605", True)


def test_a_line_over_the_api_is_read_as_it_was_put(world: World) -> None:
    where = f"/api/v1/customers/norrsken-bygg/groups/{world.group}/"
    line = {
        "max_wait_seconds": 90, "max_waiting": 3, "music": world.music, "announce": None, "announce_every": 60,
        "order": "longest_free", "wrap_up_seconds": 10, "exits": [{"digit": "1", "target": f"mailbox/{world.box}"}],
    }  # fmt: skip
    body = world.client.get(where).json()
    assert body["line"] is None
    body |= {"line": line, "full": f"mailbox/{world.box}"}
    put = world.client.put(where, body, content_type="application/json", headers={"If-Match": "*"})
    assert put.status_code == 200, put.content
    read = world.client.get(where).json()
    assert (read["line"], read["full"]) == (line, f"mailbox/{world.box}")
    wrongs: list[dict[str, object]] = [
        {"max_waiting": 0},
        {"music": 10**9},
        {"order": "any"},
        {"exits": [{"digit": "x", "target": None}]},
        {"exits": [{"digit": "1", "target": f"mailbox/{world.box}"}] * 2},
    ]
    for wrong in wrongs:
        refused = world.client.put(
            where, body | {"line": line | wrong}, content_type="application/json", headers={"If-Match": "*"}
        )
        assert 400 <= refused.status_code < 500, wrong
    assert world.client.get(where).json()["line"] == line
