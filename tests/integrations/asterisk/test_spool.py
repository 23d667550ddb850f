"""Events and messages on their way to the portal: none lost, none held up by another, whatever dies."""

from __future__ import annotations

import asyncio
import itertools
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from integrations.asterisk import messages, spool, upstream
from integrations.asterisk.cel import CelFile
from integrations.asterisk.identity import is_portal
from integrations.asterisk.node import Node
from integrations.asterisk.portal import Portal, Unavailable
from integrations.asterisk.spool import Spool
from tenants.routing import objects
from tenants.routing.objects import Number
from tenants.routing.wire import Batch, Enrolled, Enrolment, Event, Receipt, Root, Roots, Stored
from tests.integrations.asterisk.exchange import NodeProcess, settings_in, until
from tests.integrations.switch.company import Company, identity
from tests.phones import tones

ROOT = Path(__file__).resolve().parents[3]


class StandIn:
    """A portal of its own small world: stores what nodes hand over, and can be away, refuse, or want things."""

    def __init__(self) -> None:
        """Be away for nobody, refuse nothing."""
        self.who, self.events, self.messages = identity(), dict[tuple[str, int], Event](), dict[str, bytes]()
        self.away, self.chokes_on, self.batches = False, "", 0
        self.receipts: list[Receipt] = []
        self.company: Company | None = None
        self.sounds: dict[str, bytes] = {}
        self.codes = {"one-time"}

    def app(self) -> Starlette:
        """Return the portal's switch API."""
        at = "/api/switch/v1"
        routes = [
            Route(f"{at}/enrol", self._enrol, methods=["POST"]),
            Route(f"{at}/events", self._events, methods=["POST"]),
            Route(f"{at}/receipts", self._receipts, methods=["POST"]),
            Route(f"{at}/roots", self._roots),
            Route(f"{at}/blobs/{{name}}", self._blob),
            Route(f"{at}/customers/{{customer}}/snapshot", self._snapshot),
            Route(f"{at}/customers/{{customer}}/config", self._config),
            Route(
                f"{at}/customers/{{customer}}/mailboxes/{{mailbox}}/messages/{{name}}", self._message, methods=["PUT"]
            ),
        ]
        return Starlette(routes=routes)

    def _known(self, request: Request) -> bool:
        return not self.away and request.headers.get("authorization") == f"Bearer {self.who.token_of_node}"

    async def _enrol(self, request: Request) -> Response:
        wanted = msgspec.json.decode(await request.body(), type=Enrolment)
        if self.away or wanted.code not in self.codes:
            return Response(status_code=503 if self.away else 422)
        self.codes.remove(wanted.code)
        return Response(msgspec.json.encode(self.who))

    async def _events(self, request: Request) -> Response:
        batch = msgspec.json.decode(await request.body(), type=Batch)
        self.batches += 1
        if not self._known(request):
            return Response(status_code=503)
        if self.chokes_on and any(self.chokes_on.encode() in bytes(event) for event in batch.events):
            return Response(status_code=422)
        for raw in batch.events:
            event = msgspec.json.decode(raw, type=Event)
            self.events[event.boot, event.seq] = event
        return Response(msgspec.json.encode(Stored(stored=len(batch.events))), 202)

    async def _receipts(self, request: Request) -> Response:
        self.receipts += msgspec.json.decode(await request.body(), type=list[Receipt])
        return Response(status_code=202)

    async def _roots(self, request: Request) -> Response:
        if not self._known(request) or self.company is None:
            return Response(status_code=503)
        push = self.company.snapshot(self.company.generation)
        wanted = Root(customer=push.customer, epoch=push.epoch, generation=push.generation, root=push.root)
        return Response(msgspec.json.encode(Roots(roots=(wanted,))))

    async def _snapshot(self, _: Request) -> Response:
        assert self.company is not None
        return Response(msgspec.json.encode(self.company.snapshot(self.company.generation)))

    async def _config(self, _: Request) -> Response:
        assert self.company is not None
        return Response(msgspec.json.encode(self.company.delta()))

    async def _blob(self, request: Request) -> Response:
        return Response(self.sounds[request.path_params["name"]])

    async def _message(self, request: Request) -> Response:
        body = await request.body()
        if not self._known(request):
            return Response(status_code=503)
        self.messages[request.path_params["name"]] = body
        return Response(status_code=204)


