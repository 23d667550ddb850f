"""The hub: at once when alone, ever more rarely in a flood, never more than the topics, and nobody else's."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine
from itertools import pairwise
from typing import Any

import pytest

from portal.streams import app
from portal.streams.hub import LONGEST_PAUSE, Hub, Listener
from tenants.customers.news import TOPICS


def alone(test: Callable[[Hub], Coroutine[Any, Any, None]]) -> Callable[[], None]:
    """Run a test with a hub in a loop of its own, in a thread that has none."""

    def run() -> None:
        failures: list[BaseException] = []

        def inside() -> None:
            try:
                asyncio.run(test(Hub()))
            except BaseException as failure:
                failures.append(failure)

        thread = threading.Thread(target=inside)
        thread.start()
        thread.join()
        if failures:
            raise failures[0]

    run.__name__, run.__doc__ = test.__name__, test.__doc__
    return run


async def heard(listener: Listener, seconds: float) -> list[tuple[float, bytes]]:
    """Return what a listener that reads at once is told, and when."""
    began, found = time.monotonic(), []
    while (left := began + seconds - time.monotonic()) > 0:
        try:
            await asyncio.wait_for(listener.wake.wait(), left)
        except TimeoutError:
            break
        found.append((time.monotonic() - began, listener.taken()))
    return found


@alone
async def test_what_happens_alone_is_told_at_once_and_only_to_its_customer(hub: Hub) -> None:
    with hub.joined(1) as mine, hub.joined(2) as theirs:
        mine.taken()
        theirs.taken()
        hub.tell(1, ("live",))
        assert mine.taken() == b"event: live\ndata: live\n\n"
        assert theirs.taken() == b""
        assert not theirs.wake.is_set()


@alone
async def test_a_page_begins_with_everything(hub: Hub) -> None:
    with hub.joined(1) as listener:
        text = listener.taken().decode()
    assert [line for line in text.splitlines() if line.startswith("event")] == [f"event: {topic}" for topic in TOPICS]


@pytest.mark.slow
@alone
async def test_a_flood_is_told_once_a_second_and_its_last_word_is_told(hub: Hub) -> None:
    with hub.joined(1) as listener:
        listener.taken()
        reading = asyncio.create_task(heard(listener, 4.5))
        for _ in range(300):
            hub.tell(1, ("release",))
            await asyncio.sleep(0.01)
        last = time.monotonic()
        told = await reading
    assert 4 <= len(told) <= 9
    assert told[0][0] < 0.05
    late = [at for at, _text in told][-3:]
    assert all(after - before > LONGEST_PAUSE * 0.7 for before, after in pairwise(late))
    assert time.monotonic() - last < 4.5


@alone
async def test_after_a_rest_it_is_told_at_once_again(hub: Hub) -> None:
    with hub.joined(1) as listener:
        listener.taken()
        for _ in range(5):
            hub.tell(1, ("live",))
        await asyncio.sleep(0.6)
        listener.taken()
        hub.tell(1, ("live",))
        assert b"live" in listener.taken()


@alone
async def test_a_slow_reader_is_never_more_than_its_topics(hub: Hub) -> None:
    with hub.joined(1) as slow:
        for number in range(2000):
            hub.tell(1, (TOPICS[number % len(TOPICS)],))
            if number % 200 == 0:
                await asyncio.sleep(0.01)
        await asyncio.sleep(0.5)
        assert slow.pending == set(TOPICS)
        assert len(slow.taken()) < 100


@alone
async def test_who_has_left_is_forgotten(hub: Hub) -> None:
    for _ in range(100):
        with hub.joined(1), hub.joined(2):
            hub.tell(1)
    assert hub._customers == {}


@alone
async def test_a_reader_that_takes_nothing_holds_up_no_other(hub: Hub) -> None:
    stuck, read = asyncio.Event(), []

    async def never(message: Any) -> None:
        if message["type"] == "http.response.body":
            await stuck.wait()

    async def reads(message: Any) -> None:
        read.append(message.get("body", b""))

    async def stays() -> bool:
        return True

    with hub.joined(1) as slow, hub.joined(1) as quick:
        tasks = [asyncio.create_task(app._stream(who, stays, send)) for who, send in ((slow, never), (quick, reads))]
        await asyncio.sleep(0.05)
        hub.tell(1, ("live",))
        await asyncio.sleep(0.05)
        assert read[-1] == b"event: live\ndata: live\n\n"
        hub.end_all("stopping")
        stuck.set()
        await asyncio.gather(*tasks)


@pytest.mark.parametrize("payload", ["", "1", "1 nonsense", "x live", "beat 1", "1 live x", "-1 live"])
def test_what_is_no_news_is_left(payload: str) -> None:
    from portal.streams import source

    source._pass_on(payload, Hub())
