"""Row-level security, composite keys and grants for every table."""

from django.db import migrations

from tenants.customers.fences import APPEND, READ_WRITE, Fence, Grant

READ = "SELECT"

AXES = ("axes_accessattempt", "axes_accessattemptexpiration", "axes_accessfailurelog", "axes_accesslog")
HISTORY = ("Release", "ReleaseItem", "Change", "ChangeItem")
PLAIN = (
    "Answer",
    "Site",
    "Object",
    "Prompt",
    "Take",
    "Destination",
    "Route",
    "Schedule",
    "Period",
    "WeekOpening",
    "HolidayRule",
    "ExceptionRule",
    "DayOpening",
    "TimeSwitch",
    "Announcement",
    "Menu",
    "Group",
    "GroupMember",
    "Person",
    "Device",
    "Mailbox",
    "Listener",
    "Message",
    "ExternalNumber",
    "Body",
    "Receipt",
)


class Migration(migrations.Migration):
    """Fence every customer-owned table; open the few others by role."""

    dependencies = [
        ("tenants", "0002_tables"),
        ("axes", "0010_accessattemptexpiration"),
        ("sessions", "0001_initial"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("auth", "0012_alter_user_first_name_max_length"),
    ]
    operations = [
        migrations.RunSQL(
            "GRANT USAGE ON SCHEMA public TO portal_app, portal_worker, portal_relay, portal_staff, portal_node",
            migrations.RunSQL.noop,
        ),
        *[Fence(model) for model in PLAIN],
        *[Fence(model, rights=APPEND) for model in HISTORY],
        Fence("Membership", mine=True),
        Fence("Number", wide={"portal_staff": READ}),
        Fence("Sound", wide={"portal_node": READ}),
        Fence("Publication", wide={"portal_relay": READ, "portal_staff": READ, "portal_node": READ}),
        Fence(
            "Placement",
            wide={"portal_relay": "SELECT, UPDATE", "portal_staff": "SELECT, INSERT, UPDATE", "portal_node": READ},
        ),
        Grant(
            "tenants_customer",
            {
                "portal_app": READ,
                "portal_worker": READ,
                "portal_relay": READ,
                "portal_node": READ,
                "portal_staff": "SELECT, INSERT, UPDATE",
            },
        ),
        Grant(
            "tenants_node",
            {
                "portal_app": READ,
                "portal_worker": "SELECT, UPDATE",
                "portal_relay": "SELECT, UPDATE",
                "portal_node": "SELECT, UPDATE",
                "portal_staff": "SELECT, INSERT, UPDATE",
            },
        ),
        Grant("tenants_user", {"portal_app": "SELECT, INSERT, UPDATE", "portal_worker": READ, "portal_staff": READ}),
        *[Grant(table, {"portal_app": READ_WRITE}) for table in AXES],
        Grant("django_session", {"portal_app": READ_WRITE}),
        Grant("django_content_type", {"portal_app": READ, "portal_worker": READ}),
        Grant("django_migrations", {"portal_app": READ, "portal_worker": READ}),
    ]
