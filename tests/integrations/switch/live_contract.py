"""What it means for a node to keep live state: every node passes these too."""

from __future__ import annotations

import time
import uuid

import httpx
import msgspec
import pytest

from tenants.routing import root
from tenants.routing.live import GONE, LiveValue, Login, Order, Pause, Register, Unread, membership
from tenants.routing.objects import Group, Mailbox, Member
from tenants.routing.wire import Command, Heights, Receipt, Refusal, Registers
from tests.integrations.switch.company import Company, Wire

SUBJECT = membership("group/5", "person/1")
OUT, IN = Login(on=False), Login(on=True)


def command(value: LiveValue | None, *, age: float = 0.0, kind: str = "login", subject: str = SUBJECT) -> Command:
    """Return a command of its own id."""
    order = Order(kind=kind, subject=subject, value=value)  # type: ignore[arg-type]
    return Command(id=uuid.uuid4().hex, order=order, by="Karin", age=age)


class Desk:
    """The portal's end of one customer's live state."""

    def __init__(self, wire: Wire, customer: int) -> None:
        """Speak of this customer."""
        self.http, self.customer, self.path = wire.http, customer, f"/v1/customers/{customer}/live"

    def set(self, wanted: Command) -> Register:
        """Have a command carried out."""
        answer = self.http.post(self.path, content=msgspec.json.encode(wanted))
        assert answer.status_code == 200, answer.text
        return msgspec.json.decode(answer.content, type=Register)

    def refused(self, wanted: Command) -> str:
        """Return why a command is refused."""
        answer = self.http.post(self.path, content=msgspec.json.encode(wanted))
        assert answer.status_code == 422, answer.text
        return msgspec.json.decode(answer.content, type=Refusal).code

    def since(self, version: int = -1) -> list[Register]:
        """Return what changed after a version."""
        answer = self.http.get(self.path, params={"since": version}).raise_for_status()
        return list(msgspec.json.decode(answer.content, type=Registers).registers)

    def seed(self, *theirs: Register) -> list[Register]:
        """Tell the node what it was."""
        body = msgspec.json.encode(Registers(registers=theirs))
        answer = self.http.put(self.path, content=body).raise_for_status()
        return list(msgspec.json.decode(answer.content, type=Registers).registers)

    def height(self) -> int:
        """Return the newest version, 0 if nothing was ever set."""
        found = msgspec.json.decode(self.http.get("/v1/live").content, type=Heights)
        return next((it.version for it in found.heights if it.customer == self.customer), 0)


def kept(value: LiveValue | None, *, at: float, version: int, subject: str = SUBJECT) -> Register:
    """Return a login as the portal has it."""
    return Register(kind="login", subject=subject, version=version, at=at, value=value, by="Karin", via="web")


