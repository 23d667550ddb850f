"""What every page's frame needs: whose page it is, the menu, the reader's theme, whether all is published.

Everything is worked out when a template asks, so a fragment or an error page costs nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Literal

from django.http import HttpRequest

from portal import rooms
from tenants.changes import queries as changes
from tenants.customers.models import Customer, Role, User


@dataclass(frozen=True, slots=True)
class PublishState:
    """How a customer stands at the switch; ``drafts`` counts what waits for Publicera."""

    state: Literal["waiting", "effective", "refused", "empty"]
    at: datetime | None
    drafts: int

    @property
    def mark(self) -> str:
        """Return what an open page compares."""
        return f"{self.state}-{self.drafts}-{self.at.timestamp() if self.at else 0:.0f}"


class Shell:
    """The frame of one page. Without a customer, a user or a membership it says so by being empty."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request

    @cached_property
    def user(self) -> User | None:
        """Return who reads, or None."""
        user = getattr(self.request, "user", None)
        return user if user is not None and user.is_authenticated else None

    @cached_property
    def customer(self) -> Customer | None:
        """Return the customer the door let us in to, or None."""
        return getattr(self.request, "customer", None)

    @cached_property
    def is_admin(self) -> bool:
        """Return whether the reader may change the customer's configuration."""
        membership = getattr(self.request, "membership", None)
        return membership is None or membership.role == Role.ADMIN

    @cached_property
    def theme(self) -> str:
        """Return ``light``, ``dark`` or ``system``."""
        return str(getattr(self.user, "theme", "system"))

    @cached_property
    def menu(self) -> list[rooms.Link]:
        """Return the menu: the customer's inside one, staff's outside."""
        if self.customer:
            return rooms.customer_menu(self.customer.slug, path=self.request.path, admin=self.is_admin)
        if self.user and self.user.is_staff:
            return rooms.links(rooms.STAFF, path=self.request.path)
        return []

    @cached_property
    def tabs(self) -> list[rooms.Link]:
        """Return what stands in the phone's tab bar."""
        return rooms.tab_bar(self.menu)

    @cached_property
    def home(self) -> str:
        """Return where the mark in the corner leads."""
        return self.menu[0].url if self.menu else "/"

    @cached_property
    def staff_home(self) -> str | None:
        """Return staff's first page, for staff."""
        if not self.user or not self.user.is_staff:
            return None
        staff = rooms.links(rooms.STAFF)
        return staff[0].url if staff else None

    @cached_property
    def stream(self) -> str:
        """Return where the page hears of changes; nothing outside a customer."""
        return f"/streams/c/{self.customer.slug}/" if self.customer else ""

    @cached_property
    def publishing_url(self) -> str | None:
        """Return where the state of publishing leads, if the reader may go there."""
        return rooms.address("changes:index", self.customer.slug) if self.customer and self.is_admin else None

    @cached_property
    def published(self) -> PublishState | None:
        """Return whether all is published, or None outside a customer."""
        return publish_state() if self.customer else None


def publish_state() -> PublishState:
    """Return how the customer in scope stands at the switch, from the node's receipts."""
    standing = changes.latest_standing()
    drafts = len(changes.waiting())
    if standing is None or standing.state == "draft":
        return PublishState("empty", None, drafts)
    return PublishState(standing.state, standing.effective_at, drafts)


def shell(request: HttpRequest) -> dict[str, object]:
    """Give every template ``shell``."""
    return {"shell": Shell(request)}
