"""API keys: shown once, by scopes, into one customer and nowhere else, counted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import caches
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tenants.apikeys import actions, queries
from tenants.apikeys.models import ApiKey
from tenants.apikeys.scopes import SCOPES
from tenants.changes.models import Change
from tenants.customers import scope
from tenants.customers.models import Membership, User
from tests.factories.cast import PASSWORD, Cast, cast
from tests.factories.doors import client, statuses, text
from tests.factories.mailboxes import mailbox, message

pytestmark = pytest.mark.django_db
API = "/api/v1/customers/norrsken-bygg"
PAGE = "/c/norrsken-bygg/settings/api-keys/"
EVA = {"name": "Eva Lind", "extension": "1042"}


@pytest.fixture
def everybody() -> Cast:
    return cast()


def key(everybody: Cast, *scopes: str, name: str = "Lön", **more: Any) -> tuple[ApiKey, Client]:
    """Make a key of Norrsken's and a program that shows it."""
    ident = everybody.norrsken.pk
    with scope.customer(ident):
        row, secret = actions.make(customer_id=ident, by=everybody.alice, name=name, scopes=scopes, **more)
    return row, Client(headers={"Authorization": f"Bearer {secret}"})


class TestScopes:
    def test_a_key_does_what_its_scopes_say(self, everybody: Cast) -> None:
        _row, program = key(everybody, "read:people")
        assert program.get(f"{API}/people/").status_code == 200
        answer = program.post(f"{API}/people/", EVA, content_type="application/json")
        assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")
        assert "write:people" in answer.json()["title"]
        assert program.get(f"{API}/numbers/").json()["code"] == "scope_missing"

    def test_who_may_write_may_read(self, everybody: Cast) -> None:
        _row, program = key(everybody, "write:people")
        assert program.post(f"{API}/people/", EVA, content_type="application/json").status_code == 201
        assert program.get(f"{API}/people/").status_code == 200

    def test_history_names_the_key(self, everybody: Cast) -> None:
        _row, program = key(everybody, "write:people", "read:publishing")
        program.post(f"{API}/people/", EVA, content_type="application/json")
        assert program.get(f"{API}/changes/").json()["results"][-1]["by"] == "Lön (API)"

    def test_it_says_who_it_is(self, everybody: Cast) -> None:
        row, program = key(everybody, "read:people")
        told = program.get("/api/v1/me/").json()
        assert told == {
            "name": "Lön (API)", "key": row.prefix, "scopes": ["read:people"], "customers": ["norrsken-bygg"],
        }  # fmt: skip

    @pytest.mark.parametrize("scopes", [[], ["read:everything"], ["people"]])
    def test_a_key_for_nothing_is_not_made(self, everybody: Cast, scopes: list[str]) -> None:
        with pytest.raises(actions.NoScope):
            key(everybody, *scopes)


