"""Moving a customer between nodes, and when a node was last found to differ."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("tenants", "0008_references"),
    ]

    operations = [
        migrations.AlterField(
            model_name="placement",
            name="role",
            field=models.CharField(
                choices=[("active", "Aktiv"), ("standby", "Reserv"), ("leaving", "Lämnas")],
                default="active",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="placement", name="takes_over", field=models.BooleanField(default=False, db_default=False)
        ),
        migrations.AddField(
            model_name="placement", name="leaves_at", field=models.DateTimeField(blank=True, null=True)
        ),
        migrations.AddField(
            model_name="placement", name="drifted_at", field=models.DateTimeField(blank=True, null=True)
        ),
    ]
