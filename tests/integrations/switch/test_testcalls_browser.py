"""Provring in Chromium: the form, and a call with its steps, in every look and both languages."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from playwright.sync_api import expect

from integrations.switch import events
from integrations.switch.testcalls.models import TestCall
from tenants.changes.actions import publish
from tenants.customers import scope
from tenants.nodes.models import Node
from tenants.routing import wire
from tests.factories import flow
from tests.factories.cast import Cast, cast
from tests.portal.browser.harness import LOOKS, SIZES, Theme, Visitor, axe, overflow, shoot, small_targets

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
HOME = "/c/norrsken-bygg/"
MOMENT = datetime(2026, 12, 4, 14, 30, tzinfo=UTC)


def followed(everybody: Cast) -> TestCall:
    """Return a test call into the draft that is going on, a story told by its node."""
    customer = everybody.norrsken
    with scope.customer(customer.pk):
        story = flow.story(customer)
        publish(customer_id=customer.pk, by=None)
        call = TestCall.objects.create(
            customer=customer, number=story.number, to="d1", shown="Anna Berg, 101", draft=True, moment=MOMENT,
            by=everybody.alice, placed_at=MOMENT,
        )  # fmt: skip
        reasons = f"timeswitch/{story.switch.pk}=state:closed announcement/{story.closed.pk}=play"
    told: list[tuple[Any, dict[str, Any]]] = [("call.started", {}), ("call.step", {"reasons": reasons})]
    batch = [
        wire.Event(
            boot="b", seq=seq, at=1000.0 + 2 * seq, kind=kind, customer=customer.pk, call=call.uuid.hex, data=data
        )
        for seq, (kind, data) in enumerate(told, 1)
    ]  # fmt: skip
    with scope.wide("portal_node"):
        node = Node.objects.get()
    events.store(node, wire.Batch(events=tuple(msgspec.Raw(msgspec.json.encode(event)) for event in batch)))
    return call


@pytest.mark.slow
@pytest.mark.parametrize("language", ["sv", "en"])
@pytest.mark.parametrize(("size", "theme"), LOOKS)
def test_the_pages_have_no_flaw(live_portal: str, visit: Visitor, size: str, theme: Theme, language: str) -> None:
    everybody = cast()
    call = followed(everybody)
    seen = visit(everybody.alice, size=SIZES[size], theme=theme, language=language)
    for name, address in {"form": "test-calls/", "call": f"test-calls/{call.uuid}/"}.items():
        seen.go(f"{HOME}{address}")
        shoot(seen.page, f"testcalls-{name}-{size}-{theme}-{language}")
        assert axe(seen.page) == []
        assert not overflow(seen.page)
        assert small_targets(seen.page) == []
    assert seen.page.locator(".trial-steps li").count() == 2


@pytest.mark.slow
def test_the_flow_leads_to_a_test_call_of_its_number(live_portal: str, visit: Visitor) -> None:
    everybody = cast()
    call = followed(everybody)
    seen = visit(everybody.alice)
    seen.go(f"{HOME}call-flow/")
    seen.page.get_by_role("link", name="Provring").click()
    expect(seen.page.get_by_label("Numret som rings")).to_have_value(str(call.number_id))
    expect(seen.page.locator("[name=day]")).to_have_value("")
    seen.page.get_by_role("link", name="Anna Berg, 101").click()
    expect(seen.page.get_by_text("Samtalet pågår.")).to_be_visible()
