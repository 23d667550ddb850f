"""An import by the API, in a process of its own: ``python -m bench._import SLUG KEY PEOPLE``, 200 people a call."""

from __future__ import annotations

import os
import sys

MOST = 200


def main(slug: str, key: str, people: int) -> None:
    """Send them all through the web application, one call after the other.

    :raises RuntimeError: if one of them is refused.
    """
    import django

    django.setup()
    from django.test import Client

    client = Client(SERVER_NAME="localhost", headers={"Authorization": f"Bearer {key}"})
    for first in range(0, people, MOST):
        names = range(first, min(first + MOST, people))
        body = {"people": [{"name": f"Person {number}", "extension": str(20_000 + number)} for number in names]}
        answer = client.post(f"/api/v1/customers/{slug}/people/bulk/", body, content_type="application/json")
        if answer.status_code != 200 or answer.json()["refused"]:
            raise RuntimeError(f"{answer.status_code}: {answer.content[:500]!r}")


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
