"""Row-level security, table by table, in plain SQL as the web's own login."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from django.db import Error, connection, models, transaction
from pytest_django.plugin import DjangoDbBlocker

from tenants.customers import scope
from tests.factories.cast import Cast, cast
from tests.factories.everything import fill, owned_models

TABLES = sorted(model._meta.db_table for model in owned_models())


@dataclass(frozen=True)
class Two:
    """Two customers, each with a row in every table."""

    cast: Cast
    ours: dict[str, models.Model]
    theirs: dict[str, models.Model]

    def row(self, table: str, whose: str) -> models.Model:
        """Return the row of a table."""
        rows = self.ours if whose == "ours" else self.theirs
        return next(row for row in rows.values() if row._meta.db_table == table)


@pytest.fixture(scope="module")
def two(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Two]:
    """Fill both customers, once for all tests here; each test undoes what it does by a savepoint."""
    with django_db_blocker.unblock(), transaction.atomic():
        everybody = cast()
        with scope.customer(everybody.bageri.pk):
            theirs = fill(everybody.bageri, everybody.charlie, everybody.node)
        with scope.customer(everybody.norrsken.pk):
            ours = fill(everybody.norrsken, everybody.alice, everybody.node)
        yield Two(everybody, ours, theirs)
        transaction.set_rollback(True)


@pytest.fixture
def inside(two: Two) -> Iterator[Callable[..., list[tuple[object, ...]]]]:
    """Run SQL as the web does in Norrsken's scope; an error rolls back only itself."""

    def run(sql: str, *values: str | int) -> list[tuple[object, ...]]:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql, values)
            answer = cursor.fetchall() if cursor.description else [(cursor.rowcount,)]
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            return answer

    with scope.customer(two.cast.norrsken.pk):
        yield run


BEFORE_A_CUSTOMER = {"tenants_membership", "tenants_apikey"}
"""A user may see own memberships with no customer set, and who shows a key that key: the next tests."""


@pytest.mark.parametrize("table", [table for table in TABLES if table not in BEFORE_A_CUSTOMER])
def test_without_a_customer_a_query_fails_loudly(table: str, two: Two) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('app.customer', '', true)")
        with pytest.raises(Error), transaction.atomic():
            cursor.execute(f"SELECT count(*) FROM {table}")


def test_without_customer_or_user_there_are_no_memberships(two: Two) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('app.customer', '', true), set_config('app.user', '', true)")
        cursor.execute("SELECT count(*) FROM tenants_membership")
        assert cursor.fetchone() == (0,)


def test_without_a_customer_only_the_key_that_was_shown_is_there(two: Two) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('app.customer', '', true)")
        theirs = two.theirs["apikey"]
        for shown, seen in ((theirs.hash, [theirs.pk]), ("", [])):  # type: ignore[attr-defined]
            cursor.execute("SELECT set_config('app.key', %s, true)", [shown])
            cursor.execute("SELECT id FROM tenants_apikey")
            assert [ident for (ident,) in cursor.fetchall()] == seen
            cursor.execute("UPDATE tenants_apikey SET scopes = '[]'")
            assert cursor.rowcount == 0


def test_a_user_sees_own_memberships_only(two: Two) -> None:
    from tenants.customers.queries import customers_of

    assert customers_of(two.cast.charlie) == [two.cast.bageri]
    assert customers_of(two.cast.sam) == []


@pytest.mark.parametrize("table", TABLES)
def test_another_customers_rows_do_not_exist(table: str, two: Two, inside: Callable[..., list[tuple[int]]]) -> None:
    assert inside(f"SELECT count(*) FROM {table} WHERE customer_id = %s", two.cast.norrsken.pk)[0][0] >= 1
    assert inside(f"SELECT count(*) FROM {table} WHERE customer_id <> %s", two.cast.norrsken.pk) == [(0,)]


HISTORY = {
    "tenants_release", "tenants_releaseitem", "tenants_change", "tenants_changeitem", "tenants_livechange",
    "tenants_rejection",
}  # fmt: skip


@pytest.mark.parametrize("table", TABLES)
def test_another_customers_rows_cannot_be_changed(
    table: str, two: Two, inside: Callable[..., list[tuple[int]]]
) -> None:
    for statement in (f"UPDATE {table} SET customer_id = customer_id", f"DELETE FROM {table}"):
        if table in HISTORY:
            with pytest.raises(Error, match="permission denied"):
                inside(statement)
        else:
            changed = inside(f"{statement} WHERE customer_id = %s", two.cast.bageri.pk)
            assert changed == [(0,)]


@pytest.mark.parametrize("table", TABLES)
def test_a_row_cannot_be_given_to_another_customer(
    table: str, two: Two, inside: Callable[..., list[tuple[int]]]
) -> None:
    row = two.row(table, "ours")
    columns = [
        str(field.column) for field in row._meta.local_fields if not (field.primary_key and field.column == "id")
    ]
    columns = [connection.ops.quote_name(column) for column in columns]
    taken = ", ".join("%s" if column == '"customer_id"' else column for column in columns)
    with pytest.raises(Error, match="row-level security"):
        inside(
            f"INSERT INTO {table} ({', '.join(columns)}) SELECT {taken} FROM {table} WHERE customer_id = %s",
            two.cast.bageri.pk, two.cast.norrsken.pk,
        )  # fmt: skip


def crossings() -> list[tuple[str, str, str]]:
    """Return (table, column, model name of the target) for every key between customers' rows."""
    owned = set(owned_models())
    return [
        (model._meta.db_table, str(field.column), field.related_model._meta.model_name or "")
        for model in owned_models()
        for field in model._meta.local_fields
        if field.related_model in owned and field.name != "customer"
    ]


@pytest.mark.parametrize(("table", "column", "target"), [key for key in crossings() if key[0] not in HISTORY])
def test_a_key_cannot_point_at_another_customers_row(
    table: str, column: str, target: str, two: Two, inside: Callable[..., list[tuple[int]]]
) -> None:
    """History cannot be updated at all, so its keys are tried by ``test_schema`` only."""
    with pytest.raises(Error, match=r"foreign key|violates"):
        inside(f"UPDATE {table} SET {column} = %s WHERE customer_id = %s", two.theirs[target].pk, two.cast.norrsken.pk)
