"""Staff's page for moving a customer from a node to another, and what gives up a node that is gone."""

from __future__ import annotations

import structlog
from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from integrations.switch import moving
from tenants.customers import scope
from tenants.customers.access import staff_page
from tenants.customers.models import Customer
from tenants.doors import line
from tenants.nodes.models import Node
from tenants.nodes.moves import actions as moves
from tenants.nodes.queries import is_silent, move_of
from tenants.refusals import Refusal

log = structlog.get_logger(__name__)
LARGEST_ID = 2**63 - 1


class MoveForm(forms.Form):
    """Where a customer is to go."""

    node = forms.ModelChoiceField(Node.objects.none(), label=gettext_lazy("Till nod"), empty_label=None)

    def __init__(self, *args: object, away_from: Node | None, **kwargs: object) -> None:
        """Offer every node that is let in but the one the customer is on."""
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        there = Node.objects.filter(enrolled_at__isnull=False, forgotten_at=None).order_by("name")
        field = self.fields["node"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = there.exclude(pk=away_from.pk) if away_from else there


def _customer(request: HttpRequest) -> Customer | None:
    return Customer.objects.filter(slug=line(request.GET, "customer", 100)).first()


def _back(customer: Customer) -> HttpResponse:
    return redirect(f"{reverse('staff:move')}?customer={customer.slug}")


@require_http_methods(["GET", "POST"])
@staff_page
def move(request: HttpRequest) -> HttpResponse:
    """Show where the customer that is asked for is and how far a move has come; begin one."""
    found = _customer(request)
    if found is None:
        return redirect("staff:nodes")
    with scope.wide("portal_staff"):
        now = move_of(found)
        form = MoveForm(request.POST or None, away_from=now.active)
        chosen = request.method == "POST" and form.is_valid()
    if chosen and _begun(request, found, form):
        return _back(found)
    with scope.wide("portal_staff"):
        values = {"customer": found, "now": now, "form": form, "hours": moves.DRAINED_AFTER.seconds // 3600}
        return render(request, "switch/move.html", values, status=422 if form.errors else 200)


def _begun(request: HttpRequest, customer: Customer, form: MoveForm) -> bool:
    node = form.cleaned_data["node"]
    try:
        moving.begin(customer_id=customer.pk, node_id=node.pk)
    except Refusal as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        return False
    log.info("staff.customer.move", customer=customer.pk, node=node.pk, by=request.user.pk)
    messages.success(request, _("Flytten till %s har börjat.") % node.name)
    return True


@require_POST
@staff_page
def stop(request: HttpRequest) -> HttpResponse:
    """Stop a move whose new node has not taken over."""
    found = _customer(request)
    if found is None:
        return redirect("staff:nodes")
    try:
        stopped = moving.give_up(customer_id=found.pk)
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        words = _("Flytten är avbruten.") if stopped else _("Flytten är redan klar.")
        messages.success(request, words)
    log.info("staff.customer.move_stopped", customer=found.pk, by=request.user.pk)
    return _back(found)


def forgetting(node: Node) -> dict[str, object]:
    """Return what a node's page says about giving it up; nothing while it is heard of. As ``portal_staff``."""
    if node.forgotten_at is not None or not is_silent(node):
        return {}
    return {"silent_since": node.last_seen_at, "forget_form": MoveForm(away_from=node)}


@require_POST
@staff_page
def forget(request: HttpRequest, node: int) -> HttpResponse:
    """Give up a node that is gone: its customers go to the one that is chosen."""
    try:
        with scope.wide("portal_staff"):
            gone = get_object_or_404(Node, pk=min(node, LARGEST_ID))
            heir = _heir(request, gone)
            moving.forget(node_id=gone.pk, heir_id=heir.pk)
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return redirect("staff:node", node)
    log.warning("staff.node.forgotten", node=gone.name, heir=heir.name, by=request.user.pk)
    messages.success(request, _("%(name)s är glömd. Kunderna flyttas till %(heir)s.") % {"name": gone, "heir": heir})
    return redirect("staff:node", heir.pk)


def _heir(request: HttpRequest, gone: Node) -> Node:
    """Return the node that is chosen.

    :raises NotLetIn: if none can be.
    """
    form = MoveForm(request.POST, away_from=gone)
    if not form.is_valid():
        raise moves.NotLetIn
    heir: Node = form.cleaned_data["node"]
    return heir
