"""A node alone for 72 hours over a night the clock changes: portal, database and broker are off, and each call it
decides goes where a second opinion, painted minute by minute, says it should."""

from __future__ import annotations

import random
import signal
import time
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import msgspec
import pytest

from integrations.asterisk.ask import CAUSES
from tenants.routing import objects
from tenants.routing.calls import Call, pack
from tenants.routing.live import Order, Override
from tenants.routing.objects import STATES, Announcement, Number, NumberFlow, Schedule, TimeSwitch
from tenants.routing.wire import Command
from tests.integrations.asterisk.exchange import NodeProcess, settings_in
from tests.integrations.switch.company import Company
from tests.tenants.routing.minutes import START, Answer, intervals
from tests.tenants.routing.test_minutes import schedule

NIGHTS = {"march": datetime(2027, 3, 28, 1, tzinfo=UTC), "october": datetime(2027, 10, 31, 1, tzinfo=UTC)}
"""When the clocks of the European Union change."""
DECISIONS, HOURS, SCHEDULES = 10_000, 72, 12
CUSTOMER = 7


def company(node: NodeProcess) -> Company:
    """Push a customer with many schedules to a node, each behind a number of its own."""
    one = Company(node.wire, CUSTOMER)
    for tone, prompt in ((1200, 1), (1500, 2)):
        one.prompt(prompt, tone)
    for at, state in enumerate(STATES, 1):
        one.put(Announcement(id=at, name=state, prompt=one.prompt(10 + at, 500 + 100 * at)))
    for at in range(1, SCHEDULES + 1):
        ways = {state: f"announcement/{number}" for number, state in enumerate(STATES, 1)}
        one.put(msgspec.structs.replace(schedule(at), id=at, name=f"Tider {at}"))
        one.put(TimeSwitch(id=at, name=f"Val {at}", schedule=f"schedule/{at}", **ways))
        one.put(Number(id=at, name="x", e164=number(at), is_main=at == 1), NumberFlow(id=at, entry=f"timeswitch/{at}"))
    one.publish()
    return one


def number(at: int) -> str:
    """Return the number that leads to a schedule."""
    return f"+4640622{at:04}"


class Oracle:
    """What each number answers at a moment: painted minutes, and what is forced by hand before them."""

    def __init__(self, one: Company, forced: dict[int, Override]) -> None:
        """Paint every schedule."""
        self._forced = forced
        self._painted = {at: intervals(self._schedule(one, at)) for at in range(1, SCHEDULES + 1)}
        self._sounds = {key: part.narrow for key, part in one.objects.items() if isinstance(part, objects.Prompt)}

    @staticmethod
    def _schedule(one: Company, at: int) -> Schedule:
        found = one.objects[f"schedule/{at}"]
        assert isinstance(found, Schedule)
        return found

    def said(self, at: int, moment: datetime) -> Answer:
        """Return the state, the rule and the prompt in force."""
        forced = self._forced.get(at)
        if forced and moment < forced.until:
            return forced.state, "override", forced.prompt
        runs = self._painted[at]
        minute = (moment - START) // timedelta(minutes=1)
        return runs[bisect_right(runs, minute, key=lambda run: run[0]) - 1][1]

    def sound(self, at: int, moment: datetime) -> tuple[str, str]:
        """Return the state, and the sound a caller hears first: the rule's own, else the state's announcement."""
        state, _rule, prompt = self.said(at, moment)
        return state, self._sounds[prompt or f"prompt/{11 + STATES.index(state)}"]


@pytest.fixture
def node(tmp_path: Path) -> Iterator[NodeProcess]:
    """A node without its Asterisk, whose portal does not answer."""
    settings = msgspec.structs.replace(settings_in(tmp_path), portal="http://127.0.0.1:1")
    made = NodeProcess(settings)
    made.start()
    yield made
    made.stop()


def ask(http: httpx.Client, at: int, moment: datetime) -> tuple[str, str]:
    """Ask as the dialplan does for a call as of a moment; return action and sound."""
    now = int(time.time())
    call = Call(
        customer=CUSTOMER, place=f"number/{at}", number=number(at), joined_at=now, offset=int(moment.timestamp()) - now
    )
    form = {"nonce": "4711.1", "id": "c", "call": pack(call)}
    try:
        answer = http.post("/ask", data=form)
    except httpx.RemoteProtocolError:  # the door may close a connection between two calls; libcurl asks again then
        answer = http.post("/ask", data=form)
    nonce, action, sound, *_rest, again = answer.text.split("|")
    assert nonce == again == "4711.1", answer.text
    assert (action, sound) != ("hangup", str(CAUSES["unallocated"]))
    return action, sound


@pytest.mark.slow
@pytest.mark.parametrize("night", NIGHTS)
def test_every_decision_of_72_hours_alone_is_right(node: NodeProcess, night: str) -> None:
    one, change = company(node), NIGHTS[night]
    first = change - timedelta(hours=HOURS / 2)
    forced = {
        1: Override(state="closed", until=change + timedelta(minutes=30)),
        2: Override(state="open", until=change - timedelta(minutes=30)),
    }
    for at, value in forced.items():
        order = Order(kind="override", subject=f"schedule/{at}", value=value)
        answer = node.wire.http.post(
            f"/v1/customers/{CUSTOMER}/live", content=msgspec.json.encode(Command(id=f"c{at}", order=order))
        )
        assert answer.status_code == 200, answer.text
    oracle, dice, seen = Oracle(one, forced), random.Random(night), Counter[str]()
    with httpx.Client(base_url=f"http://127.0.0.1:{node.settings.ask_port}", timeout=20, trust_env=False) as http:
        for count in range(DECISIONS):
            if count == DECISIONS // 2:
                node.send(signal.SIGKILL)
                node.start()
            at = dice.randint(1, SCHEDULES)
            near = dice.random() < 0.4
            minutes = dice.randrange(-120, 120) + HOURS * 30 if near else dice.randrange(HOURS * 60)
            moment = first + timedelta(minutes=minutes, seconds=dice.randrange(5, 45))
            state, sound = oracle.sound(at, moment)
            assert ask(http, at, moment) == ("play", sound), (at, moment, oracle.said(at, moment))
            seen[state] += 1
    assert set(seen) == set(STATES)
