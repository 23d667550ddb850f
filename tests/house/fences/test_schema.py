"""A walk over every table of the database: fenced, or listed here with its reason."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from django.apps import apps
from django.db import connection

from tests.factories.everything import owned_models

WITHOUT_FENCE = {
    "tenants_customer": "the directory: id, slug, name, status; every role finds a customer by it",
    "tenants_user": "a person may belong to several customers; memberships are fenced",
    "tenants_node": "a machine of the switching layer serves many customers",
    "django_session": "holds a login before any customer is chosen",
    "django_content_type": "Django's own, without data of anybody",
    "django_migrations": "Django's own, without data of anybody",
    "auth_group": "Django's own, empty: roles are memberships",
    "auth_group_permissions": "Django's own, empty",
    "auth_permission": "Django's own, without data of anybody",
    "axes_accessattempt": "failed logins, before any customer is known",
    "axes_accessattemptexpiration": "failed logins, before any customer is known",
    "axes_accessfailurelog": "failed logins, before any customer is known",
    "axes_accesslog": "failed logins, before any customer is known",
}
GLOBAL_KEYS = {
    "tenants_number": "a telephone number is held once in the whole platform",
    "tenants_device": "a SIP username is one name on the switch, which has no customers",
}


@pytest.fixture
def catalogue(owner_connection: psycopg.Connection) -> Iterator[psycopg.Cursor]:
    """The owner's view of the catalogue."""
    with owner_connection.cursor() as cursor:
        yield cursor


def rows(cursor: psycopg.Cursor, sql: str) -> list[tuple[object, ...]]:
    """Run a query."""
    return cursor.execute(sql.encode()).fetchall()


def fenced() -> set[str]:
    """Return the tables that must be fenced: those of models with a customer."""
    return {model._meta.db_table for model in owned_models()}


def test_every_table_is_fenced_or_listed(catalogue: psycopg.Cursor) -> None:
    found = rows(
        catalogue,
        "SELECT relname FROM pg_class WHERE relkind IN ('r','p','m') AND relnamespace = 'public'::regnamespace",
    )
    tables = {str(name) for (name,) in found}
    other_apps = {model._meta.db_table for model in apps.get_app_config("integrations").get_models()}
    assert tables == fenced() | set(WITHOUT_FENCE) | other_apps


def test_row_level_security_is_on_and_forced(catalogue: psycopg.Cursor) -> None:
    off = rows(catalogue, "SELECT relname FROM pg_class WHERE NOT (relrowsecurity AND relforcerowsecurity)")
    assert {str(name) for (name,) in off} & fenced() == set()


def test_each_fenced_table_has_a_policy_for_its_customer_and_one_for_the_owner(catalogue: psycopg.Cursor) -> None:
    found = rows(catalogue, "SELECT tablename, policyname, roles::text[], qual, with_check FROM pg_policies")
    by_table: dict[str, dict[str, tuple[object, ...]]] = {}
    for table, name, *rest in found:
        by_table.setdefault(str(table), {})[str(name)] = tuple(rest)
    for table in fenced():
        roles, using, check = by_table[table]["tenant"]
        assert sorted(roles) == ["portal_app", "portal_worker"]  # type: ignore[call-overload]
        assert using == check
        assert "customer_id" in str(using)
        assert by_table[table]["owner"][0] == ["portal_owner"]


def test_customer_is_never_null(catalogue: psycopg.Cursor) -> None:
    found = rows(
        catalogue,
        "SELECT table_name FROM information_schema.columns WHERE column_name = 'customer_id' AND is_nullable = 'YES'",
    )
    assert {str(name) for (name,) in found} & fenced() == set()


def test_every_key_between_customers_rows_is_composite(catalogue: psycopg.Cursor) -> None:
    found = rows(
        catalogue,
        "SELECT conrelid::regclass::text, confrelid::regclass::text, conname, array_length(conkey, 1) "
        "FROM pg_constraint WHERE contype = 'f'",
    )
    plain = [(table, name) for table, target, name, width in found if target in fenced() and width == 1]
    assert plain == []
    composite = [name for _table, target, name, width in found if target in fenced() and width in (2, 3)]
    expected = sum(
        field.related_model in owned_models() and field.name != "customer"
        for model in owned_models()
        for field in model._meta.local_fields
    )
    assert len(composite) == expected > 30


def test_what_is_unique_is_unique_within_the_customer(catalogue: psycopg.Cursor) -> None:
    """A key across customers would tell one of them what another has."""
    found = rows(
        catalogue,
        "SELECT c.relname, i.indexrelid::regclass::text, array_agg(a.attname::text) FROM pg_index i "
        "JOIN pg_class c ON c.oid = i.indrelid JOIN pg_attribute a ON a.attrelid = i.indexrelid "
        "WHERE i.indisunique AND NOT i.indisprimary GROUP BY 1, 2",
    )
    parents = {field.column for model in owned_models() for field in model._meta.local_fields if field.is_relation}
    for table, index, columns in found:
        if table in fenced() and table not in GLOBAL_KEYS:
            assert set(columns) & (parents | {"customer_id"}), f"{index} is unique across customers"  # type: ignore[call-overload]


def test_no_views_or_functions_run_with_somebody_elses_rights(catalogue: psycopg.Cursor) -> None:
    views = rows(catalogue, "SELECT viewname FROM pg_views WHERE schemaname = 'public'")
    definers = rows(catalogue, "SELECT proname FROM pg_proc WHERE prosecdef AND pronamespace = 'public'::regnamespace")
    assert (views, definers) == ([], [])


def test_roles_are_as_narrow_as_they_should_be(catalogue: psycopg.Cursor) -> None:
    found = rows(
        catalogue,
        "SELECT rolname, rolsuper OR rolbypassrls OR rolcreaterole, rolinherit "
        "FROM pg_roles WHERE rolname LIKE 'portal%'",
    )
    powers = {str(name): (powerful, inherits) for name, powerful, inherits in found}
    assert powers["portal_app"] == powers["portal_worker"] == (False, False)
    assert not any(powerful for name, (powerful, _inherits) in powers.items() if name != "portal_owner")
    granted = rows(
        catalogue,
        "SELECT roleid::regrole::text, member::regrole::text "
        "FROM pg_auth_members WHERE roleid::regrole::text LIKE 'portal%'",
    )
    assert {pair for pair in granted if "postgres" not in pair} == {
        ("portal_staff", "portal_app"), ("portal_node", "portal_app"), ("portal_relay", "portal_worker")
    }  # fmt: skip


@pytest.mark.django_db
def test_the_tests_themselves_run_as_the_webs_login() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user::text, session_user::text")
        assert cursor.fetchone() == ("portal_app", "portal_app")
