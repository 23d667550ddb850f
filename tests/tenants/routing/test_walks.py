"""Every way a call can go through random configurations, all inputs tried at every step."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenants.routing.calls import Call, HangUp, Step
from tenants.routing.decide import MAX_HOPS, arrive, decide
from tenants.routing.documents import MappingConfig
from tenants.routing.explain import RULES, explain, outcomes, simulate
from tenants.routing.live import Live, Override
from tenants.routing.objects import STATES, Number
from tenants.routing.proof import MAX_WAIT, prove_all
from tests.tenants.routing.documents import any_document, legal
from tests.tenants.routing.sample import CALLER, OPEN

MOST_STATES = 20_000


def lives() -> list[Live]:
    until = OPEN + timedelta(days=1)
    forced = [Override(state=state, until=until, prompt=said) for state in STATES for said in (None, "prompt/1")]
    return [Live(), *(Live(overrides={"schedule/1": override}) for override in forced)]


def steps_of(config: MappingConfig, live: Live) -> Iterator[Step]:
    """Yield a step for every state calls can come to, whatever callers and telephones do."""
    numbers = [obj.e164 for obj in config.values() if isinstance(obj, Number)]
    pending = [decide(config, live, arrive(config, e164, CALLER, 1, 0), OPEN) for e164 in numbers]
    seen: set[Call] = set()
    while pending:
        step = pending.pop()
        state = msgspec.structs.replace(step.call, waited=0, keys=0)
        if state not in seen:
            seen.add(state)
            assert len(seen) < MOST_STATES
            yield step
            call = msgspec.structs.replace(step.call, waited=0, keys=0)
            pending += [decide(config, live, call, OPEN, given) for given in outcomes(config, step)]


def went_wrong(step: Step) -> bool:
    return any(reason.rule in ("missing", "hops") for reason in step.reasons)


def check_every_walk(seed: int) -> None:
    config = legal(seed)
    assert prove_all(config) == []
    for live in lives():
        for step in steps_of(config, live):
            assert not went_wrong(step), (step, live)
            assert step.call.hops <= MAX_HOPS


@pytest.mark.parametrize("seed", range(60))
def test_no_call_in_a_legal_configuration_is_lost_whatever_happens(seed: int) -> None:
    check_every_walk(seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(60, 1500))
def test_no_call_in_many_more_legal_configurations_is_lost(seed: int) -> None:
    check_every_walk(seed)


@given(seed=st.integers(0, 10_000_000), random=st.randoms(use_true_random=False))
@settings(max_examples=150, deadline=None)
def test_every_walk_of_a_legal_configuration_ends_and_tells_the_caller_how(seed: int, random: object) -> None:
    config = legal(seed)
    numbers = sorted(obj.e164 for obj in config.values() if isinstance(obj, Number))
    choose = random.choice  # type: ignore[attr-defined]
    call = arrive(config, choose(numbers), CALLER, 1, 0)
    steps = simulate(config, choose(lives()), call, OPEN, lambda step: choose(outcomes(config, step)))
    last = steps[-1].action
    assert isinstance(last, HangUp)
    assert len(steps) > 1 or last.cause != "normal", "hung up on without a sound"
    assert steps[-1].call.waited <= MAX_WAIT * (steps[-1].call.keys + 1)


@given(seed=st.integers(0, 10_000_000), size=st.integers(2, 20))
@settings(max_examples=200, deadline=None)
def test_wherever_a_call_is_lost_the_proof_has_said_so(seed: int, size: int) -> None:
    config = any_document(seed, size)
    if any(went_wrong(step) for live in lives()[:4] for step in steps_of(config, live)):
        assert prove_all(config) != []


@given(seed=st.integers(0, 10_000_000))
@settings(max_examples=100, deadline=None)
def test_every_reason_that_can_occur_has_a_word(seed: int) -> None:
    config = any_document(seed)
    for step in steps_of(config, lives()[seed % 9]):
        assert step.reasons or isinstance(step.action, HangUp)
        assert {fact.code for fact in explain(step).facts} <= set(RULES)
