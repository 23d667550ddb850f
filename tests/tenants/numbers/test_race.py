"""Two customers buy one number at the same moment: one gets it, the other is told."""

from __future__ import annotations

import threading

import pytest
from django.db import connection

from tenants.customers import scope
from tenants.numbers import actions
from tenants.numbers.models import Number
from tests.factories.cast import cast


@pytest.mark.django_db(transaction=True)
def test_one_number_has_one_holder() -> None:
    everybody = cast()
    start, answers = threading.Barrier(2), list[str]()

    def buy(customer_id: int, typed: str) -> None:
        try:
            start.wait(10)
            with scope.customer(customer_id):
                actions.assign(customer_id=customer_id, by=None, typed=typed)
            answers.append("got it")
        except actions.NumberHeld as refusal:
            answers.append(refusal.code)
        finally:
            connection.close()

    for number in range(20):
        typed = f"040-622 10 {number:02d}"
        buyers = [
            threading.Thread(target=buy, args=(customer.pk, typed))
            for customer in (everybody.norrsken, everybody.bageri)
        ]
        for buyer in buyers:
            buyer.start()
        for buyer in buyers:
            buyer.join(30)
    assert sorted(answers) == ["got it"] * 20 + ["number_held"] * 20
    held = 0
    for customer in (everybody.norrsken, everybody.bageri):
        with scope.customer(customer.pk):
            held += Number.objects.count()
    assert held == 20
