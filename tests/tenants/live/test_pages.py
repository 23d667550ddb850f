"""Live state on pages and over the API: groups, people, one's own page."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tenants.changes.actions import publish
from tenants.customers import scope
from tenants.groups import actions as groups
from tenants.live import queries
from tenants.people import actions as people
from tenants.people.models import Person
from tenants.routing.live import Diversion, Login, Override, Pause, membership
from tenants.schedules import actions as schedules
from tests.factories.cast import cast
from tests.factories.doors import client, text
from tests.factories.flow import person, story
from tests.factories.groups import group
from tests.factories.live import told
from tests.factories.schedules import schedule
from tests.tenants.live.test_actions import Desk

ME = "/c/norrsken-bygg/me/"


@pytest.fixture
def desk(db: None) -> Desk:
    """A published flow, and Bob is Bo's login."""
    everybody = cast()
    with scope.customer(everybody.norrsken.pk):
        made = story(everybody.norrsken)
        publish(customer_id=everybody.norrsken.pk, by=everybody.alice)
        Person.objects.filter(pk=made.people[1].pk).update(user=everybody.bob)
    return Desk(everybody, made)


def standing(desk: Desk, kind: str, subject: str) -> queries.Standing:
    """Return how a subject stands."""
    with scope.customer(desk.id):
        return queries.standing(kind, subject)


def seen(page: str) -> str:
    """Return the mark of what a page's live region shows."""
    return page.partition(' hx-trigger="load delay:400ms, live')[0].rpartition("?seen=")[2].strip('"')


def test_an_administrator_logs_a_member_out_and_the_page_says_it_is_on_its_way(desk: Desk) -> None:
    browser, at = client(desk.cast.alice), f"/c/norrsken-bygg/groups/{desk.story.sales.pk}/"
    subject = membership(f"group/{desk.story.sales.pk}", desk.anna)
    page = text(browser.get(at))
    assert "Vem tar emot samtal just nu" in page
    assert browser.get(f"{at}duty/?seen={seen(page)}").status_code == 204
    answer = browser.post(f"{at}members/{desk.anna.partition('/')[2]}/login/", {"on": "0"})
    assert answer.status_code == 302
    assert standing(desk, "login", subject).value == Login(on=False)
    part = text(browser.get(f"{at}duty/?seen={seen(page)}"))
    assert "Inte i växeln än" in part
    assert "Utloggad" in part
    with scope.customer(desk.id):
        told(desk.id, "login", subject, Login(on=False), by="Karin", via="phone", at=timezone.now().timestamp() + 5)
    told_ = text(browser.get(f"{at}duty/"))
    assert "Utloggad av" in told_


def test_a_page_that_outlives_what_it_shows_is_told_so_once_and_asks_no_more(desk: Desk) -> None:
    by = desk.cast.alice
    with scope.customer(desk.id):
        team, nils = group(desk.id, "Kvällen"), person(desk.id, "Nils", "109")
        hours = schedule(desk.cast.norrsken, "Jouren")
        Person.objects.filter(pk=desk.story.people[1].pk).update(user=None)
        Person.objects.filter(pk=nils.pk).update(user=desk.cast.bob)
    home = "/c/norrsken-bygg"
    regions = {
        f"{home}/groups/{team.pk}/duty/": (by, "duty"),
        f"{home}/opening-hours/{hours.pk}/now/status/": (by, "hours-status"),
        f"{home}/people/{nils.pk}/now/": (by, "presence"),
        f"{home}/me/now/": (desk.cast.bob, "presence"),
    }
    marks = {at: seen(text(client(who).get(at))) for at, (who, _ident) in regions.items()}
    with scope.customer(desk.id):
        groups.remove(group=team, by=by, version=None)
        schedules.delete(schedule=hours, by=by, version=None)
        people.remove(person=nils, by=by, version=None)
    for at, (who, ident) in regions.items():
        answer = client(who).get(f"{at}?seen={marks[at]}")
        assert answer.status_code == 200, at
        assert f'id="{ident}"' in text(answer)
        assert "Borttagen" in text(answer)
        assert "hx-get" not in text(answer)
        assert client(who).get(at).status_code == 404
        assert client(desk.cast.charlie).get(f"{at}?seen={marks[at]}").status_code == 404
    english = client(by)
    english.cookies["django_language"] = "en"
    assert "Deleted" in text(english.get(f"{home}/groups/{team.pk}/duty/?seen=x"))


