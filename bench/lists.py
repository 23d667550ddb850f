"""Lists of customers of ten people, of a hundred and of ten thousand: administrators' pages, and the API's; and pages
where one picks among everybody.

Statements must be the same for all three; the ratio is to the hundred, who fill a page too. Numbers, voices, mailboxes
and logins are as many as people; a page's size is in kB. Every request goes through the whole web application, login
and all; the API is asked with a key, for its first page, for one further on, and by a search. ``BENCH_PEOPLE`` is how
large the large one is.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from bench import _pair, _portal

if TYPE_CHECKING:
    from django.test import Client

SMALL = 10
FULL = 100
"""Enough that a page is as full as any."""
PAGES = {
    "page_people": "people/", "page_numbers": "numbers/", "page_prompts": "prompts/", "page_mailboxes": "mailboxes/",
}  # fmt: skip
PICKING = {
    "page_person": "people/{person}/", "page_number": "numbers/{number}/", "page_flow": "call-flow/",
    "page_group": "groups/{group}/", "page_menu": "menus/{menu}/",
}  # fmt: skip
"""Pages that say where calls go, or who is one of several."""
ROOMS = ("people", "numbers", "prompts")
SEARCH = {"people": "nummer 7", "numbers": "00007", "prompts": "röst 7"}
Ask = Callable[[], Any]


def figures() -> list[_pair.Figure]:
    """Return of each list the milliseconds and statements by size, and the ratio between those that fill a page."""
    sizes = (SMALL, FULL, _portal.size("PEOPLE", 10_000))
    with _portal.database() as superuser:
        asks = {size: _company(size) for size in sizes}
        _portal.analyse(superuser)
        rows: list[_pair.Figure] = []
        for name in asks[SMALL]:
            rows += _pair.compared(name, {size: asks[size][name] for size in sizes}, rounds=15, warm=2)
            if name.startswith("page_"):
                rows += [(f"{name}_{size}_size", len(asks[size][name]().content) // 1000, "kB") for size in sizes]
        return rows


def _company(size: int) -> dict[str, Ask]:
    """Make a customer, and return what asks for each of its lists."""
    from django.test import Client

    from tenants.apikeys.actions import make
    from tenants.customers import scope
    from tenants.customers.models import Membership, Role, User
    from tenants.onboarding.actions import make_customer
    from tests.factories import crowd
    from tests.factories.groups import group
    from tests.factories.menus import menu

    slug, user = f"kund-{size}", User.objects.create_user(f"{size}@portal.test", name="Mätning")
    customer = make_customer(name=f"Kund {size}", slug=slug)
    with scope.customer(customer.pk):
        runs = Membership.objects.create(customer=customer, user=user, role=Role.ADMIN)
        people = crowd.crowd(customer, size)
        numbers = crowd.lines(customer, size, entry=people[0].destination)
        voices = crowd.voices(customer, size)
        crowd.boxes(customer, size, runs, owners=people)
        crowd.logins(customer, size)
        members = [row.pk for row in people[:5]]
        answers = group(customer.pk, "Växeln", members=members, no_answer_id=people[-1].pk)
        led = {"no_input_id": people[-1].pk, "invalid_id": answers.pk, "prompt_id": voices[0].pk}
        choices = menu(customer.pk, "Huvudmeny", keys={"1": answers.pk, "2": people[0].pk}, **led)
        scopes = ["read:people", "read:numbers", "read:prompts"]
        _key, secret = make(customer_id=customer.pk, by=user, name="Mätning", scopes=scopes)
    page = Client(SERVER_NAME="localhost")
    page.force_login(user)
    api = Client(SERVER_NAME="localhost", headers={"Authorization": f"Bearer {secret}"})
    named = {"person": people[5].pk, "number": numbers[0].pk, "group": answers.pk, "menu": choices.pk}
    pages = {name: f"/c/{slug}/{path.format(**named)}" for name, path in (PAGES | PICKING).items()}
    asks: dict[str, Ask] = {name: partial(_get, page, address) for name, address in pages.items()}
    asks["pick"] = partial(_get, page, f"/c/{slug}/destinations/?q=nummer 7")
    for room in ROOMS:
        asks |= _api(api, room, f"/api/v1/customers/{slug}/{room}/", size)
    return asks


def _api(client: Client, room: str, where: str, size: int) -> dict[str, Ask]:
    """Return what asks for the first page, one in the middle of those there are, and the first of a search."""
    begin = where + "?limit=5"
    for _ in range(min(3, size // 10)):
        begin = _get(client, begin).json()["next"].partition("localhost")[2]
    return {
        f"api_{room}": partial(_get, client, where + f"?limit={SMALL}"),
        f"api_{room}_further": partial(_get, client, begin),
        f"api_{room}_search": partial(_get, client, where + f"?q={SEARCH[room]}&limit=1"),
    }


def _get(client: Client, address: str):  # type: ignore[no-untyped-def]
    answer = client.get(address)
    if answer.status_code != 200:
        raise RuntimeError(f"{address}: {answer.status_code} {answer.content[:300]!r}")
    return answer
