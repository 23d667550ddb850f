"""What the live rooms' pages answer: refused with what was typed, saved with a way back, a secret only once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.urls import reverse

from tenants.changes.models import Change, Publication
from tenants.customers import scope
from tenants.customers.models import Membership, Role, User
from tenants.mailboxes.models import Message
from tenants.nodes.models import Receipt
from tenants.numbers import actions as numbers
from tenants.people.models import Device, Person
from tenants.prompts.models import Prompt
from tenants.sounds.convert import MAX_BYTES
from tenants.sounds.uploads import FORM_BYTES
from tests.factories.cast import PASSWORD, Cast, cast
from tests.factories.doors import client, text
from tests.factories.externals import external
from tests.factories.mailboxes import mailbox, message
from tests.factories.numbers import number
from tests.factories.people import person
from tests.factories.prompts import prompt
from tests.factories.sounds import wav

pytestmark = pytest.mark.django_db


@pytest.fixture
def everybody() -> Cast:
    return cast()


@pytest.fixture
def inside(everybody: Cast) -> Iterator[int]:
    """Norrsken's id, with its rows in scope."""
    with scope.customer(everybody.norrsken.pk):
        yield everybody.norrsken.pk


def at(name: str, *args: int) -> str:
    """Return an address at Norrsken."""
    return reverse(name, args=("norrsken-bygg", *args))


def file(content: bytes) -> SimpleUploadedFile:
    """Return an upload."""
    return SimpleUploadedFile("hej.wav", content, "text/html")


TYPED: dict[str, tuple[dict[str, Any], str, str]] = {
    "prompts:new": ({"name": "Lunch", "manuscript": "Vi äter."}, "Vi äter.", "spellista"),
    "people:new": ({"name": "Eva Holm", "extension": "101"}, "Eva Holm", "Anknytningen används redan"),
    "externals:new": (
        {"name": "Dyrt", "e164": "0900-123 45 67", "ring_seconds": "33"},
        "0900-123 45 67",
        "Betalnummer",
    ),
    "mailboxes:new": ({"name": "VÄXELN", "max_seconds": "61"}, 'value="61"', "Namnet används redan"),
}


@pytest.mark.parametrize("name", TYPED)
def test_a_refused_form_keeps_what_was_typed_and_saves_nothing(everybody: Cast, inside: int, name: str) -> None:
    person(inside)
    mailbox(inside, "Växeln")
    before = Change.objects.count()
    typed, kept, why = TYPED[name]
    posted = {**typed, "file": file(b"#EXTM3U\n")} if name == "prompts:new" else typed
    answer = client(everybody.alice).post(at(name), posted)
    assert answer.status_code == 422
    assert kept in text(answer)
    assert why in text(answer)
    assert Change.objects.count() == before


def test_a_saved_form_leads_to_a_page_with_a_way_back(everybody: Cast, inside: int) -> None:
    browser = client(everybody.alice)
    answer = browser.post(at("externals:new"), {"name": "Jouren", "e164": "070-174 06 35", "ring_seconds": "30"})
    page = text(browser.get(answer["Location"]))
    assert "070-174 06 35" in page
    found = re.search(r'action="(/c/norrsken-bygg/saves/\d+/undo/\?next=[^"]+)"', page)
    assert found
    back = browser.post(found[1])
    assert back["Location"] == at("externals:index")
    assert "Jouren" not in text(browser.get(back["Location"])).split("<tbody>")[-1].split("</tbody>")[0]


def test_undoing_never_leads_out_of_the_customer(everybody: Cast, inside: int) -> None:
    external(inside)
    change = Change.objects.get()
    answer = client(everybody.alice).post(at("saves:undo", change.pk) + "?next=https://ond.test/c/norrsken-bygg/")
    assert answer["Location"] == "/c/norrsken-bygg/"


def test_the_second_at_a_form_is_told_and_keeps_what_was_typed(everybody: Cast, inside: int) -> None:
    row = number(inside)
    browser = client(everybody.alice)
    browser.post(at("numbers:show", row.pk), {"label": "Malmö", "version": 1})
    answer = browser.post(at("numbers:show", row.pk), {"label": "Lund", "version": 1})
    assert answer.status_code == 422
    assert 'value="Lund"' in text(answer)
    row.refresh_from_db()
    assert row.label == "Malmö"


