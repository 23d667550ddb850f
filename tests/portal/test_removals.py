"""What a colleague has just changed is not removed: from no page, and over the API not even in the same moment."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import connection, models
from django.test import Client

from integrations.webhooks import actions as webhooks
from integrations.webhooks.models import Endpoint
from tenants.announcements import actions as announcements
from tenants.announcements.models import Announcement
from tenants.changes.models import Change
from tenants.customers import actions as customers
from tenants.customers import scope
from tenants.customers.models import Membership, Role, Site
from tenants.externals import actions as externals
from tenants.externals.models import ExternalNumber
from tenants.groups import actions as groups
from tenants.groups.models import Group
from tenants.mailboxes import actions as mailboxes
from tenants.mailboxes.models import Mailbox
from tenants.menus import actions as menus
from tenants.menus.models import Menu
from tenants.numbers import actions as numbers
from tenants.numbers.models import Number
from tenants.people import actions as people
from tenants.people.devices import actions as devices
from tenants.people.models import Device, Person
from tenants.people.sites import actions as sites
from tenants.prompts import actions as prompts
from tenants.prompts.models import Prompt
from tenants.schedules import actions as schedules
from tenants.schedules.models import Schedule
from tenants.timeswitches import actions as timeswitches
from tenants.timeswitches.models import TimeSwitch
from tests.factories import flow
from tests.factories.cast import Cast, cast
from tests.factories.doors import client, text, versions_in
from tests.factories.externals import external
from tests.factories.office import Office, office

PAGES = "/c/norrsken-bygg"
API = "/api/v1/customers/norrsken-bygg"


@dataclass(frozen=True)
class Case:
    """One sort of thing: the page with the form that removes it, where that posts to, and a colleague's change."""

    model: type[models.Model]
    change: Callable[[Any], object]
    page: str
    remove: str = "{page}remove/"
    api: str = ""


CASES = {
    "people": Case(
        Person,
        lambda row: people.change(
            person=row, by=None, version=None, wish=people.Wish(name="Eva Lindgren", extension="1042")
        ),
        "/people/{people}/",
    ),
    "devices": Case(
        Device,
        lambda row: devices.renew_secret(device=row, by=None),
        "/people/{people}/",
        "/people/{people}/devices/{devices}/remove/",
        "/people/{people}/devices/{devices}/",
    ),
    "sites": Case(Site, lambda row: sites.change(site=row, by=None, name="Malmö hamn"), "/settings/sites/{sites}/"),
    "mailboxes": Case(
        Mailbox,
        lambda row: mailboxes.change(mailbox=row, by=None, version=None, wish=mailboxes.Wish(name="Kvällens")),
        "/mailboxes/{mailboxes}/settings/",
        "/mailboxes/{mailboxes}/remove/",
    ),
    "externals": Case(
        ExternalNumber,
        lambda row: externals.change(
            external=row, by=None, version=None, wish=externals.Wish(name="Bilen", typed="070-174 06 06")
        ),
        "/externals/{externals}/",
    ),
    "prompts": Case(
        Prompt,
        lambda row: prompts.change(prompt=row, by=None, version=None, name="Nytt", manuscript=""),
        "/prompts/{prompts}/",
    ),
    "menus": Case(
        Menu,
        lambda row: menus.change(menu=row, by=None, version=None, wish=menus.Wish(name="Annat")),
        "/menus/{menus}/",
    ),
    "groups": Case(
        Group,
        lambda row: groups.change(group=row, by=None, version=None, wish=groups.Wish(name="Annan")),
        "/groups/{groups}/",
    ),
    "announcements": Case(
        Announcement,
        lambda row: announcements.change(
            announcement=row,
            by=None,
            version=None,
            wish=announcements.Wish(name="Annat", prompt_id=row.prompt_id),
        ),
        "/announcements/{announcements}/",
    ),
    "numbers": Case(
        Number,
        lambda row: numbers.describe(number=row, by=None, version=None, label="Växeln"),
        "/numbers/{numbers}/",
        "{page}release/",
    ),
    "logins": Case(
        Membership,
        lambda row: customers.change_role(membership=row, role=Role.ADMIN),
        "/settings/admins/",
        "/settings/admins/{logins}/remove/",
    ),
    "webhooks": Case(
        Endpoint,
        lambda row: webhooks.change(endpoint=row, url="https://annan.example/webhook", types=["call.ended"]),
        "/settings/webhooks/{webhooks}/",
    ),
}
DRAFT = {"menus", "groups", "announcements", "timeswitches"}
OVER_THE_API = {
    **CASES,
    "schedules": Case(Schedule, lambda row: schedules.rename(schedule=row, by=None, version=None, name="Lagret"), ""),
    "timeswitches": Case(
        TimeSwitch,
        lambda row: timeswitches.change(
            switch=row,
            by=None,
            version=None,
            wish=timeswitches.Wish(name="Annan", schedule_id=row.schedule_id),
        ),
        "",
    ),
}


