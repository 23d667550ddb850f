"""Callers may wait in line for a group, and a person may have a mobile that rings too."""

import django.core.validators
import django.db.models.deletion
from django.db import migrations, models

from tenants.customers.fences import Fence


class Migration(migrations.Migration):
    dependencies = [
        ("tenants", "0009_moves"),
    ]

    operations = [
        migrations.CreateModel(
            name="Line",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "max_wait_seconds",
                    models.PositiveSmallIntegerField(
                        default=300,
                        validators=[
                            django.core.validators.MinValueValidator(10),
                            django.core.validators.MaxValueValidator(3600),
                        ],
                        verbose_name="Längsta väntetid",
                    ),
                ),
                (
                    "max_waiting",
                    models.PositiveSmallIntegerField(
                        default=20,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(200),
                        ],
                        verbose_name="Platser i kön",
                    ),
                ),
                (
                    "announce_every",
                    models.PositiveSmallIntegerField(
                        default=45,
                        validators=[
                            django.core.validators.MinValueValidator(10),
                            django.core.validators.MaxValueValidator(600),
                        ],
                        verbose_name="Upprepas",
                    ),
                ),
                (
                    "order",
                    models.CharField(
                        choices=[
                            ("ranks", "Som gruppen ringer"),
                            ("turns", "Medlemmarna turas om"),
                            ("longest_free", "Den som varit ledig längst"),
                        ],
                        default="ranks",
                        max_length=12,
                        verbose_name="Vem får nästa samtal",
                    ),
                ),
                (
                    "wrap_up_seconds",
                    models.PositiveSmallIntegerField(
                        default=0,
                        validators=[django.core.validators.MaxValueValidator(900)],
                        verbose_name="Efterarbete",
                    ),
                ),
            ],
        ),
        migrations.RemoveConstraint(
            model_name="route",
            name="route_slot_known",
        ),
        migrations.AddField(
            model_name="person",
            name="mobile",
            field=models.CharField(blank=True, db_default="", default="", max_length=16, verbose_name="Mobil"),
        ),
        migrations.AddField(
            model_name="person",
            name="mobile_confirm",
            field=models.BooleanField(db_default=True, default=True),
        ),
        migrations.AddConstraint(
            model_name="person",
            constraint=models.CheckConstraint(
                condition=models.Q(("mobile__regex", "^([+][1-9][0-9]{6,14})?$")), name="person_mobile"
            ),
        ),
        migrations.AddConstraint(
            model_name="route",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("slot__in", ("open", "closed", "lunch", "holiday")), ("source_kind", "timeswitch")),
                    models.Q(("slot__in", ("next",)), ("source_kind", "announcement")),
                    models.Q(
                        (
                            "slot__in",
                            (
                                "key:1",
                                "key:2",
                                "key:3",
                                "key:4",
                                "key:5",
                                "key:6",
                                "key:7",
                                "key:8",
                                "key:9",
                                "key:0",
                                "key:*",
                                "key:#",
                                "no_input",
                                "invalid",
                            ),
                        ),
                        ("source_kind", "menu"),
                    ),
                    models.Q(
                        (
                            "slot__in",
                            (
                                "no_answer",
                                "nobody",
                                "full",
                                "key:1",
                                "key:2",
                                "key:3",
                                "key:4",
                                "key:5",
                                "key:6",
                                "key:7",
                                "key:8",
                                "key:9",
                                "key:0",
                                "key:*",
                                "key:#",
                            ),
                        ),
                        ("source_kind", "group"),
                    ),
                    models.Q(("slot__in", ("busy", "no_answer", "unreachable")), ("source_kind", "person")),
                    _connector="OR",
                ),
                name="route_slot_known",
            ),
        ),
        migrations.AddField(
            model_name="line",
            name="announce",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.RESTRICT,
                related_name="+",
                to="tenants.prompt",
            ),
        ),
        migrations.AddField(
            model_name="line",
            name="customer",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="tenants.customer"
            ),
        ),
        migrations.AddField(
            model_name="line",
            name="group",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.CASCADE, related_name="line", to="tenants.group"
            ),
        ),
        migrations.AddField(
            model_name="line",
            name="music",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.RESTRICT,
                related_name="+",
                to="tenants.prompt",
            ),
        ),
        migrations.AddConstraint(
            model_name="line",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("announce_every__range", (10, 600)),
                    ("max_wait_seconds__range", (10, 3600)),
                    ("max_waiting__range", (1, 200)),
                    ("wrap_up_seconds__range", (0, 900)),
                ),
                name="line_bounds",
            ),
        ),
        migrations.AddConstraint(
            model_name="line",
            constraint=models.CheckConstraint(
                condition=models.Q(("order__in", ["ranks", "turns", "longest_free"])), name="line_order_known"
            ),
        ),
        Fence("Line"),
    ]
