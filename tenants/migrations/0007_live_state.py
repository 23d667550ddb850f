"""Live state: the portal's copy of the registers, what is wanted of them, and the log of their changes."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

from tenants.customers.fences import APPEND, Fence


class Migration(migrations.Migration):
    dependencies = [
        ("tenants", "0006_time_switch_word"),
    ]

    operations = [
        migrations.AddField(
            model_name="node",
            name="live_boot",
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.CreateModel(
            name="LiveChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("override", "Öppet eller stängt för hand"),
                            ("login", "Inloggning i svarsgrupp"),
                            ("pause", "Paus"),
                            ("diversion", "Hänvisning"),
                            ("unread", "Olästa meddelanden"),
                        ],
                        max_length=10,
                    ),
                ),
                ("subject", models.CharField(max_length=60)),
                ("value", models.JSONField(null=True)),
                ("version", models.PositiveBigIntegerField()),
                ("at", models.FloatField()),
                ("by", models.CharField(blank=True, max_length=100)),
                (
                    "via",
                    models.CharField(
                        choices=[
                            ("web", "på webben"),
                            ("api", "via API:et"),
                            ("phone", "från telefon"),
                            ("portal", "av portalen"),
                        ],
                        max_length=6,
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
            ],
            options={
                "indexes": [models.Index(fields=["customer", "-at"], name="live_change_latest")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("customer", "kind", "subject", "at", "version"), name="live_change_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="LiveRegister",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("override", "Öppet eller stängt för hand"),
                            ("login", "Inloggning i svarsgrupp"),
                            ("pause", "Paus"),
                            ("diversion", "Hänvisning"),
                            ("unread", "Olästa meddelanden"),
                        ],
                        max_length=10,
                    ),
                ),
                ("subject", models.CharField(max_length=60)),
                ("value", models.JSONField(null=True)),
                ("version", models.PositiveBigIntegerField(default=0)),
                ("at", models.FloatField(default=0.0)),
                ("by", models.CharField(blank=True, max_length=100)),
                (
                    "via",
                    models.CharField(
                        choices=[
                            ("web", "på webben"),
                            ("api", "via API:et"),
                            ("phone", "från telefon"),
                            ("portal", "av portalen"),
                        ],
                        default="portal",
                        max_length=6,
                    ),
                ),
                ("command", models.CharField(blank=True, max_length=100)),
                ("wanted", models.JSONField(null=True)),
                ("wanted_command", models.UUIDField(null=True)),
                ("wanted_at", models.DateTimeField(null=True)),
                (
                    "wanted_via",
                    models.CharField(
                        choices=[
                            ("web", "på webben"),
                            ("api", "via API:et"),
                            ("phone", "från telefon"),
                            ("portal", "av portalen"),
                        ],
                        default="web",
                        max_length=6,
                    ),
                ),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("next_try_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("lease_until", models.DateTimeField(default=django.utils.timezone.now)),
                ("refused", models.CharField(blank=True, max_length=40)),
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
                    "wanted_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("wanted_command", None), _negated=True),
                        fields=["wanted_at"],
                        name="live_wanted",
                    ),
                    models.Index(fields=["customer", "-version"], name="live_height"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("customer", "kind", "subject"), name="live_register_once"),
                    models.CheckConstraint(
                        condition=models.Q(("wanted_command", None), ("wanted_at__isnull", False), _connector="OR"),
                        name="live_wish_has_time",
                    ),
                ],
            },
        ),
        Fence("LiveRegister", wide={"portal_relay": "SELECT, UPDATE"}),
        Fence("LiveChange", rights=APPEND),
    ]
