"""The least a durable save on another machine can cost: a server that writes what it is given, syncs and answers.

`python -m bench._durable FOLDER PORT`. The answer's body is the moment, seconds since 1970, at which it was durable.
"""

from __future__ import annotations

import os
import sys
import time

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route


def application(folder: str) -> Starlette:
    """Return the app that keeps bodies in one file."""
    handle = os.open(f"{folder}/durable", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    async def put(request: Request) -> PlainTextResponse:
        os.write(handle, await request.body())
        os.fsync(handle)
        return PlainTextResponse(str(time.time()))

    return Starlette(routes=[Route("/", put, methods=["PUT"])])


if __name__ == "__main__":
    uvicorn.run(application(sys.argv[1]), host="127.0.0.1", port=int(sys.argv[2]), log_level="warning")