def test_the_list_says_how_many_take_calls(desk: Desk) -> None:
    with scope.customer(desk.id):
        told(desk.id, "pause", desk.anna, Pause())
    page = text(client(desk.cast.alice).get("/c/norrsken-bygg/groups/"))
    assert "1 av 2 tar emot samtal" in page
    assert "0 av 1 tar emot samtal" in page


def test_who_is_no_member_cannot_be_logged_in(desk: Desk) -> None:
    at = f"/c/norrsken-bygg/groups/{desk.story.desk.pk}/members/{desk.story.people[1].pk}/login/"
    assert client(desk.cast.alice).post(at, {"on": "1"}).status_code == 404


def test_the_group_costs_the_same_however_much_is_set(desk: Desk) -> None:
    browser, at = client(desk.cast.alice), f"/c/norrsken-bygg/groups/{desk.story.sales.pk}/duty/"
    browser.get(at)
    counts = []
    for version, member in enumerate(desk.story.people, 1):
        with scope.customer(desk.id):
            told(desk.id, "pause", f"person/{member.pk}", Pause(), version=version)
        with CaptureQueriesContext(connection) as asked:
            browser.get(at)
        counts.append(len(asked))
    assert len(set(counts)) == 1


def test_a_user_has_a_page_of_their_own_and_no_way_to_anybody_elses(desk: Desk) -> None:
    bob = client(desk.cast.bob)
    page = text(bob.get(ME))
    assert "Bo Dahl" in page
    assert "Försäljning" in page
    assert bob.post(f"{ME}pause/", {"on": "1"}).status_code == 302
    assert standing(desk, "pause", desk.bo).value == Pause()
    assert bob.post(f"{ME}groups/{desk.story.sales.pk}/login/", {"on": "0"}).status_code == 302
    assert standing(desk, "login", membership(f"group/{desk.story.sales.pk}", desk.bo)).value == Login(on=False)
    assert bob.post(f"{ME}groups/{desk.story.desk.pk}/login/", {"on": "0"}).status_code == 404
    anna = desk.story.people[0].pk
    for name in ("now", "pause", "divert", "undivert"):
        path = f"/c/norrsken-bygg/people/{anna}/{name}/"
        assert {bob.get(path).status_code, bob.post(path).status_code} <= {403, 405}
    assert standing(desk, "pause", desk.anna).value is None


def test_who_has_no_telephone_is_told_what_would_be_there(desk: Desk) -> None:
    assert "hör inte till någon telefon" in text(client(desk.cast.alice).get(ME))
    assert client(desk.cast.alice).post(f"{ME}pause/", {"on": "1"}).status_code == 404
    assert client(desk.cast.charlie).get(ME).status_code == 404


def test_a_diversion_has_a_reason_an_end_and_a_place(desk: Desk) -> None:
    bob, box = client(desk.cast.bob), desk.story.box.pk
    later = timezone.localtime() + timedelta(days=2)
    sent = {"reason": "holiday", "clock": "0800", "day": f"{later:%Y-%m-%d}", "target": box}
    assert bob.post(f"{ME}divert/", sent).status_code == 302
    value = standing(desk, "diversion", desk.bo).value
    assert isinstance(value, Diversion)
    assert (value.reason, value.target) == ("holiday", f"mailbox/{box}")
    assert value.until == later.replace(hour=8, minute=0, second=0, microsecond=0)
    assert "Semester" in text(bob.get(ME))
    bob.post(f"{ME}undivert/")
    assert standing(desk, "diversion", desk.bo).value is None


@pytest.mark.parametrize(
    "sent",
    [
        {"reason": "lunch", "day": "2020-01-01"},
        {"reason": "lunch", "clock": "kvart"},
        {"reason": "uttråkad"},
        {"reason": "lunch", "target": "99999"},
    ],
)
def test_a_bad_diversion_is_refused_and_keeps_what_was_typed(desk: Desk, sent: dict[str, str]) -> None:
    bob = client(desk.cast.bob)
    for headers in ({}, {"HX-Request": "true"}):
        answer = bob.post(f"{ME}divert/", sent, headers=headers)
        assert answer.status_code == 422
        assert sent.get("clock", "") in text(answer)
    assert standing(desk, "diversion", desk.bo).value is None


