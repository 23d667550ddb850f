"""Staff's page for moving a customer from a node to another."""

from __future__ import annotations

import structlog
from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from integrations.switch import moving
from tenants.customers import scope
from tenants.customers.access import staff_page
from tenants.customers.models import Customer
from tenants.nodes.models import Node
from tenants.nodes.moves import actions as moves
from tenants.nodes.queries import move_of
from tenants.refusals import Refusal

log = structlog.get_logger(__name__)


class MoveForm(forms.Form):
    """Where a customer is to go."""

    node = forms.ModelChoiceField(Node.objects.none(), label=gettext_lazy("Till nod"), empty_label=None)

    def __init__(self, *args: object, away_from: Node | None, **kwargs: object) -> None:
        """Offer every node that is let in but the one the customer is on."""
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        there = Node.objects.filter(enrolled_at__isnull=False).order_by("name")
        field = self.fields["node"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = there.exclude(pk=away_from.pk) if away_from else there


def _customer(request: HttpRequest) -> Customer | None:
    return Customer.objects.filter(slug=request.GET.get("customer", "")[:100]).first()


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
