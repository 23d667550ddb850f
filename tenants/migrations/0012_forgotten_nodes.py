"""A node that is gone, and where its customers go."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """Add the columns."""

    dependencies = [("tenants", "0011_node_spooled")]
    operations = [
        migrations.AddField("node", "forgotten_at", models.DateTimeField(null=True, blank=True)),
        migrations.AddField(
            "node",
            "heir",
            models.ForeignKey(
                "tenants.node",
                on_delete=django.db.models.deletion.RESTRICT,
                null=True,
                blank=True,
                related_name="+",
            ),
        ),
    ]
