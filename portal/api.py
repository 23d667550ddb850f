"""The REST API: what all rooms' doors share."""

from __future__ import annotations

from typing import Any

from rest_framework.response import Response
from rest_framework.views import exception_handler


def problem(error: Exception, context: dict[str, Any]) -> Response | None:
    """Return an error as problem details (RFC 9457)."""
    return exception_handler(error, context)
