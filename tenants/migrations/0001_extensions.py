"""PostgreSQL extensions: btree_gist for the constraints that forbid overlapping hours (trusted since 13)."""

from django.contrib.postgres.operations import BtreeGistExtension
from django.db import migrations


class Migration(migrations.Migration):
    """Add the extensions."""

    initial = True
    dependencies = []
    operations = [BtreeGistExtension()]
