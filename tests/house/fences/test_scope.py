"""The scope a customer's rows are seen in."""

from __future__ import annotations

import psycopg
import pytest
from django.db import ProgrammingError, connection, transaction
from django_scopes.exceptions import ScopeError

from tenants.customers import scope
from tenants.customers.models import Site
from tenants.nodes.models import Placement
from tests.factories.cast import cast


@pytest.mark.django_db
class TestScope:
    def test_a_query_outside_raises(self) -> None:
        with pytest.raises(ScopeError):
            Site.objects.count()

    def test_the_inner_customer_is_left_for_the_outer_one(self) -> None:
        everybody = cast()
        with scope.customer(everybody.norrsken.pk):
            Site.objects.create(customer=everybody.norrsken, name="Luleå")
            with scope.customer(everybody.bageri.pk):
                assert Site.objects.count() == 0
            assert Site.objects.count() == 1

    def test_after_an_error_the_setting_is_gone(self) -> None:
        everybody = cast()
        with pytest.raises(RuntimeError), scope.customer(everybody.norrsken.pk):
            raise RuntimeError
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('app.customer', true)")
            assert cursor.fetchone()[0] in (None, "")

    def test_the_web_is_not_the_relay(self) -> None:
        with pytest.raises(ProgrammingError, match="permission denied"), scope.wide("portal_relay"):
            pass

    def test_staff_see_every_placement_and_nothing_of_a_customers_own(self) -> None:
        cast()
        with scope.wide("portal_staff"):
            assert Placement.objects.count() == 2
            with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
                Site.objects.count()


@pytest.mark.django_db(transaction=True)
class TestPooledConnection:
    def test_nothing_is_left_on_the_connection_when_the_transaction_ends(self) -> None:
        everybody = cast()
        with scope.customer(everybody.norrsken.pk):
            Site.objects.create(customer=everybody.norrsken, name="Luleå")
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('app.customer', true), current_user::text")
            assert cursor.fetchone() == ("", "portal_app")

    def test_the_worker_is_not_staff(self, worker_connection: psycopg.Connection) -> None:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            worker_connection.execute("SET LOCAL ROLE portal_staff")
