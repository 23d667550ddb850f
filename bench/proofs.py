"""What publishing one edit costs a company of 30 people and one of 10,000, and what proving everything costs them.

Each edit is made by the room's own action, in one transaction on a real PostgreSQL, in turns between the two companies
so that both see the same machine: a name (live at once), another way out when nobody answers (draft, then published),
the main number's menu, and the mailbox where
everybody's calls end. Nothing is pushed; the switch is no part of this.
``BENCH_PEOPLE`` is how large the large one is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import count
from typing import TYPE_CHECKING

from bench import _pair, _portal

if TYPE_CHECKING:
    from tenants.menus.models import Menu
    from tenants.people.models import Person

SMALL = 30
ROUNDS = 30
FEW = 5
"""Rounds of what reads everybody, which takes seconds."""


def figures() -> list[_pair.Figure]:
    """Return p50 in milliseconds and statements of each edit by size, their ratios, and the whole proof's time."""
    sizes = (SMALL, _portal.size("PEOPLE", 10_000))
    with _portal.database() as superuser:
        companies = {size: _company(size) for size in sizes}
        _portal.analyse(superuser)
        rows: list[_pair.Figure] = []
        for name in companies[SMALL]:
            rounds = ROUNDS if name.startswith(("save_a", "publish")) else FEW
            rows += _pair.compared(name, {size: companies[size][name] for size in sizes}, rounds=rounds, warm=2)
        return rows


def _company(size: int) -> dict[str, Callable[[], object]]:
    """Make a company with so many people, whose calls all end in one mailbox; return the edits by name."""
    from tenants.changes import actions
    from tenants.changes.proofs import actions as proofs
    from tenants.customers import scope
    from tenants.nodes.models import Node
    from tenants.numbers import actions as numbers
    from tenants.onboarding.actions import make_customer
    from tests.factories import crowd, flow
    from tests.factories.groups import group
    from tests.factories.menus import menu
    from tests.factories.numbers import number

    with scope.wide("portal_staff"):
        node = Node.objects.create(name=f"bench-{size}")
    customer = make_customer(name=f"Mätning {size}", slug=f"matning-{size}", node=node)
    with scope.customer(customer.pk):
        sound, box = flow.prompt(customer.pk).pk, flow.mailbox(customer.pk).pk
        people = crowd.crowd(customer, size, no_answer_id=box)
        groups = [group(customer.pk, name, members=(people[0].pk,), no_answer_id=box).pk for name in ("Sälj", "Stöd")]
        fallback = {"no_input_id": groups[0], "invalid_id": groups[0], "prompt_id": sound}
        main = menu(customer.pk, "Huvudmeny", keys={"1": groups[1], "2": people[0].pk}, **fallback)
        numbers.set_entry(number=number(customer.pk, f"040-622 {size:05}"), by=None, entry_id=main.pk, version=None)
        actions.publish(customer_id=customer.pk, by=None)
    edits: dict[str, Callable[[int], object]] = {
        "save_a_name": partial(_rename, people[:9]),
        "publish_a_person": partial(_publish_person, people[:9], groups[0], box),
        "publish_the_menu": partial(_publish_menu, main, groups),
        "save_the_mailbox": partial(_change_mailbox, box),
        "prove_everything": lambda _number: proofs.prove_published(customer.pk),
    }
    return {name: partial(_within, customer.pk, act, count(1)) for name, act in edits.items()}


def _within(customer: int, act: Callable[[int], object], serial: Iterator[int]) -> None:
    from tenants.customers import scope

    with scope.customer(customer):
        act(next(serial))


def _rename(people: Sequence[Person], number: int) -> None:
    from tenants.people import actions

    who = people[number % len(people)]
    wish = actions.Wish(f"Anna {number}", who.extension)
    actions.change(person=who, by=None, version=None, wish=wish)


def _publish_person(people: Sequence[Person], desk: int, box: int, number: int) -> None:
    from tenants.changes.actions import publish
    from tenants.people import actions

    who = people[number % len(people)]
    wish = actions.FlowWish(10 + number % 50, busy_id=(desk, box)[number % 2], no_answer_id=box)
    actions.set_flow(person=who, by=None, version=None, wish=wish)
    publish(customer_id=who.customer_id, by=None)


def _publish_menu(main: Menu, groups: Sequence[int], number: int) -> None:
    from tenants.changes.actions import publish
    from tenants.menus import actions

    other = groups[number % 2]
    wish = actions.Wish("Huvudmeny", main.prompt_id, {"1": actions.Choice(other)}, other, other)
    actions.change(menu=main, by=None, version=None, wish=wish)
    publish(customer_id=main.customer_id, by=None)


def _change_mailbox(box: int, number: int) -> None:
    from tenants.changes.actions import record
    from tenants.changes.said import said
    from tenants.mailboxes.models import Mailbox

    row = Mailbox.objects.get(pk=box)
    row.max_seconds = 60 + number % 200
    row.save()
    record(customer_id=row.customer_id, by=None, summary=said("Ändrade brevlådan"), rows=[row])
