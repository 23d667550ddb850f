"""A time switch is called Tidsstyrning, not by the word for the opening hours it asks. Nothing changes in the tables."""

from __future__ import annotations

from typing import Any

from django.db import migrations, models

KINDS = [
    ("timeswitch", "Tidsstyrning"),
    ("announcement", "Meddelande"),
    ("menu", "Knappval"),
    ("group", "Svarsgrupp"),
    ("person", "Användare"),
    ("mailbox", "Röstbrevlåda"),
    ("external", "Externt nummer"),
]


def kind(**more: Any) -> models.CharField:
    """Return the field anew, with its new words."""
    return models.CharField(choices=KINDS, max_length=12, **more)


class Migration(migrations.Migration):
    """The words of the choices."""

    dependencies = [("tenants", "0005_release_trace")]

    operations = [
        migrations.AlterField(model_name="destination", name="kind", field=kind()),
        migrations.AlterField(model_name="route", name="source_kind", field=kind()),
        *(
            migrations.AlterField(model_name=name, name="kind", field=kind(editable=False))
            for name in ("announcement", "externalnumber", "group", "mailbox", "menu", "person", "timeswitch")
        ),
    ]
