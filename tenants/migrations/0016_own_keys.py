"""Keys that people make for what is their own."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """Add whose a key is."""

    dependencies = [("tenants", "0015_compared_nodes")]
    operations = [
        migrations.AddField(
            "apikey",
            "own_of",
            models.ForeignKey("tenants.user", on_delete=django.db.models.deletion.CASCADE, null=True, related_name="+"),
        ),
    ]