class TestFences:
    def test_a_key_finds_no_other_customer(self, everybody: Cast) -> None:
        _row, program = key(everybody, *SCOPES)
        there = program.get("/api/v1/customers/lilla-bageriet/people/")
        nowhere = program.get("/api/v1/customers/no-such-customer/people/")
        assert (there.status_code, there.json()) == (404, nowhere.json())

    def test_a_key_is_no_staff(self, everybody: Cast) -> None:
        _row, program = key(everybody, *SCOPES)
        number = program.post(f"{API}/numbers/", {"e164": "040-622 10 00"}, content_type="application/json")
        assert number.status_code == 403
        assert program.get("/api/v1/customers/").status_code == 404
        assert program.post("/api/v1/customers/", {}, content_type="application/json").status_code == 404

    def test_a_key_of_staffs_making_is_no_staff_either(self, everybody: Cast) -> None:
        ident = everybody.norrsken.pk
        with scope.customer(ident):
            _row, secret = actions.make(customer_id=ident, by=everybody.sam, name="Drift", scopes=SCOPES)
        program = Client(headers={"Authorization": f"Bearer {secret}"})
        assert program.get("/api/v1/customers/").status_code == 404

    def test_a_key_opens_no_page(self, everybody: Cast) -> None:
        _row, program = key(everybody, *SCOPES)
        assert program.get("/c/norrsken-bygg/people/").status_code == 302
        assert program.get(PAGE).status_code == 302

    def test_a_key_beside_a_session_goes_before_it(self, everybody: Cast) -> None:
        _row, program = key(everybody, "read:people")
        program.force_login(everybody.sam)
        assert program.get(f"{API}/numbers/").status_code == 403
        assert program.get("/api/v1/customers/").status_code == 404

    def test_nobody_logs_in_as_a_key(self, everybody: Cast) -> None:
        row, _program = key(everybody, *SCOPES)
        assert not row.user.has_usable_password()
        assert not row.user.is_active
        answer = Client().post("/login/", {"username": row.user.email, "password": PASSWORD})
        assert answer.status_code != 302

    def test_a_key_is_no_login_to_choose_or_to_end(self, everybody: Cast) -> None:
        row, program = key(everybody, *SCOPES)
        logins = program.get(f"{API}/logins/").json()["results"]
        assert {login["name"] for login in logins} == {"Alice Ek", "Bob Lind"}
        with scope.customer(everybody.norrsken.pk):
            own = Membership.objects.get(user=row.user).pk
        assert program.get(f"{API}/logins/{own}/").status_code == 404
        assert "Lön" not in text(client(everybody.alice).get("/c/norrsken-bygg/settings/admins/"))

    def test_a_key_hears_what_it_is_ticked_for(self, everybody: Cast) -> None:
        row, program = key(everybody, "read:messages")
        with scope.customer(everybody.norrsken.pk):
            silent, open_ = (
                mailbox(everybody.norrsken.pk, "Chefens"),
                mailbox(everybody.norrsken.pk, "Växelns", row.user),
            )
            message(silent)
            said = message(open_)
        assert program.get(f"{API}/mailboxes/{silent.pk}/messages/").status_code == 404
        (line,) = program.get(f"{API}/mailboxes/{open_.pk}/messages/").json()["results"]
        assert line["id"] == said.pk
        heard = program.get(f"{API}/mailboxes/{open_.pk}/messages/{said.pk}/audio/")
        assert (heard.headers["Content-Type"], heard.content[:4]) == ("audio/wav", b"RIFF")


class TestLife:
    @pytest.mark.parametrize("shown", ["", "b2v_00000000_x", "x" * 5000, "å"])
    def test_what_is_no_key_is_401(self, everybody: Cast, shown: str) -> None:
        answer = Client(headers={"Authorization": f"Bearer {shown}"}).get(f"{API}/people/")
        assert (answer.status_code, answer.json()["code"]) == (401, "key_invalid")
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")

    def test_a_revoked_key_opens_nothing(self, everybody: Cast) -> None:
        row, program = key(everybody, "read:people")
        with scope.customer(everybody.norrsken.pk):
            actions.revoke(key=row, by=everybody.alice)
        assert program.get(f"{API}/people/").status_code == 401

    def test_an_old_key_opens_nothing(self, everybody: Cast) -> None:
        _row, program = key(everybody, "read:people", expires_at=timezone.now() - timedelta(seconds=1))
        assert program.get("/api/v1/me/").status_code == 401

    def test_a_name_is_free_again_when_its_key_is_revoked(self, everybody: Cast) -> None:
        row, _program = key(everybody, "read:people")
        with pytest.raises(actions.NameTaken):
            key(everybody, "read:people")
        with scope.customer(everybody.norrsken.pk):
            actions.revoke(key=row, by=everybody.alice)
        key(everybody, "read:people")

    def test_the_key_itself_is_stored_nowhere(self, everybody: Cast) -> None:
        ident = everybody.norrsken.pk
        with scope.customer(ident):
            row, secret = actions.make(customer_id=ident, by=everybody.alice, name="Lön", scopes=SCOPES)
            stored = str(ApiKey.objects.values().get(pk=row.pk)) + str(User.objects.values().get(pk=row.user_id))
        assert secret.removeprefix(row.prefix + "_") not in stored

    def test_its_use_is_noted_once_a_minute(self, everybody: Cast) -> None:
        row, program = key(everybody, "read:people")
        with CaptureQueriesContext(connection) as asked:
            program.get(f"{API}/people/")
            program.get(f"{API}/people/")
        assert sum('UPDATE "tenants_apikey"' in query["sql"] for query in asked) == 1
        with scope.customer(everybody.norrsken.pk):
            assert ApiKey.objects.get(pk=row.pk).last_used_at is not None