def test_a_file_that_is_too_large_is_refused_on_the_page(everybody: Cast, inside: int) -> None:
    typed = {"name": "Stor", "manuscript": "", "file": file(wav(0.1) + bytes(MAX_BYTES + FORM_BYTES))}
    answer = client(everybody.alice).post(at("prompts:new"), typed)
    assert answer.status_code == 422
    assert "för stor" in text(answer)
    assert 'value="Stor"' in text(answer)
    assert not Prompt.objects.exists()


def test_a_sound_is_answered_as_ours(everybody: Cast, inside: int) -> None:
    row = prompt(inside)
    assert row.take is not None
    answer = client(everybody.alice).get(at("prompts:audio", row.pk, row.take.pk))
    assert answer["Content-Type"] == "audio/wav"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cache-Control"] == "no-store"
    assert answer.content[:4] == b"RIFF"


def test_a_secret_stands_in_one_answer_and_in_no_log(everybody: Cast, inside: int, caplog: Any) -> None:
    row, browser = person(inside), client(everybody.alice)
    shown = browser.post(at("people:add-device", row.pk), {"device-name": "Bordet"})
    found = re.findall(r"\b[0-9a-f]{32}\b", text(shown))
    assert len(found) == 1
    assert shown["Cache-Control"] == "no-store"
    device = Device.objects.get()
    renewed = re.findall(r"\b[0-9a-f]{32}\b", text(browser.post(at("people:renew-secret", row.pk, device.pk))))
    assert renewed != found
    secrets = {*found, *renewed}
    receipt = at("saves:receipt", Change.objects.latest("pk").pk)
    for path in (at("people:index"), at("people:show", row.pk), "/c/norrsken-bygg/", receipt):
        assert not secrets & set(re.findall(r"[0-9a-f]{32}", text(browser.get(path))))
    assert not any(secret in caplog.text for secret in secrets)
    assert not any(secret in str(dict(browser.session)) for secret in secrets)


def test_a_copied_link_is_nothing_to_a_colleague_who_is_not_ticked(everybody: Cast, inside: int) -> None:
    box = mailbox(inside, "Ledningen", everybody.alice)
    said = message(box)
    links = [at("mailboxes:show", box.pk), at("mailboxes:audio", box.pk, said.pk)]
    assert [client(everybody.alice).get(link).status_code for link in links] == [200, 200]
    assert [client(everybody.bob).get(link).status_code for link in links] == [404, 404]
    assert [client(everybody.charlie).get(link).status_code for link in links] == [404, 404]
    assert client(everybody.sam).get(links[1]).status_code == 404
    assert "Ledningen" not in text(client(everybody.bob).get(at("mailboxes:index")))
    said.refresh_from_db()
    assert said.heard_by == everybody.alice


def test_a_live_rooms_receipt_asks_until_the_node_has_spoken(everybody: Cast, inside: int) -> None:
    browser = client(everybody.alice)
    browser.post(at("externals:new"), {"name": "Jouren", "e164": "070-174 06 35", "ring_seconds": "40"})
    change, listed = Change.objects.latest("pk"), at("externals:index")
    receipt = at("saves:receipt", change.pk)
    waiting = text(browser.get(listed))
    assert "På väg till växeln" in waiting
    assert f'hx-get="{receipt}?seen=waiting"' in waiting
    assert browser.get(f"{receipt}?seen=waiting").status_code == 204
    Receipt.objects.create(
        customer_id=inside, node=everybody.node, epoch=1, generation=change.generation or 0,
        root=Publication.objects.get().root, effective_at=change.at, milliseconds=3.0,
    )  # fmt: skip
    for path in (listed, receipt, f"{receipt}?seen=waiting"):
        told = text(browser.get(path))
        assert "Gäller i växeln efter 0 ms" in told
        assert receipt not in told


