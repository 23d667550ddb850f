"""Asking for a test call, and handing it to the switch."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy

from integrations.errors import OutsideError
from integrations.switch.client import Client
from integrations.switch.testcalls.models import TestCall
from tenants.changes import bell
from tenants.changes.models import Lane
from tenants.changes.queries import as_changes, waiting_rows
from tenants.customers import scope
from tenants.customers.models import User
from tenants.destinations.dialling import NotDialled
from tenants.nodes import queries as nodes
from tenants.nodes.models import Placement
from tenants.numbers.models import Number
from tenants.people.models import Person
from tenants.refusals import Refusal
from tenants.routing import wire
from tenants.routing.dialling import Refused, gate

log = structlog.get_logger(__name__)
MOST = 6
WINDOW = timedelta(minutes=1)
TASK = "switch.test-call"


class NoTelephone(Refusal):
    """Nobody can be rung by what was typed."""

    code = "no_telephone"
    field = "to"
    message = gettext_lazy("Ingen har anknytningen, eller så har den ingen telefon.")


class TooMany(Refusal):
    """Test calls ring real telephones; a machine must not make them by the hundred."""

    code = "too_many_test_calls"
    message = gettext_lazy("Det går att provringa sex gånger i minuten. Vänta en stund.")


@dataclass(frozen=True)
class Wish:
    """A test call: which number is called, who plays the caller, when it is, and whether the draft is followed.

    ``to`` is an extension of the customer's or a number outside, as typed.
    """

    number: Number
    to: str
    moment: datetime | None = None
    draft: bool = False


@transaction.atomic
def make(*, customer_id: int, by: User, wish: Wish) -> TestCall:
    """Ask for a test call; the switch is told as soon as this is in the record.

    :raises NoTelephone: if an extension has nobody, or no telephone.
    :raises NotDialled: if the dialling gate refuses the number outside.
    :raises TooMany: if there were ``MOST`` in the last minute.
    """
    if TestCall.objects.filter(made_at__gt=timezone.now() - WINDOW).count() >= MOST:
        raise TooMany
    to, shown = _rung(wish.to)
    call = TestCall.objects.create(
        customer_id=customer_id, number=wish.number, to=to, shown=shown, moment=wish.moment, draft=wish.draft, by=by
    )
    bell.ring_on_commit(customer_id, Lane.INTERACTIVE, TASK)
    return call


def _rung(typed: str) -> tuple[str, str]:
    """Return what the switch rings, and how people say it."""
    digits = typed.strip()
    person = Person.objects.filter(extension=digits, destination__removed=False).select_related("destination").first()
    device = person.devices.order_by("pk").first() if person else None
    if person and device:
        return device.username, f"{person.name}, {person.extension}"
    if person or (digits.isdecimal() and len(digits) < 7 and not digits.startswith("0")):
        raise NoTelephone
    e164 = gate(digits, "call")
    if isinstance(e164, Refused):
        raise NotDialled(e164)
    return e164, e164


def place_waiting(customer_id: int) -> None:
    """Hand a customer's test calls to the switch that have not been handed over; late ones are left."""
    with scope.customer(customer_id):
        young = timezone.now() - WINDOW / 3
        waiting = list(TestCall.objects.filter(placed_at=None, refused="", made_at__gt=young).select_related("number"))
        placement = Placement.objects.filter(role=Placement.Role.ACTIVE).select_related("node").first()
        wanted = [_wire(call) for call in waiting]
    for call in wanted:
        _note(customer_id, call.id, _place(placement, call))


def _wire(call: TestCall) -> wire.TestCall:
    moment = int(call.moment.timestamp()) if call.moment else None
    rows = waiting_rows().values_list("key", "draft") if call.draft else ()
    return wire.TestCall(
        customer=call.customer_id, number=call.number.e164, to=call.to, moment=moment, changes=as_changes(rows),
        id=call.uuid.hex,
    )  # fmt: skip


def _place(placement: Placement | None, call: wire.TestCall) -> str:
    """Return why the switch would not; nothing if it has rung."""
    if placement is None:
        return "no_node"
    try:
        answer = Client(placement.node.url, nodes.portal_token(placement.node)).call(call)
    except OutsideError as error:
        log.warning("switch.test_call.failed", customer=call.customer, code=error.code, why=error.reason)
        return error.code
    return answer.code if isinstance(answer, wire.Refusal) else ""


def _note(customer_id: int, name: str, refused: str) -> None:
    fields = {"refused": refused[:60]} if refused else {"placed_at": timezone.now()}
    with scope.customer(customer_id):
        TestCall.objects.filter(uuid=uuid.UUID(name)).update(**fields)
