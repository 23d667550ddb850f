"""Asking for live state, and folding what the node tells, without a node."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tenants.changes.actions import publish
from tenants.customers import scope
from tenants.live import queries, words
from tenants.live.models import LiveChange, LiveRegister
from tenants.live.refusals import BadOrder, BadTarget, NotInSwitch, TargetDiverted, TimeOut
from tenants.refusals import Refusal
from tenants.routing.live import Diversion, LiveValue, Login, Override, Pause, Unread, membership
from tests.factories.cast import Cast, cast
from tests.factories.flow import Story, story
from tests.factories.groups import group
from tests.factories.live import told, wish


@dataclass(frozen=True)
class Desk:
    """Norrsken with a published flow, in its scope."""

    cast: Cast
    story: Story

    @property
    def id(self) -> int:
        """The customer."""
        return self.cast.norrsken.pk

    @property
    def anna(self) -> str:
        """Anna's key."""
        return f"person/{self.story.people[0].pk}"

    @property
    def bo(self) -> str:
        """Bo's key."""
        return f"person/{self.story.people[1].pk}"


@pytest.fixture
def desk(db: None) -> Iterator[Desk]:
    """A published flow."""
    everybody = cast()
    with scope.customer(everybody.norrsken.pk):
        made = story(everybody.norrsken)
        publish(customer_id=everybody.norrsken.pk, by=everybody.alice)
        yield Desk(everybody, made)


def test_a_wish_stands_beside_what_the_switch_has(desk: Desk) -> None:
    subject = membership(f"group/{desk.story.sales.pk}", desk.anna)
    told(desk.id, "login", subject, Login(on=True))
    wish(desk.id, "login", subject, Login(on=False), desk.cast.alice)
    row = LiveRegister.objects.get()
    assert queries.register_of(row).value == Login(on=True)
    shown = queries.standing("login", subject)
    assert (shown.value, shown.pending, shown.by, shown.via) == (Login(on=False), True, "Alice Ek", "web")
    assert queries.now().takes_part(f"group/{desk.story.sales.pk}", desk.anna, timezone.now())


HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("kind", "value", "refusal"),
    [
        ("pause", Pause(until=timezone.now() - HOUR), TimeOut),
        ("pause", Pause(until=timezone.now() + timedelta(days=500)), TimeOut),
        ("pause", Login(on=True), BadOrder),
        ("diversion", Diversion(reason="bored"), BadOrder),
        ("diversion", Diversion(reason="lunch", target="menu/1"), BadTarget),
        ("diversion", Diversion(reason="lunch", target="mailbox/999"), BadTarget),
        ("login", Login(on=True), BadOrder),
        ("override", Override(state="closed", until=timezone.now() + HOUR), BadOrder),
    ],
)
def test_what_means_nothing_is_refused_before_anything_is_written(
    desk: Desk, kind: str, value: LiveValue, refusal: type[Refusal]
) -> None:
    with pytest.raises(refusal):
        wish(desk.id, kind, desk.anna, value)
    assert not LiveRegister.objects.exists()


def test_calls_are_not_diverted_to_oneself_or_to_somebody_who_is_away(desk: Desk) -> None:
    with pytest.raises(BadTarget):
        wish(desk.id, "diversion", desk.anna, Diversion(reason="lunch", target=desk.anna))
    told(desk.id, "diversion", desk.bo, Diversion(reason="sick"))
    with pytest.raises(TargetDiverted):
        wish(desk.id, "diversion", desk.anna, Diversion(reason="lunch", target=desk.bo))
    wish(desk.id, "diversion", desk.anna, Diversion(reason="lunch", target=f"mailbox/{desk.story.box.pk}"))


def test_a_group_that_is_not_published_has_no_logins(desk: Desk) -> None:
    fresh = group(desk.id, "Ny grupp")
    with pytest.raises(NotInSwitch):
        wish(desk.id, "login", membership(f"group/{fresh.pk}", desk.anna), Login(on=True))


def test_an_older_word_of_the_node_changes_nothing_and_is_logged_once(desk: Desk) -> None:
    told(desk.id, "pause", desk.anna, Pause(), version=2, at=20.0)
    told(desk.id, "pause", desk.anna, None, version=1, at=10.0)
    assert queries.standing("pause", desk.anna).value == Pause()
    told(desk.id, "pause", desk.anna, Pause(), version=2, at=20.0)
    assert queries.standing("pause", desk.anna).value == Pause()
    assert LiveChange.objects.count() == 1
    told(desk.id, "pause", desk.anna, Pause(), version=9, at=20.0)
    assert queries.height() == 9
    assert [change.version for change in queries.history("pause", desk.anna)] == [2]


def test_messages_read_while_the_node_is_away_are_all_sent(desk: Desk) -> None:
    box = f"mailbox/{desk.story.box.pk}"
    for name in ("a", "b", "a"):
        wish(desk.id, "unread", box, Unread(messages=(name,)))
    assert queries.value_of(LiveRegister.objects.get().wanted) == Unread(messages=("a", "b"))


def test_what_has_ended_by_itself_is_over_and_the_mark_says_so(desk: Desk) -> None:
    until = timezone.now() + HOUR
    told(desk.id, "pause", desk.anna, Pause(until=until))
    shown = queries.standing("pause", desk.anna)
    assert shown.holding(timezone.now()) is not None
    assert shown.holding(until) is None
    assert queries.mark([shown], timezone.now()) != queries.mark([shown], until)


def test_the_line_says_who_when_and_from_where(desk: Desk) -> None:
    subject = membership("group/1", desk.anna)
    now = timezone.now().replace(hour=9, minute=32)
    told(desk.id, "login", subject, Login(on=False), at=now.timestamp(), by="Karin", via="phone")
    note = words.note(queries.standing("login", subject), now)
    clock = timezone.localtime(now).strftime("%H:%M")
    assert note == words.Note(f"Utloggad av Karin {clock}, från telefon", pending=False, refused="")


def test_reading_live_state_is_one_query_however_much_there_is(desk: Desk) -> None:
    for version, person in enumerate([desk.anna, desk.bo], 1):
        told(desk.id, "pause", person, Pause(), version=version)
    with CaptureQueriesContext(connection) as asked:
        assert len(queries.now().pauses) == 2
        queries.standings({"pause": [desk.anna, desk.bo], "diversion": [desk.anna, desk.bo]})
    assert len(asked) == 2
