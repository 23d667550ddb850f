"""The Django app of the shell."""

from django.apps import AppConfig


class PortalConfig(AppConfig):
    """Templates, static files and commands; no models."""

    name = "portal"

    def ready(self) -> None:
        """Make our Celery the current one, so that a doorbell rung in a page reaches our broker."""
        from portal import celery  # noqa: F401
