"""The database's own fences, as migration operations.

``Fence`` puts a table behind row-level security and replaces its plain foreign keys to other customer-owned
tables by composite ones, because row-level security stops neither a key from pointing at another customer's
row nor a cascade from crossing over. ``Grant`` opens a table that has no customer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation, OperationCategory
from django.db.migrations.state import ProjectState

READ_WRITE = "SELECT, INSERT, UPDATE, DELETE"
APPEND = "SELECT, INSERT"
"""For history: nobody but the owner can change or remove a row."""

STRICT = "customer_id = current_setting('app.customer')::bigint"
"""Raises when no customer is set, rather than showing an empty table."""
LENIENT = "customer_id = nullif(current_setting('app.customer', true), '')::bigint"

Wide = Mapping[str, str]
"""Role across customers -> what it may do, for instance ``{"portal_relay": "SELECT"}``."""


class _Sql(Operation):
    reversible = True
    category = OperationCategory.SQL

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Leave the models as they are."""

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """Do nothing: the table goes with its model's own operation."""


class Grant(_Sql):
    """Let roles use a table that belongs to no customer. ``table`` is a database table name."""

    def __init__(self, table: str, roles: Wide) -> None:
        self.table, self.roles = table, roles

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """Grant."""
        for role, rights in self.roles.items():
            schema_editor.execute(f"GRANT {rights} ON {self.table} TO {role}")

    def describe(self) -> str:
        """Return what the migration log says."""
        return f"Open {self.table}"


class Fence(_Sql):
    """Put a customer-owned table behind its fences.

    ``rights`` is what web and workers may do in a customer's scope; ``wide`` what the roles across customers
    may; ``mine`` lets a user read rows that name them, with no customer set, and ``bearer`` whoever knows a row's hash.
    """

    def __init__(
        self,
        model: str,
        *,
        rights: str = READ_WRITE,
        wide: Wide | None = None,
        mine: bool = False,
        bearer: bool = False,
    ) -> None:
        self.model, self.rights, self.wide, self.mine, self.bearer = model, rights, wide or {}, mine, bearer

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """Turn on row-level security, make policies and grants, replace keys."""
        model = to_state.apps.get_model(app_label, self.model)
        for statement in [*_row_security(model._meta.db_table), *self._policies(model._meta.db_table)]:
            schema_editor.execute(statement)
        for field in _fields_to_customers_rows(model):
            _replace_key(schema_editor, model, field)

    def _policies(self, table: str) -> Iterable[str]:
        condition = LENIENT if self.mine or self.bearer else STRICT
        using = f"USING ({condition}) WITH CHECK ({condition})"
        yield f"CREATE POLICY tenant ON {table} TO portal_app, portal_worker {using}"
        yield f"CREATE POLICY owner ON {table} TO portal_owner USING (true) WITH CHECK (true)"
        yield f"GRANT {self.rights} ON {table} TO portal_app, portal_worker"
        if self.mine:
            own = "user_id = nullif(current_setting('app.user', true), '')::bigint"
            yield f"CREATE POLICY mine ON {table} FOR SELECT TO portal_app USING ({own})"
        if self.bearer:
            shown = "hash = nullif(current_setting('app.key', true), '')"
            yield f"CREATE POLICY bearer ON {table} FOR SELECT TO portal_app USING ({shown})"
        for role, rights in self.wide.items():
            yield f"CREATE POLICY {role} ON {table} TO {role} USING (true) WITH CHECK (true)"
            yield f"GRANT {rights} ON {table} TO {role}"

    def describe(self) -> str:
        """Return what the migration log says."""
        return f"Fence {self.model}"


def _row_security(table: str) -> tuple[str, str]:
    return (f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY", f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")


def _fields_to_customers_rows(model: type[models.Model]) -> list[models.ForeignKey[Any, Any]]:
    """Return the foreign keys that point at rows which have a customer themselves."""
    return [
        field
        for field in model._meta.local_fields
        if isinstance(field, models.ForeignKey) and _is_owned(field.related_model) and field.name != "customer"
    ]


def _is_owned(model: Any) -> bool:
    return any(field.name == "customer" for field in model._meta.local_fields)


def _replace_key(
    editor: BaseDatabaseSchemaEditor, model: type[models.Model], field: models.ForeignKey[Any, Any]
) -> None:
    table, target = model._meta.db_table, field.related_model._meta.db_table
    for name in editor._constraint_names(model, [field.column], foreign_key=True):  # type: ignore[attr-defined]
        editor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {editor.quote_name(name)}")
    pairs = [("customer_id", "customer_id"), (field.column, field.target_field.column), *_kind_pair(model, field)]
    here, there = (", ".join(side) for side in zip(*pairs, strict=True))
    _ensure_unique(editor, target, there)
    restrict = field.remote_field.on_delete is models.RESTRICT
    when = "ON DELETE RESTRICT" if restrict else "DEFERRABLE INITIALLY DEFERRED"
    editor.execute(
        f"ALTER TABLE {table} ADD CONSTRAINT {fence_name(table, field.column)} "
        f"FOREIGN KEY ({here}) REFERENCES {target} ({there}) {when}"
    )


def fence_name(table: str, column: str) -> str:
    """Return the name of the composite foreign key on a column."""
    return f"{table}_{column}_fence"


def _kind_pair(model: type[models.Model], field: models.ForeignKey[Any, Any]) -> list[tuple[str, str]]:
    """Return the columns that tie a key to the target's kind: a room's own row, or a route's source."""
    names = {local.name for local in model._meta.local_fields}
    if field.primary_key and "kind" in names:
        return [("kind", "kind")]
    return [(f"{field.name}_kind", "kind")] if f"{field.name}_kind" in names else []


def _ensure_unique(editor: BaseDatabaseSchemaEditor, table: str, columns: str) -> None:
    name = f"{table}_{columns.replace(', ', '_')}_key"[:63]
    editor.execute(
        f"DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conname = '{name}') THEN "  # noqa: S608 - names of our own tables
        f"ALTER TABLE {table} ADD CONSTRAINT {name} UNIQUE ({columns}); END IF; END $$"
    )
