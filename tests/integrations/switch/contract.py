"""What it means to be a switch node: every node passes these, over HTTP, whatever the switch behind it.

A test module makes a class of ``Contract`` and gives it the fixture ``wire``, the portal's end of the wire to a
fresh or used node; every test is a customer of its own.
"""

from __future__ import annotations

import itertools
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import httpx
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tenants.routing import objects, root
from tenants.routing.objects import Announcement, External, Mailbox, Number, NumberFlow
from tenants.routing.wire import Change, Conflict, Health, Push, Receipt, Refusal, Roots, TestCall
from tests.integrations.switch.company import Company, Wire, change, seal
from tests.phones import tones

_numbers = itertools.count(100)
_replace = msgspec.structs.replace


def with_change(push: Push, extra: Change) -> Push:
    """Return a push with one more change."""
    return _replace(push, changes=(*push.changes, extra))


def raw(key: str, body: bytes, sha256: str | None = None) -> Change:
    """Return a change with any bytes in it."""
    return Change(key=key, sha256=sha256 or objects.digest(body), body=msgspec.Raw(body))


POISONED = [
    ("bad_object", raw("menu/9", b'{"id":9,"kind":"menu"}')),
    ("bad_object", raw("menu/9", b'{"id":9,"kind":"wormhole","name":""}')),
    ("bad_object", raw("mailbox/9", b'{"id":9,"kind":"mailbox","name":"x","evil":1}')),
    ("bad_object", raw("mailbox/9", b'{"id":"9","kind":"mailbox","name":"x"}')),
    ("wrong_key", raw("mailbox/8", objects.encode(Mailbox(id=9, name="x")))),
    ("wrong_key", raw("mailbox/0", objects.encode(Mailbox(id=0, name="x")))),
    ("hash_mismatch", raw("mailbox/9", objects.encode(Mailbox(id=9, name="x")), "0" * 64)),
    ("bad_change", Change(key="mailbox/9", sha256="0" * 64)),
    ("bad_number", change(Number(id=9, name="x", e164="0701234567"))),
    ("bad_number", change(External(id=9, name="x", e164="+46 70&PJSIP/evil"))),
    (
        "bad_username",
        change(
            objects.Person(
                id=9,
                name="x",
                extension="9",
                devices=(objects.Device(id=1, username="a&b,30", credential=objects.Credential(id=1, version=1)),),
            )
        ),
    ),
    (
        "bad_username",
        change(
            objects.Person(
                id=9,
                name="x",
                extension="9",
                devices=(objects.Device(id=1, username="trunk", credential=objects.Credential(id=1, version=1)),),
            )
        ),
    ),
    ("bad_extension", change(objects.Person(id=9, name="x", extension="10,Hangup()"))),
    ("bad_hash", change(objects.Prompt(id=9, name="x", narrow="../../etc/passwd", wide="0" * 64, milliseconds=1))),
]


