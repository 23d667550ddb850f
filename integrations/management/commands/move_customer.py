"""Move a customer to another switch node."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from integrations.switch import moving
from tenants.customers import scope
from tenants.customers.models import Customer
from tenants.nodes.models import Node
from tenants.refusals import Refusal


class Command(BaseCommand):
    """Begin to move a customer to a node, or stop a move. The workers do the rest; calls are answered throughout."""

    help = "Move CUSTOMER (the word in its address) to NODE. The node takes over when it has confirmed everything."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the customer's and the node's names."""
        parser.add_argument("customer", metavar="CUSTOMER")
        parser.add_argument("node", metavar="NODE", nargs="?")
        parser.add_argument("--stop", action="store_true", help="stop a move whose node has not taken over yet")

    def handle(self, *args: Any, **options: Any) -> None:
        """Begin or stop, and say which."""
        try:
            with scope.wide("portal_staff"):
                customer = Customer.objects.get(slug=options["customer"])
                node = None if options["stop"] else Node.objects.get(name=options["node"])
            self.stdout.write(self._do(customer, node))
        except (Customer.DoesNotExist, Node.DoesNotExist, Refusal) as error:
            raise CommandError(str(error)) from error

    def _do(self, customer: Customer, node: Node | None) -> str:
        if node is None:
            stopped = moving.give_up(customer_id=customer.pk)
            return f"{customer.slug} stays where it is" if stopped else f"{customer.slug} is not being moved"
        moving.begin(customer_id=customer.pk, node_id=node.pk)
        return f"{customer.slug} is being moved to {node.name}"
