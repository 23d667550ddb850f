"""What was sent, as a fingerprint sees it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any


def body_print(data: Any, files: Mapping[str, Any]) -> bytes:
    """Return what makes two bodies the same, files by their content."""
    if not files:
        return json.dumps(data, sort_keys=True).encode()
    fields = {name: data.getlist(name) for name in data if name not in files}
    sums = {name: hashlib.sha256(b"".join(file.chunks())).hexdigest() for name, file in files.items()}
    for file in files.values():
        file.seek(0)
    return json.dumps([fields, sums], sort_keys=True).encode()
