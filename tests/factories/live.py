"""Live state in one line each."""

from __future__ import annotations

from tenants.customers.models import User
from tenants.live import actions
from tenants.live.models import LiveRegister
from tenants.routing.live import LiveValue, Order, Register, Via


def wish(
    customer_id: int, kind: str, subject: str, value: LiveValue | None, by: User | None = None, via: Via = "web"
) -> LiveRegister:
    """Ask for a register to be set."""
    order = Order(kind=kind, subject=subject, value=value)  # type: ignore[arg-type]
    return actions.want(customer_id=customer_id, order=order, by=by, via=via)


def told(customer_id: int, kind: str, subject: str, value: LiveValue | None, **more: object) -> Register:
    """Let the node have told of a register; the first version unless said."""
    fields = {"version": 1, "at": 1_800_000_000.0, "by": "Karin", "via": "phone", "command": "c"} | more
    register = Register(kind=kind, subject=subject, value=value, **fields)  # type: ignore[arg-type]
    actions.fold(customer_id=customer_id, registers=[register])
    return register
