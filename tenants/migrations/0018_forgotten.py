"""Let workers forget who set what with somebody who was removed; web still only adds."""

from django.db import migrations

from tenants.customers.fences import Grant


class Migration(migrations.Migration):
    """Grant it."""

    dependencies = [("tenants", "0017_news")]
    operations = [Grant("tenants_livechange", {"portal_worker": "DELETE"})]
