"""Runs inside the product's environment (`manage.py shell -c`): reads a line, calls a function, writes a line."""

from __future__ import annotations

import json
import sys
import traceback

from django.db import close_old_connections


def serve() -> None:
    """Call functions of ``furniture`` until the end of the input."""
    from tests.journeys import furniture

    for line in sys.stdin:
        do, given = json.loads(line)
        close_old_connections()
        try:
            answer = {"returned": getattr(furniture, do)(**given)}
        except Exception:
            answer = {"raised": traceback.format_exc()}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()
