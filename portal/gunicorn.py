"""How gunicorn serves the pages: ``gunicorn --config python:portal.gunicorn portal.wsgi``.

Its own lines look like ours, and a worker that is gone leaves no gauges behind. Addresses, numbers of workers and
limits are given on the command line, where whoever runs it sees them.
"""

from __future__ import annotations

import os
from typing import Any

from portal import logs, metrics

# An access log would hold addresses, and some of those let somebody in. portal.http tells each request, by its route.
_AS_JSON = os.environ.get("LOG_JSON", "0" if os.environ.get("DEBUG") == "1" else "1") == "1"

logconfig_dict = {
    **logs.configuration(os.environ.get("LOG_LEVEL", "INFO"), as_json=_AS_JSON),
    "loggers": {
        name: {"level": level, "handlers": [], "propagate": True, "qualname": name}
        for name, level in (("gunicorn.error", "INFO"), ("gunicorn.access", "WARNING"))
    },
}


def child_exit(_server: Any, worker: Any) -> None:
    """Forget what only a live process can have."""
    metrics.process_ended(worker.pid)
