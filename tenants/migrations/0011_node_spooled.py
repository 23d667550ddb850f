"""How many events a node has yet to tell."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Add the column."""

    dependencies = [("tenants", "0010_lines")]
    operations = [
        migrations.AddField("node", "spooled", models.PositiveBigIntegerField(null=True, blank=True)),
    ]
