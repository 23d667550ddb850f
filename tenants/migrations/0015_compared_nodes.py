"""When each node was last compared, and who does it now."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Add the columns."""

    dependencies = [("tenants", "0014_rejections")]
    operations = [
        migrations.AddField("node", "compared_at", models.DateTimeField(null=True, blank=True)),
        migrations.AddField("node", "compare_until", models.DateTimeField(null=True, blank=True)),
    ]
