"""The database's own word that something has changed, as migration operations.

Triggers tell it in the writer's own transaction, so no writer can forget, and it is heard when the change can be seen
and not before. What is told is a customer and a topic, never data: ``42 live``. PostgreSQL says the same word once a
transaction, however many rows were written. Why triggers: docs/decisions/0009-streams.md.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation, OperationCategory
from django.db.migrations.state import ProjectState

CHANNEL = "portal_news"
TOPICS = ("live", "release", "testcall")
"""What an open page may want to hear of: live state, publishing and receipts, test calls."""

FUNCTION = f"""
    CREATE FUNCTION portal_news() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM pg_catalog.pg_notify('{CHANNEL}', coalesce(NEW.customer_id, OLD.customer_id) || ' ' || TG_ARGV[0]);
        RETURN NULL;
    END $$
"""


class News(Operation):
    """Let a table of customers' rows tell a topic: each row that comes or goes, and each change of ``columns``.

    What is no news to any page (leases, turns, tries) is left out of ``columns``. ``only`` says which new rows count.
    """

    reversible = True
    category = OperationCategory.SQL

    def __init__(self, table: str, topic: str, columns: Sequence[str] = (), only: str = "") -> None:
        self.table, self.topic, self.columns, self.only = table, topic, tuple(columns), only

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Leave the models as they are."""

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """Make the triggers."""
        schema_editor.execute(self._trigger("rows", "INSERT" if self.only else "INSERT OR DELETE", self.only))
        if self.columns:
            old, new = (", ".join(f"{side}.{name}" for name in self.columns) for side in ("OLD", "NEW"))
            schema_editor.execute(self._trigger("columns", "UPDATE", f"ROW({old}) IS DISTINCT FROM ROW({new})"))

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """Remove the triggers."""
        for part in ("rows", "columns"):
            schema_editor.execute(f"DROP TRIGGER IF EXISTS news_{part} ON {self.table}")

    def _trigger(self, part: str, event: str, when: str) -> str:
        condition = f"WHEN ({when}) " if when else ""
        return (
            f"CREATE TRIGGER news_{part} AFTER {event} ON {self.table} FOR EACH ROW {condition}"
            f"EXECUTE FUNCTION portal_news('{self.topic}')"
        )

    def describe(self) -> str:
        """Return what the migration log says."""
        return f"Let {self.table} tell of {self.topic}"
