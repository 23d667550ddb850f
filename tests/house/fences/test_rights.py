"""What each login may do in each table, and to which rows: read from the database, compared with `rights.txt`.

The other tests here ask whether the fences hold; this one sees that somebody opened a gate, so that whoever does must
write it down. A line is ``table | role | what it is granted | its policies``. Columns stand in brackets where a grant
is narrower than the table; a policy is ``name(command: rows)``, and ``every row`` a table without row-level security.
Who owns a table may do all in it and is left out of the grants.
"""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import psycopg
import pytest

EXPECTED = Path(__file__).with_name("rights.txt")
CONDITIONS = {
    "true": "any",
    "(customer_id = (current_setting('app.customer'::text))::bigint)": "customer",
    "(customer_id = (NULLIF(current_setting('app.customer'::text, true), ''::text))::bigint)": "customer, else none",
    "(user_id = (NULLIF(current_setting('app.user'::text, true), ''::text))::bigint)": "own",
    "((hash)::text = NULLIF(current_setting('app.key'::text, true), ''::text))": "shown",
}
"""What PostgreSQL says of a policy -> the word for it in `rights.txt`; another condition stands there whole."""

TABLES = """
    SELECT c.relname::text, NOT c.relrowsecurity, coalesce(r.rolname::text, 'public'), g.privilege_type, '',
           g.is_grantable
    FROM pg_class c CROSS JOIN aclexplode(c.relacl) g LEFT JOIN pg_roles r ON r.oid = g.grantee
    WHERE c.relnamespace = 'public'::regnamespace AND g.grantee <> c.relowner
    UNION ALL
    SELECT c.relname::text, NOT c.relrowsecurity, coalesce(r.rolname::text, 'public'), g.privilege_type, a.attname,
           g.is_grantable
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid CROSS JOIN aclexplode(a.attacl) g
    LEFT JOIN pg_roles r ON r.oid = g.grantee
    WHERE c.relnamespace = 'public'::regnamespace AND g.grantee <> c.relowner
"""
POLICIES = """
    SELECT tablename::text, policyname::text, permissive, cmd, roles::text[], qual, with_check
    FROM pg_policies ORDER BY policyname
"""
OTHERS = """
    SELECT 'schema ' || n.nspname, coalesce(r.rolname::text, 'public'), g.privilege_type, g.is_grantable
    FROM pg_namespace n CROSS JOIN aclexplode(n.nspacl) g LEFT JOIN pg_roles r ON r.oid = g.grantee
    WHERE g.grantee <> n.nspowner AND n.nspname NOT LIKE 'pg!_temp%' ESCAPE '!'
    UNION ALL
    SELECT 'function ' || p.proname, coalesce(r.rolname::text, 'public'), g.privilege_type, g.is_grantable
    FROM pg_proc p CROSS JOIN aclexplode(p.proacl) g LEFT JOIN pg_roles r ON r.oid = g.grantee
    WHERE p.pronamespace = 'public'::regnamespace AND g.grantee <> p.proowner
    UNION ALL
    SELECT 'whatever ' || d.defaclrole::regrole::text || ' makes', coalesce(r.rolname::text, 'public'),
           g.privilege_type, g.is_grantable
    FROM pg_default_acl d CROSS JOIN aclexplode(d.defaclacl) g LEFT JOIN pg_roles r ON r.oid = g.grantee
    UNION ALL
    SELECT 'role ' || m.roleid::regrole::text, m.member::regrole::text, 'MEMBER', m.admin_option
    FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.member
    WHERE (r.rolname ~ '^portal_' OR m.roleid::regrole::text ~ '^portal_') AND NOT r.rolsuper
"""
ORDER = ["SELECT", "INSERT", "UPDATE", "DELETE"]
Granted = dict[tuple[str, str], list[str]]


def lines(connection: psycopg.Connection[Any]) -> list[str]:
    """Return the database's rights as `rights.txt` has them."""
    granted, unfenced = _granted(connection)
    policies = _policies(connection)
    written = [
        _line(place, granted.get(place, []), ["every row"] if place[0] in unfenced else policies.get(place, []))
        for place in granted.keys() | policies.keys()
    ]
    return sorted(written) + sorted(_others(connection))


def _line(place: tuple[str, str], rights: Iterable[str], rows: Iterable[str]) -> str:
    return f"{' | '.join(place)} | {' '.join(rights) or 'nothing'} | {' '.join(rows) or 'no row'}"


