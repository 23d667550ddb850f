"""Row-level security and grants for what nodes tell.

A node's batch holds facts of many customers, so it is written as ``portal_node`` and folded as ``portal_relay``;
staff read the heap. In a customer's scope its own facts can be read and nothing can be changed. Facts that could
not be read have no customer and are seen by the roles across customers only.
"""

from django.db import migrations

from tenants.customers.fences import Fence


class Migration(migrations.Migration):
    """Fence the events."""

    dependencies = [("integrations", "0001_tables"), ("tenants", "0003_fences")]
    operations = [
        Fence(
            "Event",
            rights="SELECT",
            wide={"portal_node": "SELECT, INSERT", "portal_relay": "SELECT, UPDATE", "portal_staff": "SELECT"},
        ),
    ]
