"""The door nodes come in by: who gets in, and to what."""

from __future__ import annotations

import json
import struct
import time
import uuid
from datetime import timedelta

import msgspec
import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from tenants.customers import scope
from tenants.mailboxes.models import Message
from tenants.nodes.models import Node, Placement, Receipt
from tenants.nodes.queries import portal_token
from tenants.onboarding.actions import make_customer
from tenants.routing import objects, wire
from tests.factories import cast as factories
from tests.factories import flow
from tests.integrations.switch.conftest import World, enrol

API = "/api/switch/v1"
pytestmark = pytest.mark.django_db(transaction=True)


class Caller:
    """A node's end of the portal's API."""

    def __init__(self, token: str = "") -> None:
        self.http = Client(headers={"Authorization": f"Bearer {token}"} if token else {})

    def get(self, path: str, status: int = 200) -> bytes:
        """Return the body of an answer that must have this status."""
        answer = self.http.get(API + path)
        assert answer.status_code == status, answer.content
        return answer.content

    def post(self, path: str, value: object, status: int = 200) -> bytes:
        """Send a value of the wire, or bytes as they are."""
        body = value if isinstance(value, bytes) else msgspec.json.encode(value)
        answer = self.http.post(API + path, body, content_type="application/json")
        assert answer.status_code == status, answer.content
        return answer.content

    def put(self, path: str, body: bytes, headers: dict[str, str] | None = None, status: int = 204) -> bytes:
        """Send a sound."""
        answer = self.http.put(API + path, body, content_type="audio/wav", headers=headers or {})
        assert answer.status_code == status, answer.content
        return answer.content


@pytest.fixture
def ours(world: World) -> Caller:
    """The node that serves both customers."""
    assert world.memory.enrolled is not None
    return Caller(world.memory.enrolled.token_of_node)


@pytest.fixture
def theirs(world: World) -> Caller:
    """Another node, with a customer of its own."""
    other = factories.node("vaxel-2")
    who = enrol(other, "http://127.0.0.1:9")
    make_customer(name="Fjället", slug="fjallet", node=other)
    return Caller(who.token_of_node)


def code_of(name: str = "vaxel-9") -> str:
    """Return a one-time code as staff get it."""
    from io import StringIO

    out = StringIO()
    call_command("enrol_node", name, stdout=out)
    return out.getvalue().strip()


def test_a_code_lets_a_node_in_once(world: World) -> None:
    code = code_of()
    asked = wire.Enrolment(code=code, url="http://127.0.0.1:8100", boot="b1")
    made = msgspec.json.decode(Caller().post("/enrol", asked), type=wire.Enrolled)
    assert made.portal == "tests"
    assert Caller(made.token_of_node).get("/roots") == b'{"roots":[]}'
    assert msgspec.json.decode(Caller().post("/enrol", asked, 403), type=wire.Refusal).code == "bad_code"
    with scope.wide("portal_staff"):
        row = Node.objects.get(name="vaxel-9")
    assert (row.url, row.boot, row.code_hash) == ("http://127.0.0.1:8100", "b1", "")
    assert portal_token(row) == made.token_of_portal
    stored = json.dumps({f.name: str(getattr(row, f.name)) for f in Node._meta.fields})
    for secret in (made.token_of_node, made.token_of_portal, made.sealing_key, code):
        assert secret not in stored


def test_a_code_ends_after_a_day(world: World) -> None:
    code = code_of()
    with scope.wide("portal_staff"):
        Node.objects.filter(name="vaxel-9").update(code_until=timezone.now() - timedelta(seconds=1))
    Caller().post("/enrol", wire.Enrolment(code=code, url="http://127.0.0.1:8100", boot="b1"), 403)


def test_a_new_code_leaves_the_old_identity_until_it_is_used(world: World, ours: Caller) -> None:
    code = code_of("vaxel-1")
    ours.get("/roots")
    made = Caller().post("/enrol", wire.Enrolment(code=code, url=world.url, boot="b2"))
    ours.get("/roots", 401)
    Caller(msgspec.json.decode(made, type=wire.Enrolled).token_of_node).get("/roots")