def test_the_time_is_swedish_summer_time(everybody: Cast, inside: int) -> None:
    box = mailbox(inside, "Växeln", everybody.bob)
    message(box)
    message(box, caller="")
    page = text(client(everybody.bob).get(at("mailboxes:show", box.pk)))
    assert "14:30" in page
    assert "onsdag 1 juli" in page
    assert "Dolt nummer" in page
    assert "070-174 06 05" in page


def test_a_message_is_handled_and_deleted_by_who_listens(everybody: Cast, inside: int) -> None:
    said = message(box := mailbox(inside, "Växeln", everybody.bob))
    browser = client(everybody.bob)
    browser.post(at("mailboxes:handle", box.pk, said.pk), {"handled": "1"})
    said.refresh_from_db()
    assert said.handled_by == everybody.bob
    browser.post(at("mailboxes:remove-message", box.pk, said.pk))
    assert not Message.objects.exists()


def test_staff_hand_out_a_number_and_held_ones_read_the_same(everybody: Cast, inside: int) -> None:
    with scope.customer(everybody.bageri.pk):
        numbers.assign(customer_id=everybody.bageri.pk, by=None, typed="040-622 10 01")
    browser = client(everybody.sam)
    assert browser.post(at("numbers:assign"), {"e164": "040-622 10 00"}).status_code == 302
    said = []
    for typed in ("040-622 10 00", "040-622 10 01"):
        answer = browser.post(at("numbers:assign"), {"e164": typed})
        assert answer.status_code == 422
        said += re.findall(r"Numret används redan[^<]*", text(answer))
    assert len(said) == 2
    assert len(set(said)) == 1


@pytest.mark.parametrize("room", ["prompts", "people", "mailboxes", "externals", "numbers"])
def test_a_list_costs_the_same_however_long_it_is(everybody: Cast, inside: int, room: str) -> None:
    makers: dict[str, Any] = {
        "prompts": lambda n: prompt(inside, f"Prompt {n}"),
        "people": lambda n: person(inside, f"Person {n}", f"{200 + n}"),
        "mailboxes": lambda n: mailbox(inside, f"Låda {n}", everybody.bob),
        "externals": lambda n: external(inside, f"Jour {n}"),
        "numbers": lambda n: number(inside, f"040-622 10 {n:02d}"),
    }
    browser, counts = client(everybody.alice), []
    for first in (0, 4):
        for n in range(first, first + 4):
            makers[room](n)
        with CountQueries() as counted:
            assert browser.get(at(f"{room}:index")).status_code == 200
        counts.append(counted.number)
    assert counts[0] == counts[1]


class CountQueries:
    """Counts the queries of a block."""

    number = 0

    def __enter__(self) -> CountQueries:
        self.hook = connection.execute_wrapper(self._count)
        self.hook.__enter__()
        return self

    def _count(self, execute: Any, *args: Any) -> Any:
        self.number += 1
        return execute(*args)

    def __exit__(self, *args: Any) -> None:
        self.hook.__exit__(*args)


# --- logins --------------------------------------------------------------------------------------------------------


def link_in(page: str) -> str | None:
    """Return the path of an invitation shown on a page."""
    found = re.search(r"http://testserver(/invite/[^<]+)<", page)
    return found[1] if found else None


def test_somebody_new_sets_a_password_by_the_link_and_once_only(everybody: Cast, inside: int) -> None:
    typed = {"name": "Dan Ny", "email": "Dan@Norrsken.test", "role": "user"}
    shown = client(everybody.alice).post(at("customers:invite"), typed)
    link = link_in(text(shown))
    assert link
    assert shown["Cache-Control"] == "no-store"
    browser = Client()
    assert browser.get(link).status_code == 200
    wrong = browser.post(link, {"new_password1": "kort", "new_password2": "kort"})
    assert wrong.status_code == 422
    assert browser.post(link, {"new_password1": PASSWORD, "new_password2": PASSWORD}).status_code == 302
    assert User.objects.get(email="dan@norrsken.test").check_password(PASSWORD)
    assert browser.get(link).status_code == 404


