"""Write the contract between portal and node."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from integrations.switch import openapi


class Command(BaseCommand):
    """Write docs/openapi/switch.json anew from the wire's types."""

    help = "Write docs/openapi/switch.json anew from the wire's types."

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the file."""
        path = settings.BASE_DIR / openapi.PATH
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(openapi.text())
        self.stdout.write(str(openapi.PATH))