@pytest.mark.parametrize(
    "url", ["", "ftp://x", "http://", "http://a:b@c", "http://x/path", "http://x?y", "http://x:99999", "http://å.se",
            "http://x\n", "http://x:0", "http://" + "x" * 300]
)  # fmt: skip
def test_an_address_that_is_none_lets_nobody_in_and_spends_no_code(url: str, world: World) -> None:
    code = code_of()
    Caller().post("/enrol", wire.Enrolment(code=code, url=url, boot="b"), 422)
    Caller().post("/enrol", wire.Enrolment(code=code, url="https://node.example:8100", boot="b"))


@pytest.mark.parametrize("token", ["", "x", "Bearer", "å", "0" * 5000])
def test_nobody_else_gets_in(token: str, world: World) -> None:
    for caller in (Caller(token), Caller()):
        caller.http.cookies.clear()
        for path in ("/roots", f"/customers/{world.cast.norrsken.pk}/snapshot", "/blobs/x"):
            caller.get(path, 401)
        caller.post("/events", wire.Batch(events=()), 401)
    staff = Client()
    staff.force_login(world.cast.sam)
    assert staff.get(API + "/roots").status_code == 401


def test_a_wrong_method_is_refused(ours: Caller) -> None:
    ours.post("/roots", b"", 405)


def test_config_snapshot_and_roots_are_what_the_pusher_would_send(world: World, ours: Caller) -> None:
    customer = world.cast.norrsken.pk
    world.save("Huvudnummer")
    world.save("Lager")
    whole = msgspec.json.decode(ours.get(f"/customers/{customer}/snapshot"), type=wire.Push)
    part = msgspec.json.decode(ours.get(f"/customers/{customer}/config?since=1"), type=wire.Push)
    assert (whole.base, len(whole.changes)) == (None, 2)
    assert (part.base, len(part.changes)) == (1, 1)
    roots = msgspec.json.decode(ours.get("/roots"), type=wire.Roots).roots
    assert roots == (wire.Root(customer=customer, epoch=1, generation=2, root=whole.root),)
    assert isinstance(world.memory.push(whole, 0.0), wire.Receipt)
    gap = msgspec.json.decode(ours.get(f"/customers/{customer}/config?since=9", 409), type=wire.Conflict)
    assert (gap.code, gap.generation) == ("gap", 2)
    for since in ("", "-1", "x", "9" * 40, "١"):
        ours.get(f"/customers/{customer}/config?since={since}", 422)


def test_another_nodes_customer_does_not_exist(world: World, theirs: Caller) -> None:
    customer = world.cast.norrsken.pk
    world.save()
    with scope.customer(customer):
        sha256 = flow.sound(customer, "Hej").sha256
        box = flow.mailbox(customer).pk
    for path in (f"/customers/{customer}/snapshot", f"/customers/{customer}/config?since=0", f"/blobs/{sha256}"):
        theirs.get(path, 404)
    assert theirs.get("/roots") == b'{"roots":[]}'
    headers = {"X-Caller": "+46701740605", "X-Recorded-At": "1800000000"}
    theirs.put(f"/customers/{customer}/mailboxes/{box}/messages/{uuid.uuid4()}", wav(), headers, 404)
    with scope.customer(customer):
        assert Message.objects.count() == 0


def test_a_sound_is_given_to_the_node_whose_customer_has_it(world: World, ours: Caller) -> None:
    customer = world.cast.norrsken.pk
    with scope.customer(customer):
        sound = flow.sound(customer, "Hej")
    assert ours.get(f"/blobs/{sound.sha256}") == bytes(sound.wav)
    ours.get("/blobs/" + "0" * 64, 404)


def told(world: World, **other: object) -> wire.Receipt:
    """Return the receipt the node would give for what is desired, but for these values."""
    publication = world.publication()
    right = {"customer": publication.customer_id, "epoch": 1, "generation": publication.generation,
             "root": publication.root, "effective_at": time.time(), "milliseconds": 3.5}  # fmt: skip
    return wire.Receipt(**{**right, **other})  # type: ignore[arg-type]


def test_a_receipt_the_node_brings_itself_counts(world: World, ours: Caller) -> None:
    world.save()
    ours.post("/receipts", [told(world)], 202)
    ours.post("/receipts", [told(world)], 202)
    assert [receipt.milliseconds for receipt in world.receipts()] == [3.5]
    assert world.due() == 0


