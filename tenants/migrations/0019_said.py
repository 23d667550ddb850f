"""What a change did, so that each reader gets it in their own language."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Add the sentence and its names; changes of before have only their Swedish text. The table's fence is there."""

    dependencies = [("tenants", "0018_forgotten")]
    operations = [
        migrations.AddField("change", "said", models.JSONField(null=True, editable=False)),
    ]