class Contract:
    """The tests. Collected only through a subclass."""

    @pytest.fixture
    def company(self, wire: Wire) -> Company:
        """A customer with a number that leads to a mailbox and a person with a telephone; not pushed yet."""
        customer = next(_numbers)
        company = Company(wire, customer)
        company.put(Number(id=1, name="Huvudnummer", e164=f"+4640622{customer:04}", is_main=True))
        company.put(NumberFlow(id=1, entry="mailbox/1"), Mailbox(id=1, name="Gemensam"))
        company.person(1, "1001")
        return company

    def root_of(self, company: Company) -> tuple[int, int, str] | None:
        """Return what the node says is active for a customer."""
        found = msgspec.json.decode(company.wire.http.get("/v1/roots").content, type=Roots)
        match = [it for it in found.roots if it.customer == company.customer]
        return (match[0].epoch, match[0].generation, match[0].root) if match else None

    # --- who may speak --------------------------------------------------------------------------------------------

    @pytest.mark.parametrize("token", ["", "Bearer wrong", "Basic eA==", "Bearer " + "x" * 5000])
    def test_only_the_portal_is_heard(self, wire: Wire, token: str) -> None:
        stranger = httpx.Client(base_url=wire.http.base_url, headers={"Authorization": token}, trust_env=False)
        doors = [("GET", "/v1/health"), ("GET", "/v1/roots"), ("POST", "/v1/calls"), ("PUT", f"/v1/blobs/{'0' * 64}")]
        for method, path in [*doors, ("POST", "/v1/customers/1/push")]:
            assert stranger.request(method, path).status_code == 401

    def test_the_portal_with_a_nearly_right_token_is_not_heard(self, wire: Wire) -> None:
        near = wire.who.token_of_portal[:-1] + ("A" if wire.who.token_of_portal[-1] != "A" else "B")
        answer = wire.http.get("/v1/roots", headers={"Authorization": f"Bearer {near}"})
        assert answer.status_code == 401

    def test_health_counts_customers(self, wire: Wire, company: Company) -> None:
        before = msgspec.json.decode(wire.http.get("/v1/health").content, type=Health)
        company.publish()
        after = msgspec.json.decode(wire.http.get("/v1/health").content, type=Health)
        assert after.customers == before.customers + 1
        assert after.boot == before.boot != ""

    # --- order ----------------------------------------------------------------------------------------------------

    def test_a_snapshot_and_a_change_become_active(self, company: Company) -> None:
        assert self.root_of(company) is None
        first = company.publish()
        assert self.root_of(company) == (1, 1, first.root)
        company.put(Announcement(id=5, name="Stängt"))
        second = company.publish()
        assert self.root_of(company) == (1, 2, second.root)
        assert second.root != first.root
        assert abs(second.effective_at - time.time()) < 60
        assert second.milliseconds > 0

    def test_a_first_push_may_build_on_nothing(self, company: Company) -> None:
        push = _replace(company.snapshot(), base=0)
        assert isinstance(company.wire.push(push), Receipt)

    def test_an_object_can_be_removed(self, company: Company) -> None:
        before = company.publish()
        company.put(Announcement(id=5, name="Stängt"))
        company.publish()
        del company.objects["announcement/5"]
        assert company.publish().root == before.root

    def test_everything_can_be_removed(self, company: Company) -> None:
        company.publish()
        company.objects.clear()
        assert company.publish().root == root.root_of(root.EMPTY)

    def test_a_snapshot_of_nothing_of_the_same_generation_takes_the_customer_away(self, company: Company) -> None:
        """What a node that is left is given. Its numbers are free again, and it takes the customer back."""
        company.publish()
        nothing = _replace(company.snapshot(1), changes=(), secrets=(), root=root.root_of(root.EMPTY))
        assert isinstance(company.wire.push(nothing), Receipt)
        assert self.root_of(company) == (1, 1, nothing.root)
        other = Company(company.wire, next(_numbers))
        other.put(Number(id=4, name="Vårt", e164=f"+4640622{company.customer:04}"))
        other.publish()
        back = company.wire.push(company.snapshot(1))
        assert isinstance(back, Refusal)
        assert (back.code, back.key) == ("number_taken", "number/1")
        del company.objects["number/1"]
        assert isinstance(company.wire.push(company.snapshot(1)), Receipt)

    def test_a_change_of_hundreds_of_objects_is_one_change(self, company: Company) -> None:
        company.publish()
        for at in range(300):
            company.put(Announcement(id=at + 1, name=f"Besked {at}", next="mailbox/1"))
        company.person(2, "1002")
        company.publish()
        del company.objects["person/1"]
        for at in range(250):
            del company.objects[f"announcement/{at + 1}"]
        receipt = company.publish()
        assert self.root_of(company) == (1, 3, receipt.root)
        assert receipt.root == company.snapshot(3).root

    def test_in_a_large_push_too_the_object_at_fault_is_named_and_nothing_changes(self, company: Company) -> None:
        now = company.publish()
        for at in range(300):
            company.put(Announcement(id=at + 1, name=f"Besked {at}"))
        company.person(7, "1001")
        for push in (company.delta(), company.snapshot(2)):
            answer = company.wire.push(push)
            assert isinstance(answer, Refusal)
            assert answer.code == "extension_taken"
            assert answer.key in ("person/1", "person/7")
        assert self.root_of(company) == (1, 1, now.root)

    def test_the_same_push_again_gets_the_same_receipt(self, company: Company) -> None:
        push = company.snapshot()
        first, again = company.wire.push(push), company.wire.push(push)
        assert isinstance(first, Receipt)
        assert again == first

    def test_an_older_generation_is_refused(self, company: Company) -> None:
        old = company.snapshot()
        company.publish()
        company.put(Announcement(id=5, name="Stängt"))
        now = company.publish()
        for push in (old, _replace(old, base=0)):
            answer = company.wire.push(push)
            assert isinstance(answer, Conflict)
            assert (answer.code, answer.epoch, answer.generation, answer.root) == ("stale", 1, 2, now.root)
        assert self.root_of(company) == (1, 2, now.root)

    @pytest.mark.parametrize(("base", "generation"), [(2, 3), (0, 2), (1, 1), (7, 5), (-1, 2)])
    def test_a_change_on_another_base_is_a_gap(self, company: Company, base: int, generation: int) -> None:
        now = company.publish()
        company.put(Announcement(id=5, name="Stängt"))
        answer = company.wire.push(_replace(company.delta(), base=base, generation=generation))
        assert isinstance(answer, Conflict)
        assert answer.code == "gap"
        assert self.root_of(company) == (1, 1, now.root)

    def test_a_change_for_a_customer_nobody_knows_is_a_gap(self, company: Company) -> None:
        answer = company.wire.push(_replace(company.snapshot(), base=4, generation=5))
        assert isinstance(answer, Conflict)
        assert (answer.code, answer.generation) == ("gap", 0)

    def test_a_new_epoch_needs_a_snapshot_and_may_count_anew(self, company: Company) -> None:
        company.publish()
        company.put(Announcement(id=5, name="Stängt"))
        company.publish()
        restored = _replace(company.snapshot(), epoch=2, generation=1)
        answer = company.wire.push(_replace(restored, base=2, generation=3))
        assert isinstance(answer, Conflict)
        assert answer.code == "gap"
        assert isinstance(company.wire.push(restored), Receipt)
        assert self.root_of(company) == (2, 1, restored.root)
        late = company.wire.push(_replace(restored, epoch=1, generation=99))
        assert isinstance(late, Conflict)
        assert late.code == "stale"

    def test_a_wrong_root_changes_nothing(self, company: Company) -> None:
        now = company.publish()
        company.put(Announcement(id=5, name="Stängt"))
        for push in (company.delta(), company.snapshot()):
            answer = company.wire.push(_replace(push, root="0" * 64))
            assert isinstance(answer, Conflict)
            assert (answer.code, answer.root) == ("root_mismatch", now.root)
        assert self.root_of(company) == (1, 1, now.root)
        assert isinstance(company.publish(), Receipt)

    def test_another_portal_is_told_apart(self, company: Company) -> None:
        answer = company.wire.push(_replace(company.snapshot(), portal="a-staging-copy"))
        assert isinstance(answer, Conflict)
        assert answer.code == "foreign_portal"
        assert self.root_of(company) is None

    def test_pushes_at_once_leave_the_newest(self, company: Company) -> None:
        pushes = []
        for generation in range(1, 13):
            company.put(Announcement(id=5, name=f"Version {generation}"))
            pushes.append(company.snapshot(generation))
        with ThreadPoolExecutor(6) as pool:
            answers = list(pool.map(company.wire.push, reversed(pushes)))
        assert all(isinstance(answer, Receipt | Conflict) for answer in answers)
        assert self.root_of(company) == (1, 12, pushes[-1].root)

    # --- sounds ---------------------------------------------------------------------------------------------------

    def test_missing_sounds_are_asked_for_by_hash(self, company: Company) -> None:
        first = company.publish()
        narrow, wide = tones.wav(500 + company.customer), tones.wav(900 + company.customer)
        names = (objects.digest(narrow), objects.digest(wide))
        company.put(objects.Prompt(id=1, name="Hej", narrow=names[0], wide=names[1], milliseconds=1000))
        answer = company.wire.push(company.delta())
        assert isinstance(answer, Conflict)
        assert (answer.code, answer.blobs) == ("missing_blobs", tuple(sorted(names)))
        assert self.root_of(company) == (1, 1, first.root)
        assert {company.wire.blob(narrow), company.wire.blob(wide)} == set(names)
        company.publish()

    @pytest.mark.parametrize("name", ["0" * 64, "short", "..%2F..%2Fevil", "A" * 64])
    def test_a_sound_under_another_hash_is_refused(self, wire: Wire, name: str) -> None:
        answer = wire.http.put(f"/v1/blobs/{name}", content=tones.wav(500))
        assert answer.status_code in (422, 404)
        if answer.status_code == 422:
            assert msgspec.json.decode(answer.content, type=Refusal).code == "hash_mismatch"

    # --- poison ---------------------------------------------------------------------------------------------------

    @pytest.mark.parametrize(("code", "poison"), POISONED)
    def test_a_poisoned_object_is_named_and_the_rest_goes_on(self, company: Company, code: str, poison: Change) -> None:
        now = company.publish()
        company.put(Announcement(id=5, name="Stängt"))
        answer = company.wire.push(with_change(company.delta(), poison))
        assert isinstance(answer, Refusal)
        assert (answer.code, answer.key) == (code, poison.key)
        assert self.root_of(company) == (1, 1, now.root)
        company.publish()

    @pytest.mark.parametrize("body", [b'{"id":9,"kind":"mailbox","name":"\\ud800"}', b"[" * 2000 + b"]" * 2000])
    def test_an_object_that_is_hardly_json_is_refused(self, company: Company, body: bytes) -> None:
        now = company.publish()
        answer = company.wire.push(with_change(company.delta(), raw("mailbox/9", body)))
        assert isinstance(answer, Refusal)
        assert answer.code in ("bad_object", "bad_body")
        assert self.root_of(company) == (1, 1, now.root)

    def test_a_key_may_come_once(self, company: Company) -> None:
        push = company.snapshot()
        answer = company.wire.push(with_change(push, push.changes[0]))
        assert isinstance(answer, Refusal)
        assert (answer.code, answer.key) == ("twice", push.changes[0].key)

    def test_a_telephone_needs_its_secret(self, company: Company) -> None:
        answer = company.wire.push(_replace(company.snapshot(), secrets=()))
        assert isinstance(answer, Refusal)
        assert (answer.code, answer.key) == ("missing_secret", "person/1")

    def test_a_secret_can_not_be_moved(self, company: Company) -> None:
        push, who = company.snapshot(), company.wire.who
        ours = push.secrets[0]
        moved = seal(who, company.customer + 1, ours.credential, ours.version, "x")
        older = _replace(seal(who, company.customer, ours.credential, 7, "x"), version=ours.version)
        for box in (moved, older, _replace(ours, box="AAAA"), _replace(ours, box="not base64 \u00e5")):
            answer = company.wire.push(_replace(push, secrets=(box,)))
            assert isinstance(answer, Refusal)
            assert answer.code == "bad_secret"
        assert self.root_of(company) is None

    def test_what_another_customer_has_is_taken(self, company: Company) -> None:
        company.publish()
        other = Company(company.wire, next(_numbers))
        other.put(Number(id=4, name="Vårt", e164=f"+4640622{company.customer:04}"))
        answer = other.wire.push(other.snapshot())
        assert isinstance(answer, Refusal)
        assert (answer.code, answer.key) == ("number_taken", "number/4")
        other.objects.clear()
        other.customer, name = company.customer, other.customer
        other.person(3, "1001")
        other.customer = name
        other.passwords = {(30, 1): "x"}
        company.person(3, "1003")
        company.publish()
        answer = other.wire.push(other.snapshot())
        assert isinstance(answer, Refusal)
        assert (answer.code, answer.key) == ("username_taken", "person/3")

    def test_two_customers_may_have_the_same_extension(self, company: Company) -> None:
        company.publish()
        other = Company(company.wire, next(_numbers))
        other.person(1, "1001")
        other.publish()

    def test_two_people_of_a_customer_may_not(self, company: Company) -> None:
        company.person(2, "1001")
        answer = company.wire.push(company.snapshot())
        assert isinstance(answer, Refusal)
        assert answer.code == "extension_taken"

    def test_extensions_can_be_swapped(self, company: Company) -> None:
        company.person(2, "1002")
        company.publish()
        company.person(1, "1002")
        company.person(2, "1001")
        company.publish()

    # --- bodies that are none ---------------------------------------------------------------------------------------

    BODIES = (
        b"",
        b"null",
        b"[]",
        b"{}",
        b'"push"',
        b"\xff\xfe\x00",
        b"{" * 100_000,
        b"[" * 100_000,
        b'{"portal": 1}',
        b"<html><body>502 Bad Gateway</body></html>",
        b"\x1f\x8b\x08\x00" + b"x" * 100,
    )

    @pytest.mark.parametrize("body", BODIES, ids=range(len(BODIES)))
    def test_a_body_that_is_no_push_is_refused(self, wire: Wire, body: bytes) -> None:
        for answer in (
            wire.http.post("/v1/customers/99/push", content=body),
            wire.http.post("/v1/calls", content=body),
        ):
            assert answer.status_code == 422
            assert msgspec.json.decode(answer.content, type=Refusal).code in ("bad_body", "too_large")

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("customer", -1),
            ("customer", 10**30),
            ("generation", 0),
            ("generation", 2**64),
            ("epoch", -5),
            ("root", None),
            ("changes", {}),
            ("changes", [[]]),
            ("changes", [{"key": 7}]),
            ("secrets", "all"),
            ("base", "yesterday"),
            ("surprise", 1),
        ],
    )
    def test_a_push_with_a_wrong_field_is_refused(self, company: Company, field: str, value: object) -> None:
        body = msgspec.json.decode(msgspec.json.encode(company.snapshot()))
        answer = company.wire.raw(company.customer, msgspec.json.encode(body | {field: value}))
        assert isinstance(answer, Refusal)
        assert self.root_of(company) is None

    def test_the_address_and_the_push_name_one_customer(self, company: Company) -> None:
        answer = company.wire.raw(company.customer + 1, msgspec.json.encode(company.snapshot()))
        assert isinstance(answer, Refusal)
        assert self.root_of(company) is None

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(data=st.data())
    def test_a_push_with_any_byte_changed_does_no_harm(self, company: Company, data: st.DataObject) -> None:
        good = bytearray(msgspec.json.encode(company.snapshot()))
        for _ in range(data.draw(st.integers(1, 3))):
            good[data.draw(st.integers(0, len(good) - 1))] = data.draw(st.integers(0, 255))
        answer = company.wire.raw(company.customer, bytes(good))
        active = self.root_of(company)
        assert active is None or isinstance(answer, Receipt) or active[1] >= 1

    def test_a_push_cut_in_the_middle_changes_nothing(self, company: Company) -> None:
        now = company.publish()
        company.put(Announcement(id=5, name="Stängt"))
        body, address = msgspec.json.encode(company.delta()), urlsplit(str(company.wire.http.base_url))
        head = (
            f"POST /v1/customers/{company.customer}/push HTTP/1.1\r\nHost: node\r\nContent-Length: {len(body)}\r\n"
            f"Authorization: Bearer {company.wire.who.token_of_portal}\r\n\r\n"
        ).encode()
        for cut in (0, 1, len(body) // 2, len(body) - 1):
            with socket.create_connection((address.hostname or "", address.port or 0), timeout=5) as line:
                line.sendall(head + body[:cut])
        time.sleep(0.2)
        assert self.root_of(company) == (1, 1, now.root)
        company.publish()

    # --- test calls -------------------------------------------------------------------------------------------------

    @pytest.mark.parametrize(
        ("number", "to", "code"),
        [
            ("+46406229999", None, "unknown_number"),
            (None, "nobody", "unknown_telephone"),
            (None, "PJSIP/x&Local/y", "unknown_telephone"),
            (None, "+46900123456", "gate"),
            (None, "+442079460000", "gate"),
        ],
    )
    def test_a_test_call_keeps_to_its_customer(
        self, company: Company, number: str | None, to: str | None, code: str
    ) -> None:
        company.publish()
        wanted = TestCall(
            customer=company.customer,
            number=number or f"+4640622{company.customer:04}",
            to=to or company.username(1),
        )
        answer = company.wire.http.post("/v1/calls", content=msgspec.json.encode(wanted))
        assert answer.status_code == 422
        assert msgspec.json.decode(answer.content, type=Refusal).code == code