@pytest.fixture
def portal() -> Iterator[tuple[StandIn, str]]:
    """A stand-in portal and its address."""
    stand_in = StandIn()
    server = uvicorn.Server(uvicorn.Config(stand_in.app(), port=0, log_level="warning", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield stand_in, f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(5)


def fill(folder: Path, count: int) -> Spool:
    """Return a spool with so many events."""
    filled = Spool(folder)
    for at in range(count):
        filled.append("call.step", 1, f"call-{at}", {"at": at})
    filled.sync()
    return filled


async def drain(filled: Spool, address: str, who: Enrolled) -> int:
    """Deliver until nothing is left; return how many were."""
    portal, total = Portal(address, who), 0
    while sent := await upstream.deliver_events(filled, portal):
        total += sent
    await portal.close()
    return total


def test_events_are_kept_until_the_portal_has_them(portal: tuple[StandIn, str], tmp_path: Path) -> None:
    stand_in, address = portal
    filled = fill(tmp_path, 1200)
    stand_in.away = True
    with pytest.raises(Unavailable):
        asyncio.run(drain(filled, address, stand_in.who))
    assert filled.waiting == 1200
    stand_in.away = False
    assert asyncio.run(drain(filled, address, stand_in.who)) == 1200
    assert filled.waiting == 0
    assert [event.data["at"] for event in stand_in.events.values()] == list(range(1200))
    assert asyncio.run(drain(filled, address, stand_in.who)) == 0


def test_one_poisoned_event_holds_up_no_other(portal: tuple[StandIn, str], tmp_path: Path) -> None:
    stand_in, address = portal
    filled = fill(tmp_path, 700)
    stand_in.chokes_on = '"call-333"'
    assert asyncio.run(drain(filled, address, stand_in.who)) == 700
    assert len(stand_in.events) == 699
    assert b"call-333" in (tmp_path / "refused").read_bytes()


def test_segments_are_deleted_only_when_confirmed(
    portal: tuple[StandIn, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in, address = portal
    monkeypatch.setattr(spool, "SEGMENT_BYTES", 20_000)
    filled = fill(tmp_path, 800)
    before = len(list(tmp_path.glob("*.jsonl")))
    assert before > 5
    asyncio.run(upstream_once(filled, address, stand_in.who))
    half = len(list(tmp_path.glob("*.jsonl")))
    assert 1 < half < before
    filled.close()
    again = Spool(tmp_path)
    assert again.waiting == 300
    assert asyncio.run(drain(again, address, stand_in.who)) == 300
    assert len(list(tmp_path.glob("*.jsonl"))) == 1
    assert len(stand_in.events) == 800


async def upstream_once(filled: Spool, address: str, who: Enrolled) -> None:
    """Deliver one batch."""
    portal = Portal(address, who)
    await upstream.deliver_events(filled, portal)
    await portal.close()


def test_a_torn_line_is_left_out_and_a_new_boot_goes_on(tmp_path: Path) -> None:
    fill(tmp_path, 3).close()
    path = next(tmp_path.glob("*.jsonl"))
    with path.open("ab") as file:
        file.write(b'{"event":{"boot":"x","se')
    again = Spool(tmp_path)
    again.append("registration", 1)
    again.sync()
    events, _ = again.batch(10)
    assert len(events) == 4
    assert len({msgspec.json.decode(event)["boot"] for event in events}) == 2


WRITER = """
import sys
from pathlib import Path
from integrations.asterisk.spool import Spool
spool = Spool(Path(sys.argv[1]))
while True:
    event = spool.append("call.step", 1, "x" * 200)
    sys.stdout.write(f"{event.boot} {event.seq}\\n")
    sys.stdout.flush()
"""


def test_what_was_appended_survives_kill_9(tmp_path: Path) -> None:
    for _ in range(3):
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE, cwd=ROOT
        ) as writer:
            assert writer.stdout is not None
            said = [writer.stdout.readline() for _ in range(400)]
            os.kill(writer.pid, signal.SIGKILL)
            said += writer.stdout.read().splitlines(keepends=True)
        boot, seq = [line for line in said if line.endswith(b"\n")][-1].decode().split()
        kept = {(event["boot"], event["seq"]) for event in map(msgspec.json.decode, Spool(tmp_path).batch(10**6)[0])}
        assert {(boot, number) for number in range(1, int(seq) + 1)} <= kept


CEL = (
    'started|{at}|PJSIP/trunk-00000000|{id}|{id}|7|{{"extra":"number=+46406221000 caller="}}\n'
    "BRIDGE_ENTER|{at}|PJSIP/t7-1-0-00000001|{id}b|{id}|7|{{}}\n"
    'HANGUP|{at}|PJSIP/trunk-00000000|{id}|{id}|7|{{"hangupcause":16}}\n'
    "LINKEDID_END|{at}|PJSIP/trunk-00000000|{id}|{id}|7|\n"
)


def test_asterisks_event_file_is_told_once_however_often_the_node_dies(tmp_path: Path) -> None:
    path, folder = tmp_path / "events.csv", tmp_path / "spool"
    text = "".join(CEL.format(at=1000 + at, id=f"c{at}") for at in range(20)).encode()
    cuts = sorted({0, 1, 57, 300, 301, len(text) // 2, len(text) - 1, len(text)})
    for begin, end in itertools.pairwise(cuts):
        with path.open("ab") as file:
            file.write(text[begin:end])
        reader = Spool(folder)
        CelFile(path, reader).poll()
    events = [msgspec.json.decode(raw, type=Event) for raw in Spool(folder).batch(10**6)[0]]
    for kind in ("call.started", "call.answered", "call.ended"):
        assert [event.call for event in events if event.kind == kind] == [f"c{at}" for at in range(20)]
    ended = [event for event in events if event.kind == "call.ended"]
    assert all(event.customer == 7 and event.data["cause"] == 16 and event.data["answers"] == 1 for event in ended)


def said(
    kind: str, at: int, call: str, extra: str = "", channel: str = "PJSIP/trunk-00000000", unique: str = ""
) -> str:
    return f'{kind}|{at}|{channel}|{unique or call}|{call}|7|{{"extra":"{extra}"}}\n'


def test_how_long_callers_stood_in_line_and_how_it_ended_is_told_once(tmp_path: Path) -> None:
    lines = [
        said("started", 100, "a"), said("queued", 100, "a", "group=7_3"), said("queued", 400, "a", "group=7_3"),
        said("BRIDGE_ENTER", 409, "a", channel="Local/7_1@ring-00000001;1", unique="a1"),
        said("BRIDGE_ENTER", 410, "a", channel="PJSIP/t7-1-0-00000001", unique="a2"), said("LINKEDID_END", 430, "a"),
        said("started", 100, "b"), said("queued", 101, "b", "group=7_3"),
        said("unqueued", 131, "b", "result=TIMEOUT"), said("queued", 132, "b", "group=7_4"),
        said("LINKEDID_END", 140, "b"),
        said("started", 100, "c"), said("queued", 100, "c", "group=7_3"), said("queued", 105, "c", "group=7_4"),
        said("queued", 110, "nobody", "group=7_3"), said("unqueued", 111, "nobody", "result=FULL"),
    ]  # fmt: skip
    path, told = tmp_path / "events.csv", Spool(tmp_path / "spool")
    path.write_text("".join(lines))
    CelFile(path, told).poll()
    told.sync()
    events = [msgspec.json.decode(raw, type=Event) for raw in told.batch(10**6)[0]]
    assert [(event.call, event.data) for event in events if event.kind == "queue.left"] == [
        ("a", {"group": 3, "result": "answered", "seconds": 310}),
        ("b", {"group": 3, "result": "timeout", "seconds": 30}),
        ("b", {"group": 4, "result": "abandoned", "seconds": 8}),
        ("c", {"group": 3, "result": "moved", "seconds": 5}),
    ]
    assert [event.call for event in events if event.kind == "queue.joined"] == ["a", "b", "b", "c", "c"]
    assert [event.data["device"] for event in events if event.kind == "call.answered"] == ["t7-1-0"]


def test_a_full_event_file_is_set_aside_and_lost_to_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("integrations.asterisk.cel.ROTATE_BYTES", 1000)
    path, told = tmp_path / "events.csv", Spool(tmp_path / "spool")
    reader = CelFile(path, told)
    for at in range(40):
        with path.open("ab") as file:
            file.write(CEL.format(at=1000, id=f"c{at}").encode())
        reader.poll()
    while reader.poll():
        pass
    told.sync()
    ended = [event for event in map(msgspec.json.decode, told.batch(10**6)[0]) if event["kind"] == "call.ended"]
    assert [event["call"] for event in ended] == [f"c{at}" for at in range(40)]
    assert sum(file.stat().st_size for file in tmp_path.glob("events.csv*")) < 2500


def test_a_message_of_a_killed_asterisk_gets_its_true_length(tmp_path: Path) -> None:
    whole = tones.wav(440, 2.0)
    path = tmp_path / "7_1_46701234567_1000_node-1.0.wav"
    path.write_bytes(whole[:4] + b"\0\0\0\0" + whole[8:40] + b"\0\0\0\0" + whole[44:])
    (tmp_path / "7_1__1000_node-1.1.wav").write_bytes(whole[:1000])
    outbox, told = tmp_path / "outbox", Spool(tmp_path / "spool")
    outbox.mkdir()
    done = [messages.finish(message, outbox, told) for message in messages.recorded(tmp_path)]
    kept = [message for message in done if message]
    assert len(kept) == 1
    assert kept[0].caller == "+46701234567"
    assert len(tones.read_wav(kept[0].path)) == 16000
    told.sync()
    assert len(told.batch(10)[0]) == 1


def test_a_node_enrols_catches_up_and_delivers(portal: tuple[StandIn, str], tmp_path: Path) -> None:
    stand_in, address = portal
    settings = msgspec.structs.replace(settings_in(tmp_path), portal=address, code="one-time")
    node = NodeProcess(settings)
    (tmp_path / "identity.json").unlink()
    node.wire.http.headers["Authorization"] = f"Bearer {stand_in.who.token_of_portal}"
    node.wire.who = stand_in.who
    company = stand_in.company = Company(node.wire, 3)
    company.put(Number(id=1, name="x", e164="+46406221000"))
    company.person(1, "1001")
    narrow, wide = tones.wav(600), tones.wav(601)
    names = (objects.digest(narrow), objects.digest(wide))
    stand_in.sounds = {names[0]: narrow, names[1]: wide}
    company.put(objects.Prompt(id=1, name="Hej", narrow=names[0], wide=names[1], milliseconds=1000))
    company.generation = 4
    settings.outbox.mkdir(parents=True, exist_ok=True)
    (settings.outbox / "3_1_46701234567_1000_node-1.0.wav").write_bytes(tones.wav(440, 2.0))
    stand_in.away = True
    node.start_process()
    time.sleep(1.0)
    stand_in.away = False
    until(lambda: stand_in.receipts, 20)
    assert (stand_in.receipts[0].customer, stand_in.receipts[0].generation) == (3, 4)
    assert stand_in.codes == set()
    assert (tmp_path / "identity.json").stat().st_mode & 0o077 == 0
    until(lambda: stand_in.messages)
    until(lambda: not list(settings.outbox.glob("*.wav")))
    assert tones.has(tones.read_wav(next(iter(stand_in.messages.values()))), 440)
    node.stop()
    company.pushed = dict(company.objects)
    company.person(2, "1002")
    delta = company.delta()
    company.generation = 5
    company.delta = lambda: delta  # type: ignore[method-assign]
    node.start()
    until(lambda: len(stand_in.receipts) > 1, 20)
    assert stand_in.receipts[1].generation == 5
    node.stop()


def test_a_node_without_an_identity_hears_nobody(tmp_path: Path) -> None:
    node = Node(settings_in(tmp_path))
    assert node.enrolled is None
    assert not is_portal(None, "")
    assert not is_portal(None, "Bearer ")
    node.spool.close()
