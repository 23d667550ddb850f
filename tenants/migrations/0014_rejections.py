"""What nodes have refused, kept for history."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

from tenants.customers.fences import APPEND, Fence


class Migration(migrations.Migration):
    """Add the table behind its fences; nobody takes a word back."""

    dependencies = [("tenants", "0013_asked_nodes")]
    operations = [
        migrations.CreateModel(
            name="Rejection",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("generation", models.PositiveBigIntegerField()),
                ("refusal", models.JSONField()),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="tenants.customer",
                    ),
                ),
                (
                    "node",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.RESTRICT, related_name="+", to="tenants.node"
                    ),
                ),
            ],
            options={"abstract": False},
        ),
        migrations.AddConstraint(
            model_name="rejection",
            constraint=models.UniqueConstraint(fields=("customer", "node", "generation"), name="rejection_once"),
        ),
        Fence("Rejection", rights=APPEND),
    ]
