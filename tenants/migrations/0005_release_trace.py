"""Which request a release came of, for the logs. The table's fence is there already."""

from django.db import migrations, models

from tenants.changes.models import trace_of_request


class Migration(migrations.Migration):
    """Add the trace id; releases of before have none."""

    dependencies = [("tenants", "0004_api_keys")]
    operations = [
        migrations.AddField(
            model_name="release",
            name="trace",
            field=models.CharField(blank=True, default=trace_of_request, editable=False, max_length=32),
        ),
    ]