class TestRate:
    @pytest.fixture
    def counted(self, broker: str, settings: Any) -> Iterator[None]:
        """Count in a real Valkey; three requests a minute."""
        settings.API_KEY_PER_MINUTE = 3
        backend = "django.core.cache.backends.redis.RedisCache"
        settings.CACHES = {**settings.CACHES, "shared": {"BACKEND": backend, "LOCATION": broker}}
        yield
        caches["shared"].close()

    @pytest.mark.usefixtures("counted")
    def test_beyond_its_rate_a_key_must_wait(self, everybody: Cast) -> None:
        _row, program = key(everybody, "read:people")
        _other, another = key(everybody, "read:people", name="Annan")
        answers = [program.get(f"{API}/people/") for _ in range(4)]
        assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
        assert [answer.headers["RateLimit-Remaining"] for answer in answers] == ["2", "1", "0", "0"]
        assert answers[3].json()["code"] == "throttled"
        assert 0 < int(answers[3].headers["Retry-After"]) <= 60
        assert another.get(f"{API}/people/").status_code == 200

    def test_a_counter_that_is_down_lets_all_through(self, everybody: Cast) -> None:
        assert "127.0.0.1:1/" in settings.BROKER_URL
        _row, program = key(everybody, "read:people")
        assert program.get(f"{API}/people/").status_code == 200


class TestPage:
    def test_an_administrator_makes_and_revokes_a_key(self, everybody: Cast) -> None:
        alice = client(everybody.alice)
        made = alice.post(f"{PAGE}new/", {"name": "Lön", "lasts": "90", "people": "write", "numbers": "read"})
        assert made.headers["Cache-Control"] == "no-store"
        with scope.customer(everybody.norrsken.pk):
            (line,) = queries.listed()
        assert sorted(line.key.scopes) == ["read:numbers", "write:people"]
        assert line.key.expires_at is not None
        assert line.key.prefix in text(made)
        shown = text(alice.get(PAGE))
        assert "Lön" in shown
        assert "Användare och telefoner" in shown
        alice.post(f"{PAGE}{line.key.pk}/revoke/")
        assert line.key.prefix not in text(alice.get(PAGE))

    def test_a_refused_form_keeps_what_was_typed(self, everybody: Cast) -> None:
        answer = client(everybody.alice).post(f"{PAGE}new/", {"name": "Lön", "lasts": "30"})
        assert answer.status_code == 422
        assert "Välj minst en sak" in text(answer)
        assert 'value="Lön"' in text(answer)

    def test_only_administrators(self, everybody: Cast) -> None:
        people = (everybody.bob, everybody.charlie)
        assert statuses(PAGE, *people) == {"Bob": (403, 405), "Charlie": (404, 405)}
        assert statuses(f"{PAGE}new/", *people) == {"Bob": (405, 403), "Charlie": (405, 404)}

    def test_another_customers_key_is_not_revoked(self, everybody: Cast) -> None:
        row, program = key(everybody, "read:people")
        theirs = f"/c/lilla-bageriet/settings/api-keys/{row.pk}/revoke/"
        assert client(everybody.charlie).post(theirs).status_code == 404
        assert program.get(f"{API}/people/").status_code == 200


def test_nothing_a_key_did_is_lost_when_it_is_revoked(everybody: Cast) -> None:
    row, program = key(everybody, "write:people")
    program.post(f"{API}/people/", EVA, content_type="application/json")
    with scope.customer(everybody.norrsken.pk):
        actions.revoke(key=row, by=everybody.alice)
        assert str(Change.objects.latest("pk").by) == "Lön (API)"
