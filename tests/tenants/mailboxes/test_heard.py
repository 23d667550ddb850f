"""A message that is heard, on the page or by telephone, is new nowhere."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest

from integrations.switch import live
from tenants.customers import scope
from tenants.live.models import LiveRegister
from tenants.live.queries import value_of
from tenants.mailboxes import actions, queries
from tenants.mailboxes.models import Mailbox, Message
from tenants.routing import wire
from tenants.routing.live import Register, Unread
from tests.factories.cast import Cast, cast
from tests.factories.mailboxes import mailbox, message


@pytest.fixture
def people(db: None) -> Iterator[Cast]:
    """The cast, in Norrsken's scope."""
    everybody = cast()
    with scope.customer(everybody.norrsken.pk):
        yield everybody


@pytest.fixture
def box(people: Cast) -> Mailbox:
    """A mailbox Alice listens to."""
    return mailbox(people.norrsken.pk, "Växeln", people.alice)


def unheard() -> int:
    """Return how many messages the list says are new in the only mailbox."""
    (row,) = queries.rows_of(list(queries.matching(None, everything=True)))
    return row.unheard


def asked(box: Mailbox) -> object:
    """Return what has been asked of the mailbox's register."""
    row = LiveRegister.objects.filter(kind="unread", subject=f"mailbox/{box.pk}").first()
    return value_of(row.wanted) if row else None


def told(customer_id: int, box: Mailbox, version: int, *left: Message) -> None:
    """Let the node tell which messages are still new, by an event."""
    value = Unread(messages=tuple(str(one.uuid) for one in left)) if left else None
    register = Register(kind="unread", subject=f"mailbox/{box.pk}", version=version, at=float(version), value=value)
    data = {"register": msgspec.json.encode(register).decode()}
    event = wire.Event(boot="b", seq=version, at=1.0, kind="live", customer=customer_id, data=data)  # type: ignore[arg-type]
    assert live.registers_told({version: event}) == [version]


def test_listening_on_the_page_puts_the_lamp_out_once(people: Cast, box: Mailbox) -> None:
    first, second = message(box), message(box)
    actions.mark_heard(message=first, by=people.alice)
    assert asked(box) == Unread(messages=(str(first.uuid),))
    actions.mark_heard(message=second, by=people.alice)
    actions.mark_heard(message=first, by=people.bob)
    assert asked(box) == Unread(messages=(str(first.uuid), str(second.uuid)))
    assert Message.objects.get(pk=first.pk).heard_by == people.alice


def test_deleting_what_nobody_heard_puts_the_lamp_out_too(people: Cast, box: Mailbox) -> None:
    heard, unheard = message(box), message(box)
    actions.mark_heard(message=heard, by=people.alice)
    LiveRegister.objects.all().delete()
    actions.remove_message(message=Message.objects.get(pk=heard.pk))
    assert asked(box) is None
    actions.remove_message(message=unheard)
    assert asked(box) == Unread(messages=(str(unheard.uuid),))


def test_what_is_heard_by_telephone_is_no_longer_new_on_the_page(people: Cast, box: Mailbox) -> None:
    customer, (first, second) = people.norrsken.pk, (message(box), message(box))
    told(customer, box, 1, first, second)
    assert unheard() == 2
    told(customer, box, 2, second)
    assert unheard() == 1
    assert Message.objects.get(pk=first.pk).heard_at is not None
    assert Message.objects.get(pk=second.pk).heard_at is None
    told(customer, box, 3)
    assert Message.objects.get(pk=second.pk).heard_at is not None