def test_an_administrator_diverts_somebody(desk: Desk) -> None:
    browser, at = client(desk.cast.alice), f"/c/norrsken-bygg/people/{desk.story.people[0].pk}/"
    assert browser.post(f"{at}divert/", {"reason": "sick"}).status_code == 302
    page = text(browser.get(at))
    assert "Sjuk" in page
    assert "Avsluta hänvisningen" in page
    browser.post(f"{at}divert/", {"reason": "lunch", "target": desk.story.people[0].pk}, headers={"HX-Request": "true"})
    assert standing(desk, "diversion", desk.anna).value == Diversion(reason="sick")


def test_a_tried_call_knows_what_is_set_now_and_only_now(desk: Desk) -> None:
    until = timezone.now() + timedelta(hours=1)
    with scope.customer(desk.id):
        schedule = f"schedule/{desk.story.switch.schedule_id}"
        told(desk.id, "override", schedule, Override(state="closed", until=until))
    browser, at = client(desk.cast.alice), f"/c/norrsken-bygg/call-flow/{desk.story.number.pk}/try/"
    assert "ändrade för hand" in text(browser.get(at))
    assert "ändrade för hand" not in text(browser.get(f"{at}?day={timezone.localdate()}&clock=12:00"))
    page = text(browser.get("/c/norrsken-bygg/"))
    assert "Stängt just nu" in page


# --- the API -----------------------------------------------------------------------------------------------------


API = "/api/v1/customers/norrsken-bygg/live/"


def api(browser: Client, method: str, path: str, body: object = None) -> tuple[int, dict[str, object]]:
    """Send JSON, whatever stands there; return status and body."""
    headers = {"If-Match": "*"}
    answer = getattr(browser, method)(f"{API}{path}", body, content_type="application/json", headers=headers)
    return answer.status_code, answer.json() if answer.content else {}


def test_a_program_logs_a_member_out_and_in(desk: Desk) -> None:
    browser = client(desk.cast.alice)
    path = f"groups/{desk.story.sales.pk}/members/{desk.story.people[0].pk}/login/"
    answer = browser.get(f"{API}{path}")
    assert (answer.status_code, answer.json()["value"]) == (200, None)
    status, body = api(browser, "put", path, {"on": False})
    assert (status, body["pending"], body["wanted"]) == (202, True, {"on": False})
    assert standing(desk, "login", membership(f"group/{desk.story.sales.pk}", desk.anna)).via == "api"
    assert [row["kind"] for row in browser.get(f"{API}?kind=login").json()["results"]] == ["login"]
    assert browser.put(f"{API}{path}", {"on": True}, content_type="application/json").status_code == 428


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("people/{bo}/pause/", {}, 202),
        ("people/{bo}/diversion/", {"reason": "lunch", "target": "mailbox/{box}"}, 202),
        ("people/{bo}/diversion/", {"reason": "lunch", "target": "menu/1"}, 400),
        ("people/{bo}/diversion/", {"reason": "lunch", "target": "mailbox/999999"}, 422),
        ("people/{bo}/diversion/", {"reason": "lunch", "until": "2020-01-01T00:00:00Z"}, 422),
        ("people/999999/pause/", {}, 404),
        ("schedules/{hours}/override/", {"state": "closed", "until": "{soon}"}, 202),
        ("schedules/{hours}/override/", {"state": "closed"}, 400),
    ],
)
def test_each_kind_is_set_and_refused_as_on_the_page(desk: Desk, path: str, body: dict[str, str], status: int) -> None:
    named = {
        "bo": str(desk.story.people[1].pk), "box": str(desk.story.box.pk), "hours": str(desk.story.switch.schedule_id),
        "soon": (timezone.now() + timedelta(hours=1)).isoformat(),
    }  # fmt: skip
    sent = {key: value.format(**named) for key, value in body.items()}
    browser = client(desk.cast.alice)
    assert api(browser, "put", path.format(**named), sent)[0] == status
    if status == 202:
        assert api(browser, "delete", path.format(**named))[0] == 202


def test_a_user_and_a_stranger_have_no_way_in(desk: Desk) -> None:
    path = f"people/{desk.story.people[1].pk}/pause/"
    assert api(client(desk.cast.bob), "put", path, {})[0] == 403
    assert api(client(desk.cast.charlie), "put", path, {})[0] == 404