def test_nobody_gets_a_link_that_opens_another_customer(everybody: Cast, inside: int) -> None:
    browser = client(everybody.alice)
    has_password = browser.post(at("customers:invite"), {"name": "X", "email": "charlie@bageriet.test", "role": "user"})
    assert link_in(text(has_password)) is None
    with scope.customer(everybody.bageri.pk):
        new = User.objects.create_user("ny@bageriet.test", name="Ny")
        Membership.objects.create(customer=everybody.bageri, user=new, role=Role.ADMIN)
    waiting = browser.post(at("customers:invite"), {"name": "X", "email": "ny@bageriet.test", "role": "user"})
    assert link_in(text(waiting)) is None
    new.refresh_from_db()
    assert new.name == "Ny"


def test_a_short_number_is_refused_at_the_field(everybody: Cast, inside: int) -> None:
    typed = {"name": "Eva Holm", "extension": "112", "email": ""}
    for address, prefix in ((at("people:new"), ""), (at("people:show", person(inside).pk), "who-")):
        answer = client(everybody.alice).post(address, {prefix + name: value for name, value in typed.items()})
        page = text(answer)
        assert answer.status_code == 422
        after = page.split(f'name="{prefix}extension"')[1]
        assert "Det är ett nationellt kortnummer" in after[: after.index('name="')]


def test_the_last_administrator_stays(everybody: Cast, inside: int) -> None:
    browser, alice = client(everybody.alice), Membership.objects.get(user=everybody.alice)
    for answer in (
        browser.post(at("customers:role", alice.pk), {"role": "user"}),
        browser.post(at("customers:let-out", alice.pk), {"version": alice.stamp}),
    ):
        assert answer.status_code == 302
    assert Membership.objects.get(user=everybody.alice).role == Role.ADMIN
    bob = Membership.objects.get(user=everybody.bob)
    browser.post(at("customers:role", bob.pk), {"role": "admin"})
    browser.post(at("customers:let-out", alice.pk), {"version": alice.stamp})
    assert not Membership.objects.filter(user=everybody.alice).exists()
    assert browser.get(at("customers:admins")).status_code == 404


@pytest.mark.parametrize("link", ["/invite/MQ/abc-def/", "/invite/x/y/", "/invite/%F0/y/"])
def test_an_invented_link_is_nothing(link: str) -> None:
    assert Client().get(link).status_code == 404


# --- staff ---------------------------------------------------------------------------------------------------------


def test_staff_find_a_customer_by_name_and_by_number(everybody: Cast) -> None:
    with scope.customer(everybody.bageri.pk):
        number(everybody.bageri.pk, "040-622 10 50")
    browser = client(everybody.sam)
    for search in ("bager", "040-622 10 50", "0406221050", "lilla-"):
        page = text(browser.get("/staff/", {"q": search})).split("<tbody>")[1]
        assert "Lilla Bageriet" in page
        assert "Norrsken" not in page
    for stranger in (everybody.alice, everybody.bob):
        assert client(stranger).get("/staff/").status_code == 404
        assert client(stranger).post("/staff/customers/new/").status_code == 404


def test_staff_make_a_customer_and_a_refusal_keeps_the_form(everybody: Cast) -> None:
    typed = {
        "name": "Kustens Rör AB", "organisation_number": "556016-0681", "slug": "kustens-ror", "admin_name": "Rut",
        "admin_email": "rut@kusten.test", "main_number": "040-622 20 00", "node": str(everybody.node.pk),
    }  # fmt: skip
    browser = client(everybody.sam)
    refused = browser.post("/staff/customers/new/", typed)
    assert refused.status_code == 422
    assert "Organisationsnumret stämmer inte" in text(refused)
    assert "Kustens Rör AB" in text(refused)
    made = browser.post("/staff/customers/new/", {**typed, "organisation_number": "556016-0680"})
    link = link_in(text(made))
    assert link
    new = Client()
    new.post(link, {"new_password1": PASSWORD, "new_password2": PASSWORD})
    assert new.login(username="rut@kusten.test", password=PASSWORD, request=made.wsgi_request)
    assert new.get("/c/kustens-ror/people/").status_code == 200
    with scope.customer(everybody.norrsken.pk):
        assert not Person.objects.exists()
