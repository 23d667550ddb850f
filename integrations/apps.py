"""The Django app of the outside systems."""

from django.apps import AppConfig


class IntegrationsConfig(AppConfig):
    """One app for all integrations."""

    name = "integrations"
    default_auto_field = "django.db.models.BigAutoField"
