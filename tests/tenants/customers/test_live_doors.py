"""Every route of the live rooms, tried as administrator, user and stranger, by GET and by POST."""

from __future__ import annotations

import pytest
from django.urls import reverse

from tenants import answers
from tenants.changes.models import Change
from tenants.customers import scope
from tenants.customers import urls as customers
from tenants.customers.models import Membership, Role
from tenants.externals import urls as externals
from tenants.mailboxes import urls as mailboxes
from tenants.numbers import urls as numbers
from tenants.people import urls as people
from tenants.people.devices import actions as devices
from tenants.people.sites import actions as sites
from tenants.prompts import urls as prompts
from tests.factories.cast import cast
from tests.factories.doors import statuses
from tests.factories.externals import external
from tests.factories.groups import group
from tests.factories.mailboxes import mailbox, message
from tests.factories.numbers import number
from tests.factories.people import person
from tests.factories.prompts import prompt, take

pytestmark = pytest.mark.django_db

GET, POST, BOTH = "get", "post", "both"
ADMINS = {
    "prompts:index": GET,
    "prompts:new": POST,
    "prompts:show": BOTH,
    "prompts:record": POST,
    "prompts:choose": POST,
    "prompts:remove-take": POST,
    "prompts:remove": POST,
    "prompts:audio": GET,
    "people:index": GET,
    "people:logins": GET,
    "mailboxes:logins": GET,
    "people:new": POST,
    "people:show": BOTH,
    "people:flow": POST,
    "people:remove": POST,
    "people:add-device": POST,
    "people:renew-secret": POST,
    "people:remove-device": POST,
    "people:now": GET,
    "people:pause": POST,
    "people:divert": POST,
    "people:undivert": POST,
    "people:login": POST,
    "people:sites": GET,
    "people:new-site": POST,
    "people:site": BOTH,
    "people:remove-site": POST,
    "mailboxes:new": POST,
    "mailboxes:settings": BOTH,
    "mailboxes:remove": POST,
    "externals:index": GET,
    "externals:new": POST,
    "externals:show": BOTH,
    "externals:remove": POST,
    "numbers:index": GET,
    "numbers:options": GET,
    "numbers:show": BOTH,
    "numbers:entry": POST,
    "customers:admins": GET,
    "customers:invite": POST,
    "customers:link": POST,
    "customers:role": POST,
    "customers:let-out": POST,
    "saves:undo": POST,
    "saves:receipt": GET,
}
USERS = {"mailboxes:index": GET, "people:my-page": GET}
OWN = {"people:my-now": GET, "people:my-pause": POST, "people:my-divert": POST, "people:my-undivert": POST}
OWN |= {"people:my-login": POST, "people:my-targets": GET}
"""Only for who is a person here; nobody of the cast is."""
LISTENERS = {"mailboxes:show": GET, "mailboxes:audio": GET, "mailboxes:handle": POST, "mailboxes:remove-message": POST}
LISTENERS |= OWN
STAFF = {"numbers:assign": POST, "numbers:make-main": POST, "numbers:release": POST}


def rows(customer_id: int) -> dict[str, tuple[int, ...]]:
    """Make a row for every route; return the ids its address takes after the customer's."""
    said = prompt(customer_id)
    second = take(said)
    anna = person(customer_id)
    device, _secret = devices.add(person=anna, by=None, name="Bordet")
    box = mailbox(customer_id)
    heard = message(box)
    away, line = external(customer_id), number(customer_id)
    desk = group(customer_id, members=(anna.pk,)).pk
    office = sites.make(customer_id=customer_id, name="Malmö", area_code="040").pk
    member = Membership.objects.filter(role=Role.USER).first() or Membership.objects.get()
    idents: dict[str, tuple[int, ...]] = {
        "prompts": (said.pk,), "prompts:choose": (said.pk, second.pk), "prompts:remove-take": (said.pk, second.pk),
        "prompts:audio": (said.pk, second.pk), "people": (anna.pk,), "people:renew-secret": (anna.pk, device.pk),
        "people:remove-device": (anna.pk, device.pk), "people:login": (anna.pk, desk), "people:my-login": (desk,),
        "people:site": (office,), "people:remove-site": (office,), "mailboxes": (box.pk,),
        "mailboxes:audio": (box.pk, heard.pk),
        "mailboxes:handle": (box.pk, heard.pk), "mailboxes:remove-message": (box.pk, heard.pk),
        "externals": (away.pk,), "numbers": (line.pk,), "customers": (member.pk,),
        "saves": (Change.objects.order_by("pk")[0].pk,),
    }  # fmt: skip
    bare = {"index", "new", "assign", "admins", "invite", "sites", "new-site", "logins", "options"}
    bare |= {"my-page", "my-now", "my-pause", "my-divert", "my-undivert", "my-targets"}
    routes = {**ADMINS, **USERS, **LISTENERS, **STAFF}
    return {name: () if name.split(":")[1] in bare else idents.get(name, idents[name.split(":")[0]]) for name in routes}


@pytest.mark.slow
@pytest.mark.parametrize("name", [*ADMINS, *USERS, *LISTENERS, *STAFF])
def test_a_route_lets_in_whom_it_should(name: str) -> None:
    everybody = cast()
    with scope.customer(everybody.norrsken.pk):
        path = reverse(name, args=(everybody.norrsken.slug, *rows(everybody.norrsken.pk)[name]))
    method = {**ADMINS, **USERS, **LISTENERS, **STAFF}[name]
    found = statuses(path, everybody.charlie, everybody.bob, everybody.alice)
    gets = {who: got for who, (got, _posted) in found.items()}
    posts = {who: posted for who, (_got, posted) in found.items()}
    for seen, allowed in ((gets, method in (GET, BOTH)), (posts, method in (POST, BOTH))):
        if not allowed:
            assert set(seen.values()) == {405}, (name, seen)
            continue
        assert seen["Charlie"] == 404, (name, seen)
        inside = {403} if name in ADMINS or name in STAFF else {404} if name in LISTENERS else {200}
        assert seen["Bob"] in inside, (name, seen)
        admins = (
            {403}
            if name in STAFF
            else {404}
            if name in LISTENERS and name != "mailboxes:show"
            else {200, 302, 409, 422}
        )
        assert seen["Alice"] in admins, (name, seen)


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in {**ADMINS, **LISTENERS} if name not in ("customers:admins",)])
def test_another_customers_row_does_not_exist_under_ones_own_address(name: str) -> None:
    everybody = cast()
    with scope.customer(everybody.bageri.pk):
        idents = rows(everybody.bageri.pk)[name]
    if not idents:
        return
    path = reverse(name, args=(everybody.norrsken.slug, *idents))
    got, posted = statuses(path, everybody.alice)["Alice"]
    assert {got, posted} <= {404, 405}, (name, got, posted)
    assert 404 in (got, posted)


def test_no_route_of_these_rooms_is_forgotten() -> None:
    rooms = (answers, customers, externals, mailboxes, numbers, people, prompts)
    known = {f"{room.app_name}:{route.name}" for room in rooms for route in room.urlpatterns}
    assert known == {*ADMINS, *USERS, *LISTENERS, *STAFF}
