"""Row-level security, composite keys and grants for webhooks; and the plain key that test calls had kept.

The sender finds whose turn it is across customers, as ``portal_relay``, which sees who is due and nothing else: no
address, no secret, no message. The rest it does in the customer's scope.

A fence in the migration that makes its table finds no key to replace yet, so test calls had both keys: the composite one
and the plain one.
"""

from django.db import migrations

from tenants.customers.fences import Fence

TURN = "id, customer_id, enabled, lease, lease_until, closed_until, last_served_at"
DROP_PLAIN = """
    DO $$ DECLARE name text; BEGIN
        FOR name IN SELECT conname FROM pg_constraint WHERE contype = 'f' AND array_length(conkey, 1) = 1
            AND conrelid = 'integrations_testcall'::regclass AND confrelid = 'tenants_number'::regclass
        LOOP EXECUTE format('ALTER TABLE integrations_testcall DROP CONSTRAINT %I', name); END LOOP;
    END $$
"""


class Migration(migrations.Migration):
    """Fence the endpoints and deliveries."""

    dependencies = [("integrations", "0005_webhooks")]
    operations = [
        Fence("Endpoint", wide={"portal_relay": f"SELECT ({TURN}), UPDATE (lease, lease_until, last_served_at)"}),
        Fence(
            "Delivery",
            wide={"portal_relay": "SELECT (id, customer_id, endpoint_id, status, next_try_at, created_at), DELETE"},
        ),
        migrations.RunSQL(DROP_PLAIN, migrations.RunSQL.noop),
    ]