@dataclass
class World:
    cast: Cast
    rows: Office

    def row(self, room: str, case: Case) -> Any:
        """Return the thing as it is, in the scope."""
        return case.model._default_manager.get(pk=self.rows[room])

    def stands(self, room: str, case: Case) -> bool:
        """Tell whether it is there and not marked removed."""
        with scope.customer(self.cast.norrsken.pk):
            row = case.model._default_manager.filter(pk=self.rows[room]).first()
            return row is not None and not (room in DRAFT and row.destination.removed)  # type: ignore[attr-defined]

    def changes(self) -> int:
        """Return how many edits history holds."""
        with scope.customer(self.cast.norrsken.pk):
            return Change.objects.count()


def world() -> World:
    everybody = cast()
    with scope.customer(everybody.norrsken.pk):
        unused = prompts.make(customer_id=everybody.norrsken.pk, by=None, name="Sommar")
        return World(everybody, office(everybody) | {"prompts": unused.pk})


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.parametrize("room", CASES)
def test_from_its_page(room: str) -> None:
    there, case = world(), CASES[room]
    browser = client(there.cast.sam if room == "numbers" else there.cast.alice)
    page = PAGES + case.page.format(**there.rows)
    remove = case.remove.format(page=page, **there.rows)
    remove = remove if remove.startswith(PAGES) else PAGES + remove
    seen = versions_in(form_of(text(browser.get(page)), remove))[0]
    with scope.customer(there.cast.norrsken.pk):
        case.change(there.row(room, case))
    before = there.changes()
    refused = browser.post(remove, {"version": seen})
    assert (refused.status_code, there.stands(room, case)) == (409, True)
    assert "Någon annan har ändrat det här" in text(refused)
    assert there.changes() == before
    assert browser.post(remove).status_code == 409, "a form that has seen nothing"
    now = versions_in(form_of(text(browser.get(page)), remove))[0]
    assert browser.post(remove, {"version": now}).status_code == 302


@pytest.mark.django_db
@pytest.mark.parametrize("room", ["people", "mailboxes", "externals", "prompts"])
def test_what_is_in_use_is_not_offered_for_removal(room: str) -> None:
    everybody = cast()
    with scope.customer(everybody.norrsken.pk):
        made, mobile = flow.story(everybody.norrsken), external(everybody.norrsken.pk)
        numbers.set_entry(number=made.number, by=None, entry_id=mobile.pk, version=None)
        rows = {"people": made.people[0], "mailboxes": made.box, "externals": mobile, "prompts": made.closed.prompt}
        page = PAGES + CASES[room].page.format(**{room: rows[room].pk})
    shown = text(client(everybody.alice).get(page))
    assert "kan inte tas bort än" in shown
    assert CASES[room].remove.format(page=page, **{room: rows[room].pk}) not in shown


def deleted(who: Client, where: str, seen: dict[str, str]) -> tuple[int, str]:
    """Delete something and return what is answered: the status and the code."""
    try:
        answer = who.delete(where, headers=seen)
        return answer.status_code, answer.json()["code"] if answer.content else ""
    finally:
        connection.close()


def waits_for_this_one() -> None:
    """Wait until somebody waits for a lock that this transaction holds."""
    asked = "SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid))"
    for _turn in range(500):
        with connection.cursor() as cursor:
            cursor.execute(asked)
            if cursor.fetchone()[0]:
                return
        time.sleep(0.02)
    raise AssertionError("nobody waits")


def form_of(page: str, action: str) -> str:
    """Return the form of a page that posts to an address."""
    return page.split(f'action="{action}"')[1].split("</form>")[0]


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("room", OVER_THE_API)
def test_over_the_api_while_the_change_is_being_saved(room: str) -> None:
    """The request reads the thing before the colleague's change is there to be read, and waits for its lock."""
    there, case = world(), OVER_THE_API[room]
    where = f"{API}{case.api.format(**there.rows) or f'/{room}/{there.rows[room]}/'}"
    who = client(there.cast.sam if room == "numbers" else there.cast.alice)
    seen = {"If-Match": who.get(where).headers["ETag"]}
    assert who.delete(where).status_code == 428
    with ThreadPoolExecutor(1) as threads:
        with scope.customer(there.cast.norrsken.pk):
            case.change(there.row(room, case))
            answer = threads.submit(deleted, who, where, seen)
            waits_for_this_one()
        assert answer.result(30) == (412, "changed_since")
    assert there.stands(room, case)
    assert who.delete(where, headers=seen).status_code == 412
