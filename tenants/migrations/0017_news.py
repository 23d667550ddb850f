"""Which rows tell open pages that something has changed; those of test calls are in integrations 0007."""

from django.db import migrations

from tenants.customers.news import FUNCTION, News

WISH = ("wanted", "wanted_command", "wanted_at", "wanted_by_id", "wanted_via", "refused")


class Migration(migrations.Migration):
    """Add the triggers. A lease, a turn or a try is no news."""

    dependencies = [("tenants", "0016_own_keys")]
    operations = [
        migrations.RunSQL(FUNCTION, "DROP FUNCTION portal_news()"),
        News("tenants_liveregister", "live", ("value", "version", "at", "by", "via", *WISH)),
        News("tenants_publication", "release", ("epoch", "generation")),
        News("tenants_object", "release", ("draft", "published")),
        News("tenants_change", "release", ("generation",)),
        News("tenants_release", "release"),
        News("tenants_receipt", "release"),
        News("tenants_rejection", "release"),
        News(
            "tenants_placement",
            "release",
            ("node_id", "role", "epoch", "generation", "effective_at", "quarantined", "refusal", "error"),
        ),
    ]
