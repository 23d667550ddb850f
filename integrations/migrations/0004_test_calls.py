"""Test calls: what the switch was asked to ring, so that a page can follow it."""

import uuid

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

from tenants.customers.fences import Fence


class Migration(migrations.Migration):
    """Make the table and its fences."""

    dependencies = [
        ("integrations", "0003_folding"),
        ("tenants", "0008_references"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="TestCall",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uuid", models.UUIDField(default=uuid.uuid4)),
                ("to", models.CharField(max_length=40)),
                ("shown", models.CharField(max_length=120)),
                ("moment", models.DateTimeField(null=True)),
                ("draft", models.BooleanField(default=False)),
                ("made_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("placed_at", models.DateTimeField(null=True)),
                ("refused", models.CharField(blank=True, max_length=60)),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
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
                    "number",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="tenants.number"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["customer", "-made_at"], name="test_call_latest")],
                "constraints": [models.UniqueConstraint(fields=("customer", "uuid"), name="test_call_once")],
            },
        ),
        Fence("TestCall"),
    ]