def test_a_receipt_for_another_nodes_customer_is_refused_and_the_others_are_kept(
    world: World, ours: Caller, theirs: Caller, caplog: pytest.LogCaptureFixture
) -> None:
    world.save()
    theirs.post("/receipts", [told(world)], 404)
    assert "switch.receipts.refused" in caplog.text
    assert world.receipts() == []
    assert world.placement().generation == 0
    ours.post("/receipts", [told(world, customer=10**6), told(world)], 404)
    assert len(world.receipts()) == 1


@pytest.mark.parametrize("lie", [{"generation": 7}, {"root": "0" * 64}, {"effective_at": -1.0}, {"effective_at": 1e300},
                                 {"epoch": 5}])  # fmt: skip
def test_a_receipt_for_something_that_never_was_is_refused(lie: dict[str, object], world: World, ours: Caller) -> None:
    world.save()
    ours.post("/receipts", [told(world, **lie)], 404)
    assert world.receipts() == []
    assert world.placement().generation == 0


def test_nonsense_is_a_refusal_and_changes_nothing(world: World, ours: Caller) -> None:
    for path in ("/receipts", "/events", "/enrol"):
        for body in (b"", b"null", b"{", b"[" * 100_000, b'{"events": 1}', b"\xff\xfe"):
            answer = ours.post(path, body, 422)
            assert msgspec.json.decode(answer, type=wire.Refusal).code == "bad_body"
        ours.post(path, b" " * 4_000_001, 413)
    with scope.customer(world.cast.norrsken.pk):
        assert Receipt.objects.count() == 0


def wav(seconds: float = 1.0, rate: int = 8000) -> bytes:
    """Return a mono 16-bit WAV."""
    data = b"\x10\x00" * round(rate * seconds)
    head = struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + len(data), b"WAVE", b"fmt ", 16, 1, 1, rate, rate * 2, 2, 16,
                       b"data", len(data))  # fmt: skip
    return head + data


def test_a_message_is_stored_once_however_often_it_comes(world: World, ours: Caller) -> None:
    customer, name = world.cast.norrsken.pk, uuid.uuid4()
    with scope.customer(customer):
        box = flow.mailbox(customer).pk
    path = f"/customers/{customer}/mailboxes/{box}/messages/{name}"
    headers = {"X-Caller": "+46701740605", "X-Recorded-At": "1800000000"}
    for _ in range(3):
        ours.put(path, wav(), headers)
    with scope.customer(customer):
        [message] = Message.objects.all()
        assert (message.uuid, message.caller, message.left_at.timestamp()) == (name, "+46701740605", 1_800_000_000)


def test_a_message_that_cannot_be_one_is_refused_and_nothing_is_half_stored(world: World, ours: Caller) -> None:
    customer = world.cast.norrsken.pk
    with scope.customer(customer):
        box = flow.mailbox(customer).pk
    path = f"/customers/{customer}/mailboxes/{box}/messages/{uuid.uuid4()}"
    good = {"X-Caller": "", "X-Recorded-At": "1800000000"}
    ours.put(path, b"#EXTM3U\nhttp://127.0.0.1/", good, 422)
    ours.put(path, b"", good, 422)
    ours.put(path, wav(), status=422)
    ours.put(path, wav(), {**good, "X-Recorded-At": "igår"}, 422)
    ours.put(path, b"\0" * 24_000_001, good, 413)
    ours.put(f"/customers/{customer}/mailboxes/{box + 999}/messages/{uuid.uuid4()}", wav(), good, 422)
    with scope.customer(customer):
        assert Message.objects.count() == 0
    ours.put(path, wav(), good)


def test_a_node_that_speaks_has_been_seen(world: World, ours: Caller) -> None:
    with scope.wide("portal_staff"):
        Node.objects.update(last_seen_at=None)
    ours.get("/roots")
    with scope.wide("portal_staff"):
        seen = Node.objects.get(pk=world.cast.node.pk).last_seen_at
    assert seen is not None
    assert timezone.now() - seen < timedelta(seconds=5)


def test_a_standby_may_fetch_too(world: World) -> None:
    spare = factories.node("vaxel-2")
    who = enrol(spare, "http://127.0.0.1:9")
    with scope.customer(world.cast.norrsken.pk):
        Placement.objects.create(customer=world.cast.norrsken, node=spare, role=Placement.Role.STANDBY)
    world.save()
    push = msgspec.json.decode(
        Caller(who.token_of_node).get(f"/customers/{world.cast.norrsken.pk}/snapshot"), type=wire.Push
    )
    assert objects.decode(bytes(push.changes[0].body)).id > 0
