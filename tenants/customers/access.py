"""The door of pages: who may enter, and the one short transaction a page runs in.

A stranger gets 404 for everything of a customer, as for a customer that does not exist; 403 is said only to
somebody who is inside already. Views have no effects but rows, so a deadlock is answered by running again; and what
takes seconds is done ``aside``, with no transaction open.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, TypeVar

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db import OperationalError, connection
from django.http import Http404, HttpRequest, HttpResponse

from tenants.customers import scope
from tenants.customers.models import Customer, Membership, Role, User
from tenants.refusals import Refusal

RETRIES = 3
_AGAIN = {"40P01", "40001"}
"""PostgreSQL's deadlock_detected and serialization_failure."""

T = TypeVar("T")


class CustomerRequest(HttpRequest):
    """A request that has come through the door."""

    user: User
    customer: Customer
    membership: Membership | None
    """None for staff."""

    is_admin: bool
    """Whether the person may change the customer's configuration."""


View = Callable[Concatenate[CustomerRequest, ...], HttpResponse]


class Aside(Exception):
    """A view has something slow to do before it can go on."""

    def __init__(self, request: HttpRequest, work: Callable[[], object]) -> None:
        super().__init__()
        self.request, self.work = request, work

    def do(self) -> None:
        """Do it, and keep what it came to for when the view runs again."""
        try:
            self.request.aside = self.work()  # type: ignore[attr-defined]
        except Refusal as refusal:
            self.request.aside = refusal  # type: ignore[attr-defined]


def aside(request: HttpRequest, work: Callable[[], T]) -> T:
    """Return what ``work`` returns, done while no transaction holds locks or a connection: one such work a request.

    The view is left where it stands, its transaction rolled back, and after the work it runs again from its beginning.
    So what it decides before, who may enter and whether a form is right, is decided before any work is done.

    :raises Refusal: if ``work`` does.
    """
    if not hasattr(request, "aside"):
        raise Aside(request, work)
    done: T | Refusal = request.aside
    if isinstance(done, Refusal):
        raise done
    return done


def customer_page(role: Role = Role.ADMIN) -> Callable[[View], Callable[..., HttpResponse]]:
    """Make a view a page of a customer: ``view(request, …)`` with ``request.customer`` and its rows in scope.

    The address has ``<slug:customer>``. ``role`` is the least that may enter; staff always may.
    """

    def decorate(view: View) -> Callable[..., HttpResponse]:
        @login_required
        @wraps(view)
        def page(request: HttpRequest, customer: str, **kwargs: object) -> HttpResponse:
            found = find(request.user, customer)  # type: ignore[arg-type]
            return retried(lambda: _run(view, request, found, role, kwargs), found.pk)

        page.door = "customer"  # type: ignore[attr-defined]
        return page

    return decorate


def staff_page(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Make a view a page of our own staff's; to everybody else it does not exist."""

    @login_required
    @wraps(view)
    def page(request: HttpRequest, **kwargs: object) -> HttpResponse:
        if not request.user.is_staff:
            raise Http404
        return view(request, **kwargs)

    page.door = "staff"  # type: ignore[attr-defined]
    return page


def find(user: User, slug: str) -> Customer:
    """Return the customer of an address.

    :raises Http404: if there is none.
    """
    try:
        return Customer.objects.get(slug=slug)
    except Customer.DoesNotExist as error:
        raise Http404 from error


def enter(user: User, role: Role) -> Membership | None:
    """Return the user's membership of the customer in scope; None for staff.

    :raises Http404: to a stranger.
    :raises PermissionDenied: to somebody inside whose role is too small.
    """
    membership = Membership.objects.filter(user_id=user.pk).first()
    if membership is None and not user.is_staff:
        raise Http404
    if membership and role == Role.ADMIN and membership.role != Role.ADMIN and not user.is_staff:
        raise PermissionDenied
    return membership


def admitted(user: User, slug: str, role: Role) -> int:
    """Return the customer of an address to whoever may enter it: the rule of pages, for what is none.

    :raises Http404: to a stranger, or if there is none.
    :raises PermissionDenied: to somebody inside whose role is too small.
    """
    found = find(user, slug)
    with scope.customer(found.pk):
        enter(user, role)
    return found.pk


def retried(run: Callable[[], T], customer_id: int) -> T:
    """Run in the customer's scope; run again, at most ``RETRIES`` times, when the database chose us to yield.

    What is left ``aside`` is done outside that scope, once.
    """
    for attempt in range(RETRIES + 1):
        try:
            with scope.customer(customer_id):
                return run()
        except OperationalError as error:
            if _code(error) not in _AGAIN or attempt == RETRIES or connection.in_atomic_block:
                raise
        except Aside as left:
            left.do()
            return retried(run, customer_id)
    raise AssertionError("unreachable")


def _code(error: OperationalError) -> str | None:
    return getattr(error.__cause__, "sqlstate", None)


def _run(view: View, request: HttpRequest, customer: Customer, role: Role, kwargs: dict[str, object]) -> HttpResponse:
    inside: CustomerRequest = request  # type: ignore[assignment]
    inside.customer = customer
    inside.membership = membership = enter(inside.user, role)
    inside.is_admin = inside.user.is_staff or membership is None or membership.role == Role.ADMIN
    return view(inside, **kwargs)
