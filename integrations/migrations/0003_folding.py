"""Failures of folding are kept with the event: how often, why, when next, and that staff has looked.

Staff may ask for an event to be folded again and may dismiss it; what a node told stays as it came, so staff's role
is granted these columns and no others.
"""

import django.contrib.postgres.indexes
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """Add what folding notes."""

    dependencies = [
        ("integrations", "0002_fences"),
        ("tenants", "0003_fences"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="event",
            name="again_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="event",
            name="dismissed_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="event",
            name="dismissed_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="event",
            name="error",
            field=models.CharField(blank=True, max_length=300),
        ),
        migrations.AddField(
            model_name="event",
            name="next_try_at",
            field=models.DateTimeField(default=django.utils.timezone.now),
        ),
        migrations.AddField(
            model_name="event",
            name="tries",
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(
                condition=models.Q(
                    ("dismissed_at", None),
                    ("folded_at", None),
                    models.Q(models.Q(("poisoned", ""), _negated=True), ("tries__gt", 0), _connector="OR"),
                ),
                fields=["-id"],
                name="event_trouble",
            ),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(fields=["customer", "-id"], name="event_of_customer"),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(fields=["node", "-id"], name="event_of_node"),
        ),
        migrations.AddIndex(
            model_name="event",
            index=django.contrib.postgres.indexes.BrinIndex(fields=["received_at"], name="event_received"),
        ),
        migrations.RunSQL(
            "GRANT UPDATE (folded_at, tries, error, next_try_at, again_at, dismissed_at, dismissed_by_id) "
            "ON integrations_event TO portal_staff",
            migrations.RunSQL.noop,
        ),
    ]
