"""The simulator says what the switch would do, in facts."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tenants.routing.calls import Dial, Gather, HangUp, Inputs, Play, Record, Ring
from tenants.routing.decide import arrive
from tenants.routing.explain import Fact, Walk, explain, is_over, simulate, walks
from tenants.routing.objects import NumberFlow
from tests.tenants.routing.sample import (
    ANSWERED,
    CALLER,
    DONE,
    MAIN,
    NO_ANSWER,
    NOTHING,
    OPEN,
    SHUT,
    SILENCE,
    config,
    key,
    play,
)


def test_a_simulated_call_is_the_live_call() -> None:
    subject = config()
    call = arrive(subject, MAIN, CALLER, 7, 1_700_000_000)
    given = [key("1"), NO_ANSWER, ANSWERED]
    assert simulate(subject, NOTHING, call, OPEN, given) == play(subject, "number/1", *given)


def test_a_simulation_stops_at_the_end_or_when_nothing_more_is_given() -> None:
    subject, call = config(), arrive(config(), MAIN, CALLER, 7, 0)
    assert len(simulate(subject, NOTHING, call, OPEN)) == 1
    steps = simulate(subject, NOTHING, call, SHUT, [DONE] * 50)
    assert is_over(steps[-1])
    assert len(steps) == 3
    silent = simulate(subject, NOTHING, call, OPEN, lambda step: SILENCE if isinstance(step.action, Gather) else None)
    assert [type(step.action) for step in silent] == [Gather, Gather, Ring]


def test_a_step_is_explained_object_by_object_with_its_time() -> None:
    told = explain(play(config(), "number/1", moment=SHUT)[0])
    until = datetime(2026, 11, 27, 23, 0, tzinfo=UTC)
    assert told.facts == (
        Fact(key="number/1", code="slot", value="entry"),
        Fact(key="schedule/1", code="week", value="4", until=until),
        Fact(key="timeswitch/1", code="state", value="closed", until=until),
        Fact(key="announcement/1", code="played"),
    )
    assert (told.action, told.params) == ("play", {"prompt": "narrow-2"})


@pytest.mark.parametrize(
    ("place", "action", "params"),
    [
        ("menu/1", "gather", {"prompt": "narrow-1", "seconds": 5}),
        ("group/1", "ring", {"devices": ("d1",), "seconds": 20, "mobiles": ()}),
        ("external/1", "dial", {"e164": "+46701740606", "seconds": 30}),
        ("mailbox/1", "record", {"mailbox": 1, "greeting": "narrow-3", "seconds": 120}),
        ("end/0", "hangup", {"cause": "normal"}),
    ],
)
def test_every_action_is_told_with_its_parameters(place: str, action: str, params: dict[str, object]) -> None:
    told = explain(play(config(), place)[0])
    assert (told.action, told.params) == (action, params)


def ways(walk: Walk) -> str:
    return " ".join(given.digit or given.result for given in walk.inputs)


def test_walks_show_every_way_a_call_can_go_once() -> None:
    found = list(walks(config(), "number/1", OPEN))
    told = [ways(walk) for walk in found]
    assert len(set(told)) == len(told)
    assert {"1 answered", "1 no_answer no_answer done", "3 busy", "silence silence answered", "5 done"} <= set(told)
    assert all(is_over(walk.steps[-1]) or walk.loops for walk in found)
    assert next(walk for walk in found if ways(walk) == "4 9").loops


def test_walks_of_a_closed_day_and_of_a_number_out_of_use() -> None:
    assert [ways(walk) for walk in walks(config(), "number/1", SHUT)] == ["done done"]
    unused = list(walks(config(NumberFlow(id=1)), "number/1", OPEN))
    assert [walk.steps[0].action for walk in unused] == [HangUp(cause="unallocated")]


def test_walks_are_limited() -> None:
    assert len(list(walks(config(), "number/1", OPEN, limit=5))) == 5


def test_walks_meet_every_kind_of_action() -> None:
    actions = {type(step.action) for walk in walks(config(), "number/1", OPEN) for step in walk.steps}
    assert actions == {Gather, Play, Ring, Dial, Record, HangUp}


def test_an_input_no_action_expects_ends_nothing_in_silence() -> None:
    for place in ("menu/1", "group/1", "person/3", "external/1", "mailbox/1", "announcement/1", "timeswitch/1"):
        for result in ("start", "done", "digit", "silence", "no_answer", "busy", "unreachable", "failed"):
            steps = play(config(), place, *[Inputs(result=result, digit="7")] * 40)
            assert is_over(steps[-1]), (place, result)
