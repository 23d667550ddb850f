import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.core.validators
import django.db.models.constraints
import django.db.models.deletion
import django.db.models.functions.comparison
import django.db.models.functions.text
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import tenants.changes.models
import tenants.schedules.models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("tenants", "0001_extensions"),
    ]

    operations = [
        migrations.CreateModel(
            name="User",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("password", models.CharField(max_length=128, verbose_name="password")),
                ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                ("email", models.EmailField(max_length=254, unique=True, verbose_name="E-post")),
                ("name", models.CharField(max_length=120, verbose_name="Namn")),
                ("is_staff", models.BooleanField(default=False)),
                ("is_active", models.BooleanField(default=True)),
                ("language", models.CharField(default="sv", max_length=5)),
                (
                    "theme",
                    models.CharField(
                        choices=[("system", "Som enheten"), ("light", "Ljust"), ("dark", "Mörkt")],
                        default="system",
                        max_length=6,
                    ),
                ),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Destination",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("timeswitch", "Öppettider"),
                            ("announcement", "Meddelande"),
                            ("menu", "Knappval"),
                            ("group", "Svarsgrupp"),
                            ("person", "Användare"),
                            ("mailbox", "Röstbrevlåda"),
                            ("external", "Externt nummer"),
                        ],
                        max_length=12,
                    ),
                ),
                ("name", models.CharField(max_length=80, verbose_name="Namn")),
                ("removed", models.BooleanField(default=False)),
            ],
        ),
        migrations.CreateModel(
            name="Customer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=120, verbose_name="Företagsnamn")),
                ("slug", models.SlugField(max_length=60, unique=True)),
                (
                    "organisation_number",
                    models.CharField(blank=True, max_length=20, verbose_name="Organisationsnummer"),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[("active", "Aktiv"), ("paused", "Pausad"), ("ended", "Avslutad")],
                        default="active",
                        max_length=10,
                    ),
                ),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
            ],
        ),
        migrations.CreateModel(
            name="Node",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=60, unique=True, verbose_name="Namn")),
                ("url", models.URLField(blank=True)),
                ("code_hash", models.CharField(blank=True, max_length=64)),
                ("code_until", models.DateTimeField(blank=True, null=True)),
                ("token_hash", models.CharField(blank=True, max_length=64)),
                ("portal_token", models.TextField(blank=True)),
                ("sealing_key", models.TextField(blank=True)),
                ("enrolled_at", models.DateTimeField(blank=True, null=True)),
                ("boot", models.CharField(blank=True, max_length=64)),
                ("switch", models.CharField(blank=True, max_length=80)),
                ("last_seen_at", models.DateTimeField(blank=True, null=True)),
                ("last_error", models.TextField(blank=True)),
                ("closed_until", models.DateTimeField(blank=True, null=True)),
                ("failures", models.PositiveIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name="Group",
            fields=[
                (
                    "destination",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="%(class)s",
                        serialize=False,
                        to="tenants.destination",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("timeswitch", "Öppettider"),
                            ("announcement", "Meddelande"),
                            ("menu", "Knappval"),
                            ("group", "Svarsgrupp"),
                            ("person", "Användare"),
                            ("mailbox", "Röstbrevlåda"),
                            ("external", "Externt nummer"),
                        ],
                        editable=False,
                        max_length=12,
                    ),
                ),
                (
                    "strategy",
                    models.CharField(
                        choices=[("sequential", "I tur och ordning"), ("parallel", "Alla samtidigt")],
                        default="sequential",
                        max_length=12,
                        verbose_name="Ringer",
                    ),
                ),
                (
                    "ring_seconds",
                    models.PositiveSmallIntegerField(
                        default=20,
                        validators=[
                            django.core.validators.MinValueValidator(5),
                            django.core.validators.MaxValueValidator(120),
                        ],
                        verbose_name="Ringtid",
                    ),
                ),
                ("version", models.PositiveIntegerField(default=1)),
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
        ),
        migrations.CreateModel(
            name="Mailbox",
            fields=[
                (
                    "destination",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="%(class)s",
                        serialize=False,
                        to="tenants.destination",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("timeswitch", "Öppettider"),
                            ("announcement", "Meddelande"),
                            ("menu", "Knappval"),
                            ("group", "Svarsgrupp"),
                            ("person", "Användare"),
                            ("mailbox", "Röstbrevlåda"),
                            ("external", "Externt nummer"),
                        ],
                        editable=False,
                        max_length=12,
                    ),
                ),
                (
                    "max_seconds",
                    models.PositiveSmallIntegerField(
                        default=180,
                        validators=[
                            django.core.validators.MinValueValidator(10),
                            django.core.validators.MaxValueValidator(600),
                        ],
                        verbose_name="Längsta meddelande",
                    ),
                ),
                ("version", models.PositiveIntegerField(default=1)),
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
        ),
        migrations.CreateModel(
            name="Change",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                ("summary", models.CharField(max_length=200)),
                ("generation", models.PositiveBigIntegerField(null=True)),
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
            ],
        ),
        migrations.CreateModel(
            name="Publication",
            fields=[
                (
                    "customer",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="tenants.customer",
                    ),
                ),
                ("epoch", models.PositiveIntegerField(default=1)),
                ("generation", models.PositiveBigIntegerField(default=0)),
                ("buckets", models.BinaryField(default=tenants.changes.models.empty_buckets)),
                ("root", models.CharField(default=tenants.changes.models.empty_root, max_length=64)),
                (
                    "lane",
                    models.PositiveSmallIntegerField(
                        choices=[(0, "Emergency"), (1, "Interactive"), (2, "Sync"), (3, "Bulk")], default=1
                    ),
                ),
                ("changed_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.AddField(
            model_name="destination",
            name="customer",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="tenants.customer"
            ),
        ),
        migrations.CreateModel(
            name="ChangeItem",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=60)),
                ("before", models.CharField(max_length=64, null=True)),
                ("after", models.CharField(max_length=64, null=True)),
                (
                    "change",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="items",
                        to="tenants.change",
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
        ),
        migrations.CreateModel(
            name="Body",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("sha256", models.CharField(max_length=64)),
                ("content", models.BinaryField(null=True)),
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
        ),
        migrations.CreateModel(
            name="Answer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=200)),
                ("fingerprint", models.CharField(max_length=64)),
                ("status", models.PositiveSmallIntegerField(null=True)),
                ("body", models.JSONField(null=True)),
                ("headers", models.JSONField(default=dict)),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
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
        ),
        migrations.CreateModel(
            name="ExceptionRule",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=80, verbose_name="Namn")),
                ("first", models.DateField(verbose_name="Från")),
                ("last", models.DateField(verbose_name="Till")),
                (
                    "otherwise",
                    models.CharField(
                        choices=[("open", "Öppet"), ("lunch", "Lunch"), ("closed", "Stängt"), ("holiday", "Helgdag")],
                        default="closed",
                        max_length=8,
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
        ),
        migrations.CreateModel(
            name="HolidayRule",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.CharField(max_length=40)),
                (
                    "otherwise",
                    models.CharField(
                        choices=[("open", "Öppet"), ("lunch", "Lunch"), ("closed", "Stängt"), ("holiday", "Helgdag")],
                        default="holiday",
                        max_length=8,
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
        ),
        migrations.CreateModel(
            name="DayOpening",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("start", models.PositiveSmallIntegerField()),
                ("end", models.PositiveSmallIntegerField()),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "Öppet"), ("lunch", "Lunch"), ("closed", "Stängt"), ("holiday", "Helgdag")],
                        default="open",
                        max_length=8,
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
                    "exception",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="openings",
                        to="tenants.exceptionrule",
                    ),
                ),
                (
                    "holiday",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="openings",
                        to="tenants.holidayrule",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Membership",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "role",
                    models.CharField(
                        choices=[("admin", "Administratör"), ("user", "Användare")],
                        default="user",
                        max_length=10,
                        verbose_name="Roll",
                    ),
                ),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
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
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="memberships",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Object",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=60)),
                ("bucket", models.PositiveSmallIntegerField()),
                ("draft", models.CharField(max_length=64, null=True)),
                ("published", models.CharField(max_length=64, null=True)),
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
        ),
        migrations.CreateModel(
            name="Placement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "role",
                    models.CharField(
                        choices=[("active", "Aktiv"), ("standby", "Reserv")], default="active", max_length=10
                    ),
                ),
                ("epoch", models.PositiveIntegerField(default=0)),
                ("generation", models.PositiveBigIntegerField(default=0)),
                ("root", models.CharField(blank=True, max_length=64)),
                ("effective_at", models.DateTimeField(blank=True, null=True)),
                ("quarantined", models.PositiveBigIntegerField(default=0)),
                ("refusal", models.JSONField(blank=True, null=True)),
                ("error", models.CharField(blank=True, max_length=200)),
                ("attempts", models.PositiveIntegerField(default=0)),
                ("next_try_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("last_served_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("lease", models.UUIDField(blank=True, null=True)),
                ("lease_until", models.DateTimeField(default=django.utils.timezone.now)),
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
                        on_delete=django.db.models.deletion.RESTRICT, related_name="placements", to="tenants.node"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Prompt",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=80, verbose_name="Namn")),
                ("manuscript", models.TextField(blank=True, verbose_name="Manus")),
                ("version", models.PositiveIntegerField(default=1)),
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
        ),
        migrations.AddField(
            model_name="holidayrule",
            name="prompt",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.RESTRICT,
                related_name="+",
                to="tenants.prompt",
            ),
        ),
        migrations.AddField(
            model_name="exceptionrule",
            name="prompt",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.RESTRICT,
                related_name="+",
                to="tenants.prompt",
            ),
        ),
        migrations.CreateModel(
            name="Receipt",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("epoch", models.PositiveIntegerField()),
                ("generation", models.PositiveBigIntegerField()),
                ("root", models.CharField(max_length=64)),
                ("effective_at", models.DateTimeField()),
                ("milliseconds", models.FloatField()),
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
        ),
        migrations.CreateModel(
            name="Release",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("generation", models.PositiveBigIntegerField()),
                ("root", models.CharField(max_length=64)),
                (
                    "origin",
                    models.CharField(
                        choices=[
                            ("save", "Sparad"),
                            ("publish", "Publicerad"),
                            ("undo", "Ångrad"),
                            ("rollback", "Återställd"),
                        ],
                        max_length=10,
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=200, verbose_name="Anteckning")),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
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
            ],
        ),
        migrations.CreateModel(
            name="ReleaseItem",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("generation", models.PositiveBigIntegerField()),
                ("key", models.CharField(max_length=60)),
                ("before", models.CharField(max_length=64, null=True)),
                ("after", models.CharField(max_length=64, null=True)),
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
                    "release",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="items",
                        to="tenants.release",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Route",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "source_kind",
                    models.CharField(
                        choices=[
                            ("timeswitch", "Öppettider"),
                            ("announcement", "Meddelande"),
                            ("menu", "Knappval"),
                            ("group", "Svarsgrupp"),
                            ("person", "Användare"),
                            ("mailbox", "Röstbrevlåda"),
                            ("external", "Externt nummer"),
                        ],
                        max_length=12,
                    ),
                ),
                ("slot", models.CharField(max_length=12)),
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
                    "prompt",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.RESTRICT,
                        related_name="+",
                        to="tenants.prompt",
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="routes", to="tenants.destination"
                    ),
                ),
                (
                    "target",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.RESTRICT, related_name="arrivals", to="tenants.destination"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Schedule",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=80, verbose_name="Namn")),
                ("zone", models.CharField(default="Europe/Stockholm", max_length=40)),
                ("version", models.PositiveIntegerField(default=1)),
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
        ),
        migrations.CreateModel(
            name="Period",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=80, verbose_name="Namn")),
                ("first", models.DateField(verbose_name="Från")),
                ("last", models.DateField(verbose_name="Till")),
                ("yearly", models.BooleanField(default=False, verbose_name="Varje år")),
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
                    "schedule",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="periods", to="tenants.schedule"
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="holidayrule",
            name="schedule",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="holidays", to="tenants.schedule"
            ),
        ),
        migrations.AddField(
            model_name="exceptionrule",
            name="schedule",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="exceptions", to="tenants.schedule"
            ),
        ),
        migrations.CreateModel(
            name="Site",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=80, verbose_name="Kontor")),
                ("area_code", models.CharField(blank=True, max_length=4, verbose_name="Riktnummer")),
                ("municipality_code", models.CharField(blank=True, max_length=4, verbose_name="Kommunkod")),
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
        ),
        migrations.CreateModel(
            name="Number",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("e164", models.CharField(max_length=16, unique=True, verbose_name="Nummer")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("geographic", "Fast nummer"),
                            ("mobile", "Mobilnummer"),
                            ("national", "Nationellt nummer"),
                            ("foreign", "Internationellt nummer"),
                        ],
                        default="geographic",
                        max_length=12,
                    ),
                ),
                ("label", models.CharField(blank=True, max_length=80, verbose_name="Benämning")),
                ("is_main", models.BooleanField(default=False, verbose_name="Huvudnummer")),
                ("version", models.PositiveIntegerField(default=1)),
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
                    "entry",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.RESTRICT,
                        related_name="numbers",
                        to="tenants.destination",
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.RESTRICT,
                        related_name="numbers",
                        to="tenants.site",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Sound",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("sha256", models.CharField(max_length=64)),
                ("wav", models.BinaryField()),
                ("rate", models.PositiveIntegerField()),
                ("milliseconds", models.PositiveIntegerField()),
                ("peaks", models.JSONField(default=list)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
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
        ),
        migrations.CreateModel(
            name="Take",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("source_name", models.CharField(blank=True, max_length=200)),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
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
                    "narrow",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.RESTRICT, related_name="+", to="tenants.sound"
                    ),
                ),
                (
                    "prompt",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="takes", to="tenants.prompt"
                    ),
                ),
                (
                    "wide",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.RESTRICT, related_name="+", to="tenants.sound"
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.AddField(
            model_name="prompt",
            name="take",
            field=models.ForeignKey(
                blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="tenants.take"
            ),
        ),
        migrations.CreateModel(
            name="WeekOpening",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("weekday", models.PositiveSmallIntegerField()),
                ("start", models.PositiveSmallIntegerField()),
                ("end", models.PositiveSmallIntegerField()),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "Öppet"), ("lunch", "Lunch"), ("closed", "Stängt"), ("holiday", "Helgdag")],
                        default="open",
                        max_length=8,
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
                    "period",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="openings",
                        to="tenants.period",
                    ),
                ),
                (
                    "schedule",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="openings", to="tenants.schedule"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Announcement",
            fields=[
                (
                    "destination",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="%(class)s",
                        serialize=False,
                        to="tenants.destination",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("timeswitch", "Öppettider"),
                            ("announcement", "Meddelande"),
                            ("menu", "Knappval"),
                            ("group", "Svarsgrupp"),
                            ("person", "Användare"),
                            ("mailbox", "Röstbrevlåda"),
                            ("external", "Externt nummer"),
                        ],
                        editable=False,
                        max_length=12,
                    ),
                ),
                ("version", models.PositiveIntegerField(default=1)),
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
                    "prompt",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.RESTRICT, related_name="+", to="tenants.prompt"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ExternalNumber",
            fields=[
                (
                    "destination",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="%(class)s",
                        serialize=False,
                        to="tenants.destination",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("timeswitch", "Öppettider"),
                            ("announcement", "Meddelande"),
                            ("menu", "Knappval"),
                            ("group", "Svarsgrupp"),
                            ("person", "Användare"),
                            ("mailbox", "Röstbrevlåda"),
                            ("external", "Externt nummer"),
                        ],
                        editable=False,
                        max_length=12,
                    ),
                ),
                ("e164", models.CharField(max_length=16, verbose_name="Telefonnummer")),
                (
                    "ring_seconds",
                    models.PositiveSmallIntegerField(
                        default=40,
                        validators=[
                            django.core.validators.MinValueValidator(5),
                            django.core.validators.MaxValueValidator(120),
                        ],
                        verbose_name="Ringtid",
                    ),
                ),
                ("version", models.PositiveIntegerField(default=1)),
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
        ),
        migrations.CreateModel(
            name="Message",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uuid", models.UUIDField()),
                ("caller", models.CharField(blank=True, max_length=32)),
                ("left_at", models.DateTimeField()),
                ("heard_at", models.DateTimeField(null=True)),
                ("handled_at", models.DateTimeField(null=True)),
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
                    "handled_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "heard_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "sound",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.RESTRICT, related_name="+", to="tenants.sound"
                    ),
                ),
                (
                    "mailbox",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="messages", to="tenants.mailbox"
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="mailbox",
            name="greeting",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.RESTRICT,
                related_name="+",
                to="tenants.prompt",
            ),
        ),
        migrations.CreateModel(
            name="Listener",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
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
                    "membership",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="tenants.membership"
                    ),
                ),
                (
                    "mailbox",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="listeners", to="tenants.mailbox"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Menu",
            fields=[
                (
                    "destination",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="%(class)s",
                        serialize=False,
                        to="tenants.destination",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("timeswitch", "Öppettider"),
                            ("announcement", "Meddelande"),
                            ("menu", "Knappval"),
                            ("group", "Svarsgrupp"),
                            ("person", "Användare"),
                            ("mailbox", "Röstbrevlåda"),
                            ("external", "Externt nummer"),
                        ],
                        editable=False,
                        max_length=12,
                    ),
                ),
                (
                    "wait_seconds",
                    models.PositiveSmallIntegerField(
                        default=5,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(30),
                        ],
                        verbose_name="Väntar på knapp",
                    ),
                ),
                (
                    "tries",
                    models.PositiveSmallIntegerField(
                        default=3,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(5),
                        ],
                        verbose_name="Antal försök",
                    ),
                ),
                ("version", models.PositiveIntegerField(default=1)),
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
                    "invalid_prompt",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.RESTRICT,
                        related_name="+",
                        to="tenants.prompt",
                    ),
                ),
                (
                    "prompt",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.RESTRICT,
                        related_name="+",
                        to="tenants.prompt",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Person",
            fields=[
                (
                    "destination",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="%(class)s",
                        serialize=False,
                        to="tenants.destination",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("timeswitch", "Öppettider"),
                            ("announcement", "Meddelande"),
                            ("menu", "Knappval"),
                            ("group", "Svarsgrupp"),
                            ("person", "Användare"),
                            ("mailbox", "Röstbrevlåda"),
                            ("external", "Externt nummer"),
                        ],
                        editable=False,
                        max_length=12,
                    ),
                ),
                (
                    "extension",
                    models.CharField(
                        max_length=6,
                        validators=[
                            django.core.validators.RegexValidator("^[1-9][0-9]{1,5}$", "Två till sex siffror.")
                        ],
                        verbose_name="Anknytning",
                    ),
                ),
                ("email", models.EmailField(blank=True, max_length=254, verbose_name="E-post")),
                (
                    "ring_seconds",
                    models.PositiveSmallIntegerField(
                        default=25,
                        validators=[
                            django.core.validators.MinValueValidator(5),
                            django.core.validators.MaxValueValidator(120),
                        ],
                        verbose_name="Ringtid",
                    ),
                ),
                ("version", models.PositiveIntegerField(default=1)),
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
                    "site",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.RESTRICT,
                        related_name="people",
                        to="tenants.site",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="mailbox",
            name="owner",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="mailboxes",
                to="tenants.person",
            ),
        ),
        migrations.CreateModel(
            name="GroupMember",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveSmallIntegerField()),
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
                    "group",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="members", to="tenants.group"
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.RESTRICT, related_name="memberships", to="tenants.person"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Device",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=60, verbose_name="Namn")),
                ("username", models.CharField(max_length=40, unique=True)),
                ("secret", models.TextField(blank=True)),
                ("version", models.PositiveIntegerField(default=1)),
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
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="devices", to="tenants.person"
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="TimeSwitch",
            fields=[
                (
                    "destination",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="%(class)s",
                        serialize=False,
                        to="tenants.destination",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("timeswitch", "Öppettider"),
                            ("announcement", "Meddelande"),
                            ("menu", "Knappval"),
                            ("group", "Svarsgrupp"),
                            ("person", "Användare"),
                            ("mailbox", "Röstbrevlåda"),
                            ("external", "Externt nummer"),
                        ],
                        editable=False,
                        max_length=12,
                    ),
                ),
                ("version", models.PositiveIntegerField(default=1)),
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
                    "schedule",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.RESTRICT, related_name="timeswitches", to="tenants.schedule"
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="destination",
            constraint=models.UniqueConstraint(fields=("customer", "id", "kind"), name="destination_kind"),
        ),
        migrations.AddConstraint(
            model_name="destination",
            constraint=models.UniqueConstraint(
                models.F("customer"),
                models.F("kind"),
                django.db.models.functions.text.Lower("name"),
                condition=models.Q(("removed", False)),
                name="destination_name_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="destination",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("kind__in", ["timeswitch", "announcement", "menu", "group", "person", "mailbox", "external"])
                ),
                name="destination_kind_known",
            ),
        ),
        migrations.AddIndex(
            model_name="changeitem",
            index=models.Index(fields=["customer", "key", "-change"], name="change_item_key"),
        ),
        migrations.AddConstraint(
            model_name="changeitem",
            constraint=models.UniqueConstraint(fields=("change", "key"), name="change_item_once"),
        ),
        migrations.AddIndex(
            model_name="change",
            index=models.Index(fields=["customer", "-at"], name="change_latest"),
        ),
        migrations.AddConstraint(
            model_name="body",
            constraint=models.UniqueConstraint(fields=("customer", "sha256"), name="body_once"),
        ),
        migrations.AddConstraint(
            model_name="answer",
            constraint=models.UniqueConstraint(fields=("customer", "user", "key"), name="answer_once"),
        ),
        migrations.AddConstraint(
            model_name="dayopening",
            constraint=models.CheckConstraint(
                condition=models.Q(("holiday__isnull", True), ("exception__isnull", True), _connector="XOR"),
                name="day_opening_owner",
            ),
        ),
        migrations.AddConstraint(
            model_name="dayopening",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("end__lte", 2880), ("start__gte", 0), ("start__lt", 1440), ("end__gt", models.F("start"))
                ),
                name="day_opening_minutes",
            ),
        ),
        migrations.AddConstraint(
            model_name="dayopening",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                expressions=[
                    (django.db.models.functions.comparison.Coalesce("holiday", models.Value(0)), "="),
                    (django.db.models.functions.comparison.Coalesce("exception", models.Value(0)), "="),
                    (tenants.schedules.models.IntRange("start", "end"), "&&"),
                ],
                name="day_opening_overlap",
            ),
        ),
        migrations.AddConstraint(
            model_name="membership",
            constraint=models.UniqueConstraint(fields=("customer", "user"), name="membership_once"),
        ),
        migrations.AddIndex(
            model_name="object",
            index=models.Index(
                condition=models.Q(
                    models.Q(("draft__isnull", True), ("published__isnull", False)),
                    models.Q(("draft__isnull", False), ("published__isnull", True)),
                    models.Q(
                        ("draft__isnull", False),
                        ("published__isnull", False),
                        models.Q(("draft", models.F("published")), _negated=True),
                    ),
                    _connector="OR",
                ),
                fields=["customer"],
                name="object_waiting",
            ),
        ),
        migrations.AddIndex(
            model_name="object",
            index=models.Index(fields=["customer", "bucket"], name="object_bucket"),
        ),
        migrations.AddConstraint(
            model_name="object",
            constraint=models.UniqueConstraint(fields=("customer", "key"), name="object_once"),
        ),
        migrations.AddConstraint(
            model_name="placement",
            constraint=models.UniqueConstraint(fields=("customer", "node"), name="placement_once"),
        ),
        migrations.AddConstraint(
            model_name="placement",
            constraint=models.UniqueConstraint(fields=("customer", "role"), name="placement_role_once"),
        ),
        migrations.AddConstraint(
            model_name="receipt",
            constraint=models.UniqueConstraint(fields=("customer", "node", "epoch", "generation"), name="receipt_once"),
        ),
        migrations.AddConstraint(
            model_name="release",
            constraint=models.UniqueConstraint(fields=("customer", "generation"), name="release_once"),
        ),
        migrations.AddIndex(
            model_name="releaseitem",
            index=models.Index(fields=["customer", "generation"], name="release_item_generation"),
        ),
        migrations.AddIndex(
            model_name="releaseitem",
            index=models.Index(fields=["customer", "key", "-generation"], name="release_item_key"),
        ),
        migrations.AddConstraint(
            model_name="releaseitem",
            constraint=models.UniqueConstraint(fields=("release", "key"), name="release_item_once"),
        ),
        migrations.AddConstraint(
            model_name="route",
            constraint=models.UniqueConstraint(fields=("source", "slot"), name="route_slot_once"),
        ),
        migrations.AddConstraint(
            model_name="route",
            constraint=models.CheckConstraint(
                condition=models.Q(("source", models.F("target")), _negated=True), name="route_to_itself"
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
                    models.Q(("slot__in", ("no_answer", "nobody")), ("source_kind", "group")),
                    models.Q(("slot__in", ("busy", "no_answer", "unreachable")), ("source_kind", "person")),
                    _connector="OR",
                ),
                name="route_slot_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="schedule",
            constraint=models.UniqueConstraint(
                models.F("customer"), django.db.models.functions.text.Lower("name"), name="schedule_name_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="period",
            constraint=models.CheckConstraint(
                condition=models.Q(("last__gte", models.F("first"))), name="period_order"
            ),
        ),
        migrations.AddConstraint(
            model_name="period",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                expressions=[
                    ("schedule", "="),
                    (
                        tenants.schedules.models.DateRange(
                            "first", "last", django.contrib.postgres.fields.ranges.RangeBoundary(inclusive_upper=True)
                        ),
                        "&&",
                    ),
                ],
                name="period_overlap",
            ),
        ),
        migrations.AddConstraint(
            model_name="holidayrule",
            constraint=models.UniqueConstraint(fields=("schedule", "day"), name="holiday_rule_once"),
        ),
        migrations.AddConstraint(
            model_name="exceptionrule",
            constraint=models.CheckConstraint(
                condition=models.Q(("last__gte", models.F("first"))), name="exception_order"
            ),
        ),
        migrations.AddConstraint(
            model_name="exceptionrule",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                expressions=[
                    ("schedule", "="),
                    (
                        tenants.schedules.models.DateRange(
                            "first", "last", django.contrib.postgres.fields.ranges.RangeBoundary(inclusive_upper=True)
                        ),
                        "&&",
                    ),
                ],
                name="exception_overlap",
            ),
        ),
        migrations.AddConstraint(
            model_name="site",
            constraint=models.UniqueConstraint(
                models.F("customer"), django.db.models.functions.text.Lower("name"), name="site_name_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="number",
            constraint=models.UniqueConstraint(
                condition=models.Q(("is_main", True)), fields=("customer",), name="number_one_main"
            ),
        ),
        migrations.AddConstraint(
            model_name="number",
            constraint=models.CheckConstraint(
                condition=models.Q(("e164__regex", "^\\+[1-9][0-9]{6,14}$")), name="number_e164"
            ),
        ),
        migrations.AddConstraint(
            model_name="sound",
            constraint=models.UniqueConstraint(fields=("customer", "sha256"), name="sound_once"),
        ),
        migrations.AddConstraint(
            model_name="prompt",
            constraint=models.UniqueConstraint(
                models.F("customer"), django.db.models.functions.text.Lower("name"), name="prompt_name_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="weekopening",
            constraint=models.CheckConstraint(condition=models.Q(("weekday__lte", 6)), name="week_opening_weekday"),
        ),
        migrations.AddConstraint(
            model_name="weekopening",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("end__lte", 2880), ("start__gte", 0), ("start__lt", 1440), ("end__gt", models.F("start"))
                ),
                name="week_opening_minutes",
            ),
        ),
        migrations.AddConstraint(
            model_name="weekopening",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                expressions=[
                    ("schedule", "="),
                    (django.db.models.functions.comparison.Coalesce("period", models.Value(0)), "="),
                    ("weekday", "="),
                    (tenants.schedules.models.IntRange("start", "end"), "&&"),
                ],
                name="week_opening_overlap",
            ),
        ),
        migrations.AddConstraint(
            model_name="announcement",
            constraint=models.CheckConstraint(condition=models.Q(("kind", "announcement")), name="announcement_kind"),
        ),
        migrations.AddConstraint(
            model_name="externalnumber",
            constraint=models.CheckConstraint(condition=models.Q(("kind", "external")), name="external_kind"),
        ),
        migrations.AddConstraint(
            model_name="externalnumber",
            constraint=models.CheckConstraint(
                condition=models.Q(("e164__regex", "^\\+[1-9][0-9]{6,14}$")), name="external_e164"
            ),
        ),
        migrations.AddConstraint(
            model_name="externalnumber",
            constraint=models.CheckConstraint(
                condition=models.Q(("ring_seconds__range", (5, 120))), name="external_bounds"
            ),
        ),
        migrations.AddConstraint(
            model_name="group",
            constraint=models.CheckConstraint(condition=models.Q(("kind", "group")), name="group_kind"),
        ),
        migrations.AddConstraint(
            model_name="group",
            constraint=models.CheckConstraint(
                condition=models.Q(("ring_seconds__range", (5, 120))), name="group_bounds"
            ),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(fields=["customer", "mailbox", "-left_at"], name="message_latest"),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.UniqueConstraint(fields=("customer", "uuid"), name="message_once"),
        ),
        migrations.AddConstraint(
            model_name="listener",
            constraint=models.UniqueConstraint(fields=("mailbox", "membership"), name="listener_once"),
        ),
        migrations.AddConstraint(
            model_name="menu",
            constraint=models.CheckConstraint(condition=models.Q(("kind", "menu")), name="menu_kind"),
        ),
        migrations.AddConstraint(
            model_name="menu",
            constraint=models.CheckConstraint(
                condition=models.Q(("tries__range", (1, 5)), ("wait_seconds__range", (1, 30))), name="menu_bounds"
            ),
        ),
        migrations.AddConstraint(
            model_name="person",
            constraint=models.CheckConstraint(condition=models.Q(("kind", "person")), name="person_kind"),
        ),
        migrations.AddConstraint(
            model_name="person",
            constraint=models.UniqueConstraint(fields=("customer", "extension"), name="extension_once"),
        ),
        migrations.AddConstraint(
            model_name="person",
            constraint=models.CheckConstraint(
                condition=models.Q(("extension__regex", "^[1-9][0-9]{1,5}$")), name="extension_digits"
            ),
        ),
        migrations.AddConstraint(
            model_name="person",
            constraint=models.CheckConstraint(
                condition=models.Q(("ring_seconds__range", (5, 120))), name="person_bounds"
            ),
        ),
        migrations.AddConstraint(
            model_name="mailbox",
            constraint=models.CheckConstraint(condition=models.Q(("kind", "mailbox")), name="mailbox_kind"),
        ),
        migrations.AddConstraint(
            model_name="mailbox",
            constraint=models.CheckConstraint(
                condition=models.Q(("max_seconds__range", (10, 600))), name="mailbox_bounds"
            ),
        ),
        migrations.AddConstraint(
            model_name="groupmember",
            constraint=models.UniqueConstraint(fields=("group", "person"), name="group_member_once"),
        ),
        migrations.AddConstraint(
            model_name="groupmember",
            constraint=models.UniqueConstraint(
                deferrable=django.db.models.constraints.Deferrable["DEFERRED"],
                fields=("group", "position"),
                name="group_position_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="timeswitch",
            constraint=models.CheckConstraint(condition=models.Q(("kind", "timeswitch")), name="timeswitch_kind"),
        ),
    ]
