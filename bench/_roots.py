"""A node without a switch that has very many customers: ``python -m bench._roots FIRST CUSTOMERS``.

Set up by the same ``NODE_…`` variables as any node. Customers have the ids from FIRST up, and no objects.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import msgspec
import uvicorn

from integrations.switch.memory_node import application
from integrations.switch.memory_state import Customer, MemoryNode
from tenants.routing.intake import Held
from tenants.routing.wire import Enrolled, Receipt


def node(home: Path, first: int, customers: int) -> MemoryNode:
    """Return a node that holds generation 1 of so many customers."""
    made = MemoryNode(msgspec.json.decode((home / "identity.json").read_bytes(), type=Enrolled))
    held = Held(epoch=1, generation=1)
    for customer in range(first, first + customers):
        receipt = Receipt(
            customer=customer, epoch=1, generation=1, root=held.root, effective_at=time.time(), milliseconds=1
        )
        made.customers[customer] = Customer(held, {}, {}, receipt)
    return made


if __name__ == "__main__":
    app = application(node(Path(os.environ["NODE_HOME"]), *map(int, sys.argv[1:3])))
    uvicorn.run(app, host="127.0.0.1", port=int(os.environ["NODE_PORT"]), log_level="warning", access_log=False)
