"""Who names whom in what is published, and what the whole proof said last."""

import json
from collections.abc import Iterator
from typing import Any

import django.db.models.deletion
import django.utils.timezone
from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from tenants.customers.fences import Fence

KINDS = frozenset(
    [
        "number",
        "number-flow",
        "schedule",
        "prompt",
        "person",
        "person-flow",
        "mailbox",
        "external",
        "menu",
        "group",
        "timeswitch",
        "announcement",
    ]
)


def names_in(value: Any) -> Iterator[str]:
    """Yield the keys in an object's fields, as ``routing.objects.references`` does."""
    if isinstance(value, dict):
        for field, part in value.items():
            yield from names_in(part) if field != "name" else ()
    elif isinstance(value, list):
        for part in value:
            yield from names_in(part)
    elif isinstance(value, str) and "/" in value:
        kind, _, ident = value.partition("/")
        yield from (value,) if kind in KINDS and ident.isdigit() else ()


def names_of(obj: dict[str, Any]) -> set[str]:
    """Return what an object is found by, as ``routing.reach.names_of`` does."""
    if obj["kind"] == "number":
        return {f"e164/{obj['e164']}"}
    if obj["kind"] == "person" and obj["extension"]:
        return {f"extension/{obj['extension']}"}
    return set(names_in(obj))


def note_references(apps: Apps, _editor: BaseDatabaseSchemaEditor) -> None:
    """Write the references of everything that is published."""
    reference, body = apps.get_model("tenants", "Reference"), apps.get_model("tenants", "Body")
    published = apps.get_model("tenants", "Object").objects.filter(published__isnull=False)
    for customer in published.values_list("customer_id", flat=True).distinct().order_by("customer_id"):
        hashes = published.filter(customer_id=customer).values("published")
        bodies = body.objects.filter(customer_id=customer, sha256__in=hashes, content__isnull=False)
        rows = (
            reference(customer_id=customer, key=f"{obj['kind']}/{obj['id']}", name=name)
            for content in bodies.values_list("content", flat=True).iterator()
            for obj in [json.loads(bytes(content))]
            for name in names_of(obj)
        )
        reference.objects.bulk_create(rows, batch_size=1000)


class Migration(migrations.Migration):
    """Two tables, their fences, and the references of what is published already."""

    dependencies = [("tenants", "0007_live_state")]

    operations = [
        migrations.CreateModel(
            name="Reference",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=60)),
                ("name", models.CharField(max_length=60)),
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
                "indexes": [models.Index(fields=["customer", "key"], name="reference_key")],
                "constraints": [models.UniqueConstraint(fields=("customer", "name", "key"), name="reference_once")],
            },
        ),
        migrations.CreateModel(
            name="Verdict",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "about",
                    models.CharField(choices=[("draft", "Utkastet"), ("published", "Det publicerade")], max_length=10),
                ),
                ("generation", models.PositiveBigIntegerField()),
                ("state", models.CharField(max_length=64)),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                ("problems", models.JSONField(default=list)),
                ("agreed", models.BooleanField(default=True)),
                ("lost", models.PositiveIntegerField(default=0)),
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
            options={"constraints": [models.UniqueConstraint(fields=("customer", "about"), name="verdict_once")]},
        ),
        Fence("Reference"),
        Fence("Verdict", wide={"portal_staff": "SELECT"}),
        migrations.RunPython(note_references, migrations.RunPython.noop),
    ]
