import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("tenants", "0003_fences"),
    ]

    operations = [
        migrations.CreateModel(
            name="Event",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("boot", models.CharField(blank=True, max_length=64)),
                ("seq", models.BigIntegerField(null=True)),
                ("digest", models.CharField(max_length=64)),
                ("kind", models.CharField(blank=True, max_length=20)),
                ("at", models.DateTimeField(null=True)),
                ("call", models.CharField(blank=True, max_length=100)),
                ("body", models.BinaryField()),
                ("received_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("folded_at", models.DateTimeField(null=True)),
                ("poisoned", models.CharField(blank=True, max_length=200)),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="tenants.customer",
                    ),
                ),
                (
                    "node",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.RESTRICT,
                        related_name="+",
                        to="tenants.node",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("folded_at", None), ("poisoned", "")), fields=["id"], name="event_unfolded"
                    ),
                    models.Index(fields=["customer", "call", "at"], name="event_call"),
                    models.Index(
                        condition=models.Q(("poisoned", ""), _negated=True),
                        fields=["node", "-received_at"],
                        name="event_poisoned",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("node", "boot", "seq"), name="event_once"),
                    models.UniqueConstraint(
                        condition=models.Q(("seq__isnull", True)), fields=("node", "digest"), name="event_nameless_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("poisoned", ""), _negated=True),
                            models.Q(("customer__isnull", False), ("seq__isnull", False)),
                            _connector="OR",
                        ),
                        name="event_sound_or_poisoned",
                    ),
                ],
            },
        ),
    ]
