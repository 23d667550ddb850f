"""Groups whose callers wait in line: what is asked, who is rung, and every way out."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest

from tenants.routing.calls import Enqueue, HangUp, Inputs, Measure, Record, Ring, Step
from tenants.routing.decide import arrive, decide
from tenants.routing.documents import MappingConfig
from tenants.routing.explain import later, outcomes, walks
from tenants.routing.live import Diversion, Live, Login, Pause, membership
from tenants.routing.objects import Exit, Group, Mailbox, Member, Number, NumberFlow, Person, Waiting
from tests.tenants.routing.sample import MAIN, OPEN, person

FREE = Inputs(result="measured", free=1, present=2)
BUSY = Inputs(result="measured", present=2)
GROUP = "group/1"


def config(rules: Waiting, *ranks: int, **more: object) -> MappingConfig:
    people = [person(ident, ident) for ident in range(1, len(ranks) + 1)]
    members = tuple(Member(person=f"person/{at}", rank=rank) for at, rank in enumerate(ranks, 1))
    group = Group(
        id=1,
        name="G",
        members=members,
        ring_seconds=15,
        no_answer="mailbox/1",
        waiting=rules,
        **more,  # type: ignore[arg-type]
    )
    boxes = [Mailbox(id=ident, name=f"M{ident}") for ident in (1, 2, 3)]
    return MappingConfig([*people, *boxes, group, Number(id=1, name="N", e164=MAIN), NumberFlow(id=1, entry=GROUP)])


def run(document: MappingConfig, *inputs: Inputs, live: Live | None = None) -> list[Step]:
    steps, moment = [decide(document, live or Live(), arrive(document, MAIN, "", 1, 0), OPEN)], OPEN
    for given in inputs:
        moment = later(moment, steps[-1], given)
        steps.append(decide(document, live or Live(), steps[-1].call, moment, given))
    return steps


def rules_of(step: Step) -> list[str]:
    return [reason.rule for reason in step.reasons]


def test_the_line_is_measured_before_anybody_is_let_into_it() -> None:
    first, second = run(config(Waiting(), 0, 0), FREE)
    assert first.action == Measure(group=1)
    assert isinstance(second.action, Enqueue)
    assert (second.action.seconds, second.action.rank) == (300, None)
    assert second.action.joined == int(OPEN.timestamp())


def test_in_turn_each_rank_rings_first_and_then_everybody_until_the_wait_is_over() -> None:
    timeout = Inputs(result="timeout")
    steps = run(config(Waiting(max_wait_seconds=400), 1, 2), FREE, timeout, timeout, timeout, timeout)
    lines = [step.action for step in steps[1:-1]]
    assert [(line.rank, line.seconds) for line in lines if isinstance(line, Enqueue)] == [
        (1, 15), (2, 15), (None, 300), (None, 70),
    ]  # fmt: skip
    assert len({line.joined for line in lines if isinstance(line, Enqueue)}) == 1
    assert steps[-1].action == Record(mailbox=1, greeting=None, seconds=300)
    assert rules_of(steps[-1])[:2] == ["waited", "slot:no_answer"]
    assert steps[-1].call.queued_at == 0


@pytest.mark.parametrize("line", [BUSY, Inputs(result="measured", waiting=3, free=1, present=2)])
def test_nobody_is_rung_out_of_order_while_others_wait_or_everybody_is_busy(line: Inputs) -> None:
    action = run(config(Waiting(), 1, 2), line)[-1].action
    assert isinstance(action, Enqueue)
    assert action.rank is None


@pytest.mark.parametrize("order", ["turns", "longest_free"])
def test_other_orders_are_the_switchs_own(order: str) -> None:
    action = run(config(Waiting(order=order), 1, 2), FREE)[-1].action  # type: ignore[arg-type]
    assert isinstance(action, Enqueue)
    assert action.rank is None


def test_a_full_line_turns_callers_away_and_so_does_a_race_for_its_last_place() -> None:
    document = config(Waiting(max_waiting=2), 0, full="mailbox/2")
    full = Inputs(result="measured", waiting=2, present=1)
    for steps in (run(document, full), run(document, FREE, Inputs(result="full"))):
        assert steps[-1].action == Record(mailbox=2, greeting=None, seconds=300)
    assert run(config(Waiting(max_waiting=2), 0), full)[-1].call.place == "mailbox/1"


def test_nobody_there_leaves_at_once_and_so_does_the_last_who_leaves() -> None:
    document = config(Waiting(), 0, nobody="mailbox/3")
    nobody = Record(mailbox=3, greeting=None, seconds=300)
    assert run(document, Inputs(result="measured"))[-1].action == nobody
    assert run(document, FREE, Inputs(result="empty"))[-1].action == nobody
    out = Live(logins={membership(GROUP, "person/1"): Login(on=False)})
    assert run(document, live=out)[-1].action == nobody
    away = Live(diversions={"person/1": Diversion(reason="lunch")})
    assert run(document, live=away)[-1].action == nobody


def test_callers_wait_for_somebody_on_a_break() -> None:
    steps = run(config(Waiting(), 0), BUSY, live=Live(pauses={"person/1": Pause()}))
    assert isinstance(steps[-1].action, Enqueue)


def test_who_logs_out_while_callers_wait_is_noticed_when_they_come_back() -> None:
    document = config(Waiting(), 0, nobody="mailbox/3")
    waits = run(document, FREE)[-1]
    out = Live(logins={membership(GROUP, "person/1"): Login(on=False)})
    step = decide(document, out, waits.call, OPEN, Inputs(result="timeout"))
    assert step.call.place == "mailbox/3" or step.action == Record(mailbox=3, greeting=None, seconds=300)


def test_a_key_leads_out_and_any_other_key_does_not() -> None:
    document = config(Waiting(exits=(Exit(digit="1", target="mailbox/2"),)), 0)
    assert run(document, FREE, Inputs(result="digit", digit="1"))[-1].action == Record(
        mailbox=2, greeting=None, seconds=300
    )
    stays = run(document, FREE, Inputs(result="digit", digit="7"))
    assert stays[-1].action == stays[-2].action


def test_a_switch_without_lines_sends_callers_on() -> None:
    assert run(config(Waiting(), 0), FREE, Inputs(result="failed"))[-1].call.place == "mailbox/1"


def test_every_way_through_a_line_ends() -> None:
    document = config(Waiting(max_wait_seconds=3600), 1, 2, 3)
    found = list(walks(document, "number/1", OPEN))
    assert found
    assert all(isinstance(walk.steps[-1].action, HangUp) and not walk.loops for walk in found)
    assert all(outcomes(document, step) for walk in found for step in walk.steps[:-1])


def test_a_place_is_kept_by_the_moment_it_was_taken() -> None:
    document = config(Waiting(), 0)
    first = run(document, FREE)[-1]
    assert isinstance(first.action, Enqueue)
    again = decide(document, Live(), first.call, OPEN + timedelta(seconds=60), Inputs(result="digit", digit="5"))
    assert isinstance(again.action, Enqueue)
    assert again.action.joined == first.action.joined
    assert again.action.seconds == 240


def test_a_mobile_rings_beside_the_telephones_if_the_gate_lets_it() -> None:
    for mobile, rung in (("+46701234567", ("person/1",)), ("+46112", ()), ("", ())):
        anna = msgspec.structs.replace(person(1, 1), mobile=mobile)
        group = Group(id=1, name="G", members=(Member(person="person/1"),), no_answer="mailbox/1")
        flow = NumberFlow(id=1, entry=GROUP)
        document = MappingConfig([anna, group, Mailbox(id=1, name="M"), Number(id=1, name="N", e164=MAIN), flow])
        assert run(document)[-1].action == Ring(devices=("d1",), seconds=20, mobiles=rung)


def test_somebody_with_a_mobile_alone_is_rung_and_counts_as_somebody() -> None:
    anna = Person(id=1, name="A", extension="101", mobile="+46701234567")
    group = Group(id=1, name="G", members=(Member(person="person/1"),), no_answer="mailbox/1", waiting=Waiting())
    flow = NumberFlow(id=1, entry=GROUP)
    document = MappingConfig([anna, group, Mailbox(id=1, name="M"), Number(id=1, name="N", e164=MAIN), flow])
    assert run(document)[-1].action == Measure(group=1)
