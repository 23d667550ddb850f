"""Reading customers and who may enter them."""

from __future__ import annotations

from tenants.customers import scope
from tenants.customers.models import Customer, Membership, User


def customers_of(user: User) -> list[Customer]:
    """Return the customers a user may enter, by name."""
    with scope.user(user.pk):
        return [m.customer for m in Membership.objects.select_related("customer").order_by("customer__name")]
