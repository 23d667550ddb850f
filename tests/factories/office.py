"""A company with something in every room, published, made by the rooms' own actions: for walks over the whole API."""

from __future__ import annotations

from integrations.webhooks import actions as webhooks
from tenants.changes.actions import publish
from tenants.changes.models import Change, Release
from tenants.customers.models import Membership, User
from tenants.people.devices import actions as devices
from tenants.people.sites import actions as sites
from tests.factories.cast import Cast
from tests.factories.externals import external
from tests.factories.flow import story
from tests.factories.mailboxes import mailbox, message
from tests.factories.people import person
from tests.factories.schedules import schedule

Office = dict[str, int]
"""Room of the API, or the name of an address's parameter -> the id of one thing there."""


def office(everybody: Cast, listener: User | None = None) -> Office:
    """Fill Norrsken. Call it in its scope."""
    customer, alice = everybody.norrsken, listener or everybody.alice
    flow = story(customer)
    publish(customer_id=customer.pk, by=alice)
    eva = person(customer.pk, "Eva Lind", "1042")
    box = mailbox(customer.pk, "Jourens", alice)
    said = message(box)
    device, _secret = devices.add(person=eva, by=alice, name="Bordstelefon")
    prompt = flow.closed.prompt
    endpoint, _hush = webhooks.make(
        customer_id=customer.pk, by=alice, url="https://system.example/webhook", types=["call.ended"]
    )
    sent = webhooks.send_test(endpoint=endpoint)
    return {
        "sites": sites.make(customer_id=customer.pk, name="Malmö").pk,
        "logins": Membership.objects.get(user=everybody.bob).pk,
        "people": eva.pk, "person": eva.pk, "devices": device.pk,
        "numbers": flow.number.pk,
        "schedules": schedule(customer, "Lager").pk,
        "prompts": prompt.pk, "prompt": prompt.pk, "takes": prompt.takes.get().pk,
        "mailboxes": box.pk, "mailbox": box.pk, "messages": said.pk,
        "menus": flow.main.pk, "groups": flow.sales.pk, "timeswitches": flow.switch.pk,
        "group": flow.sales.pk, "schedule": flow.switch.schedule_id,
        "announcements": flow.closed.pk,
        "externals": external(customer.pk).pk,
        "webhooks": endpoint.pk, "endpoint": endpoint.pk, "deliveries": sent.pk, "delivery": sent.pk,
        "changes": Change.objects.latest("pk").pk,
        "generation": Release.objects.latest("pk").generation,
    }  # fmt: skip
