"""When a node last answered, and until when somebody is finding out whether it does."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Add the columns."""

    dependencies = [("tenants", "0012_forgotten_nodes")]
    operations = [
        migrations.AddField("node", "answered_at", models.DateTimeField(null=True, blank=True)),
        migrations.AddField("node", "asked_until", models.DateTimeField(null=True, blank=True)),
    ]