class LiveContract:
    """The tests. The subclass has the fixtures ``wire`` and ``company``."""

    @pytest.fixture
    def desk(self, wire: Wire, company: Company) -> Desk:
        """A customer with a group of one, published."""
        company.put(Group(id=5, name="Sälj", members=(Member(person="person/1"),)))
        company.publish()
        return Desk(wire, company.customer)

    def test_only_the_portal_sets(self, wire: Wire) -> None:
        stranger = httpx.Client(base_url=wire.http.base_url, trust_env=False)
        for method, path in [("POST", "customers/1/live"), ("GET", "customers/1/live"), ("PUT", "customers/1/live")]:
            assert stranger.request(method, f"/v1/{path}").status_code == 401
        assert stranger.get("/v1/live").status_code == 401

    def test_a_command_sets_a_register(self, desk: Desk) -> None:
        before = time.time()
        register = desk.set(command(OUT))
        assert (register.value, register.by, register.via, register.version) == (OUT, "Karin", "web", 1)
        assert before - 1 < register.at < time.time() + 1
        assert desk.since() == [register]
        assert desk.height() == 1

    def test_each_change_is_one_version_higher(self, desk: Desk) -> None:
        versions = [desk.set(command(value)).version for value in (OUT, IN, None)]
        paused = desk.set(command(Pause(reason="Lunch"), kind="pause", subject="person/1"))
        assert [*versions, paused.version] == [1, 2, 3, 4]
        assert [it.version for it in desk.since(2)] == [3, 4]

    def test_a_command_sent_again_does_nothing_again(self, desk: Desk) -> None:
        wanted = command(OUT)
        assert desk.set(wanted) == desk.set(wanted)
        desk.set(command(IN))
        assert desk.set(msgspec.structs.replace(wanted, age=5.0)).value == IN
        assert desk.height() == 2

    def test_what_is_so_already_is_no_change(self, desk: Desk) -> None:
        first = desk.set(command(OUT))
        assert desk.set(command(OUT)) == first
        assert desk.set(command(None, kind="pause", subject="person/1")).version == 0
        assert desk.height() == 1

    def test_a_command_that_comes_too_late_changes_nothing(self, desk: Desk) -> None:
        desk.set(command(OUT))
        assert desk.set(command(IN, age=60.0)).value == OUT

    @pytest.mark.parametrize(
        ("code", "wanted"),
        [
            ("bad_order", command(OUT, subject="person/1")),
            ("bad_order", command(Pause(), subject=SUBJECT)),
            ("bad_order", command(None, kind="override", subject="schedule/x")),
            ("unknown_subject", command(OUT, subject=membership("group/99", "person/1"))),
            ("unknown_subject", command(Pause(), kind="pause", subject="person/99")),
        ],
    )
    def test_what_means_nothing_is_refused(self, desk: Desk, code: str, wanted: Command) -> None:
        assert desk.refused(wanted) == code
        assert desk.height() == 0

    def test_a_customer_the_node_does_not_serve_has_no_state(self, desk: Desk, wire: Wire) -> None:
        stranger = Desk(wire, 999_999)
        assert stranger.refused(command(OUT)) == "unknown_subject"
        assert stranger.height() == 0

    def test_what_is_no_command_is_refused(self, desk: Desk) -> None:
        for body in (b"", b"{}", b"[]", b'{"id":1}', b"[" * 5000):
            assert desk.http.post(desk.path, content=body).status_code == 422

    def test_a_lost_node_is_told_what_it_was(self, desk: Desk) -> None:
        theirs = kept(OUT, at=1000.0, version=17)
        assert desk.seed(theirs) == [theirs]
        assert desk.height() == 17
        assert desk.set(command(IN)).version == 18

    def test_what_was_changed_since_holds_and_is_new_to_the_portal(self, desk: Desk) -> None:
        desk.set(command(OUT))
        (register,) = desk.seed(kept(IN, at=1000.0, version=17))
        assert (register.value, register.version, desk.height()) == (OUT, 18, 18)

    def test_seeding_again_changes_nothing(self, desk: Desk) -> None:
        theirs = kept(OUT, at=1000.0, version=17)
        assert desk.seed(theirs) == desk.seed(theirs) == [theirs]
        assert desk.height() == 17

    def test_with_the_objects_of_a_customer_its_live_state_goes(self, desk: Desk, company: Company) -> None:
        """The node that serves now keeps it. Nobody is told of a change, and seeding does not bring it back."""
        left = desk.set(command(OUT))
        nothing = msgspec.structs.replace(company.snapshot(2), changes=(), secrets=(), root=root.root_of(root.EMPTY))
        assert isinstance(company.wire.push(nothing), Receipt)
        assert desk.since() == []
        assert desk.height() == 0
        assert desk.seed(left) == []
        assert desk.height() == 0

    def test_a_customer_that_comes_back_begins_at_rest_and_is_told_what_it_was(
        self, desk: Desk, company: Company
    ) -> None:
        left = desk.set(command(OUT))
        nothing = msgspec.structs.replace(company.snapshot(2), changes=(), secrets=(), root=root.root_of(root.EMPTY))
        company.wire.push(nothing)
        assert isinstance(company.wire.push(company.snapshot(3)), Receipt)
        assert desk.since() == []
        assert desk.seed(left) == [left]

    def test_what_speaks_of_a_subject_that_is_gone_is_put_to_rest(self, desk: Desk, company: Company) -> None:
        """By a change and by a snapshot; it is a change like any other, so the portal hears of it."""
        for whole in (False, True):
            company.put(Group(id=5, name="Sälj", members=(Member(person="person/1"),)))
            company.publish()
            desk.set(command(Pause(reason="Sjuk"), kind="pause", subject="person/1"))
            out = desk.set(command(OUT))
            del company.objects["group/5"]
            push = company.snapshot(company.generation + 1) if whole else company.delta()
            assert isinstance(company.wire.push(push), Receipt)
            company.generation, company.pushed = push.generation, dict(company.objects)
            (rest,) = desk.since(out.version)
            assert (rest.subject, rest.value, rest.via) == (SUBJECT, None, "portal")
            assert rest.at >= out.at
            assert {one.subject for one in desk.since() if one.value} == {"person/1"}

    def test_who_comes_back_is_at_rest_and_older_word_brings_nothing_back(self, desk: Desk, company: Company) -> None:
        out = desk.set(command(OUT))
        group = company.objects.pop("group/5")
        company.publish()
        company.put(group)
        company.publish()
        assert [one.value for one in desk.seed(out)] == [None]
        assert desk.set(command(OUT)).value == OUT

    def test_what_nobody_has_heard_outlives_its_mailbox(self, desk: Desk, company: Company) -> None:
        """By a change and by a snapshot. The portal hears of it, so that both count from when the mailbox went."""
        unread = Register(kind="unread", subject="mailbox/1", version=3, at=1000.0, value=Unread(messages=("a", "b")))
        desk.seed(unread)
        for whole in (False, True):
            company.put(Mailbox(id=1, name="Växeln"))
            company.publish()
            del company.objects["mailbox/1"]
            company.publish(whole=whole)
            (gone,) = desk.since(desk.height() - 1)
            assert (gone.value, gone.via, gone.command) == (unread.value, "portal", GONE)
            assert gone.at > unread.at
        company.put(Mailbox(id=1, name="Växeln"))
        company.publish()
        assert [one.value for one in desk.since()] == [unread.value]
        assert desk.set(command(Unread(messages=("a", "b")), kind="unread", subject="mailbox/1")).value is None

    def test_heard_messages_are_taken_away_and_new_ones_stay(self, desk: Desk) -> None:
        unread = Unread(messages=("a", "b", "c"))
        desk.seed(Register(kind="unread", subject="mailbox/1", version=3, at=1000.0, value=unread))
        heard = command(Unread(messages=("a", "c", "x")), kind="unread", subject="mailbox/1")
        assert desk.set(heard).value == Unread(messages=("b",))
        assert desk.set(command(Unread(messages=("b",)), kind="unread", subject="mailbox/1")).value is None

    def test_what_was_heard_before_the_newest_was_left_is_heard(self, desk: Desk) -> None:
        """Somebody hears one while the node is away or another is being left."""
        at = time.time()
        desk.seed(Register(kind="unread", subject="mailbox/1", version=3, at=at, value=Unread(messages=("a", "b"))))
        heard = desk.set(command(Unread(messages=("a",)), kind="unread", subject="mailbox/1", age=3600.0))
        assert heard.value == Unread(messages=("b",))
        assert (heard.version, heard.at) > (3, at - 1.0)
        assert desk.since(3) == [heard]
