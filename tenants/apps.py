"""The Django app of the domain."""

from django.apps import AppConfig


class TenantsConfig(AppConfig):
    """All rooms are one app, so that keys between them need no migration dependencies."""

    name = "tenants"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register each room's object kinds; the order is that of ``kinds.py``."""
        from tenants import kinds

        kinds.register()