def _granted(connection: psycopg.Connection[Any]) -> tuple[Granted, set[str]]:
    """Return what each role may do in each table, and which tables have no row-level security."""
    columns: dict[tuple[str, str], dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    unfenced = set()
    for table, is_open, role, right, column, grantable in connection.execute(TABLES):
        columns[table, role][_right(right, grantable=grantable)] += [column] if column else []
        unfenced |= {table} if is_open else set()
    return {place: _in_order(found) for place, found in columns.items()}, unfenced


def _right(name: str, *, grantable: bool) -> str:
    return f"{name} WITH GRANT" if grantable else str(name)


def _in_order(rights: Mapping[str, list[str]]) -> list[str]:
    known = [name for name in ORDER if name in rights] + sorted(set(rights) - set(ORDER))
    return [f"{name}({', '.join(sorted(rights[name]))})" if rights[name] else name for name in known]


def _policies(connection: psycopg.Connection[Any]) -> Granted:
    """Return the policies of each role on each table."""
    found: Granted = defaultdict(list)
    for table, name, permissive, command, roles, using, check in connection.execute(POLICIES):
        kind = command if permissive == "PERMISSIVE" else f"{permissive} {command}"
        for role in roles:
            found[table, role].append(f"{name}({kind}: {_rows(using, check)})")
    return found


def _rows(using: str | None, check: str | None) -> str:
    """Return which rows a policy shows; those it lets in stand behind a stroke when they are others."""
    shown, taken = (CONDITIONS.get(text or "", text or "none") for text in (using, check))
    return shown if check in {None, using} else f"{shown} / {taken}"


def _others(connection: psycopg.Connection[Any]) -> list[str]:
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for thing, role, right, grantable in connection.execute(OTHERS):
        found[thing, role].append(_right(right, grantable=grantable))
    return [f"{thing} | {role} | {' '.join(sorted(rights))}" for (thing, role), rights in found.items()]


def compare(connection: psycopg.Connection[Any]) -> str:
    """Return how the database differs from `rights.txt`: with a plus what it has and should not."""
    changes = difflib.unified_diff(EXPECTED.read_text().splitlines(), lines(connection), "rights.txt", "database", n=0)
    return "\n".join(changes)


@pytest.fixture
def owner(owner_connection: psycopg.Connection[Any]) -> psycopg.Connection[Any]:
    """The owner's connection, on which what is changed is rolled back."""
    return owner_connection


def test_every_right_is_written_down(owner: psycopg.Connection[Any]) -> None:
    if difference := compare(owner):
        pytest.fail(f"these rights are not as rights.txt says:\n{difference}", pytrace=False)


WIDENINGS = {
    "a wider policy": (
        "ALTER POLICY tenant ON tenants_site USING (true)",
        "+tenants_site | portal_app | SELECT INSERT UPDATE DELETE | tenant(ALL: any / customer)",
    ),
    "a policy for all": (
        "CREATE POLICY more ON tenants_site FOR SELECT USING (true)",
        "+tenants_site | public | nothing | more(SELECT: any)",
    ),
    "a policy for a role across customers": (
        "CREATE POLICY portal_staff ON tenants_site TO portal_staff USING (true)",
        "+tenants_site | portal_staff | nothing | portal_staff(ALL: any)",
    ),
    "history that can be changed": (
        "GRANT UPDATE ON tenants_release TO portal_worker",
        "+tenants_release | portal_worker | SELECT INSERT UPDATE | tenant(ALL: customer)",
    ),
    "a column more": (
        "GRANT SELECT (secret) ON integrations_endpoint TO portal_relay",
        "secret) UPDATE(last_served_at, lease, lease_until) | portal_relay(ALL: any)",
    ),
    "all that is made later": (
        "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO portal_staff",
        "+whatever portal_owner makes | portal_staff | SELECT",
    ),
    "no row-level security": (
        "ALTER TABLE tenants_site DISABLE ROW LEVEL SECURITY",
        "+tenants_site | portal_app | SELECT INSERT UPDATE DELETE | every row",
    ),
}


@pytest.mark.parametrize("name", WIDENINGS)
def test_a_gate_is_seen(name: str, owner: psycopg.Connection[Any]) -> None:
    statement, line = WIDENINGS[name]
    owner.execute(statement.encode())
    assert line in compare(owner)


def test_the_owner_owns_it_all(owner: psycopg.Connection[Any]) -> None:
    """Owners are left out of the lines, so another one would have rights that nobody wrote down."""
    found = owner.execute(
        "SELECT relname, relowner::regrole::text FROM pg_class WHERE relnamespace = 'public'::regnamespace "
        "AND relowner <> 'portal_owner'::regrole"
    ).fetchall()
    assert found == []
