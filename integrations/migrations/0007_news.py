"""Which rows tell open pages how a test call goes; all others are in tenants 0017.

Events of everybody's calls are many and no page waits for them. A test call's id is its own, 32 hexadecimal digits; the
switch's own ids have a dot.
"""

from django.db import migrations

from tenants.customers.news import News


class Migration(migrations.Migration):
    """Add the triggers."""

    dependencies = [("integrations", "0006_webhook_fences"), ("tenants", "0017_news")]
    operations = [
        News("integrations_testcall", "testcall", ("placed_at", "refused")),
        News(
            "integrations_event",
            "testcall",
            only="NEW.customer_id IS NOT NULL AND NEW.call ~ '^[0-9a-f]{32}$'",
        ),
    ]
