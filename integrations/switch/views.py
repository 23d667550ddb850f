"""Staff's pages of nodes and of what they have told."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlencode

import structlog
from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_POST

from integrations.switch import actions, heap, move_views, watch
from integrations.switch import queries as events
from integrations.switch.models import Event
from tenants.changes import bell
from tenants.changes.models import Lane
from tenants.cursors import cut
from tenants.customers import scope
from tenants.customers.access import staff_page
from tenants.doors import id_in
from tenants.nodes import actions as node_actions
from tenants.nodes import queries
from tenants.nodes.models import Node, Placement

log = structlog.get_logger(__name__)
LARGEST_ID = 2**63 - 1


class NodeForm(forms.Form):
    """A node to let in."""

    name = forms.RegexField(
        r"^[a-z0-9][a-z0-9.-]*\Z", label=gettext_lazy("Namn"), max_length=60,
        help_text=gettext_lazy("Så som maskinen heter, till exempel vaxel-2."),
        error_messages={"invalid": gettext_lazy("Små bokstäver a–z, siffror, punkt och bindestreck.")},
    )  # fmt: skip


def _list(request: HttpRequest, form: NodeForm) -> HttpResponse:
    with scope.wide("portal_staff"):
        values = {"nodes": queries.states(), "trouble": queries.trouble(), "heap": events.heap(), "form": form}
    return render(request, "switch/nodes.html", values, status=422 if form.is_bound else 200)


@require_GET
@staff_page
def nodes(request: HttpRequest) -> HttpResponse:
    """Show every node, what is wrong on them, and what lies unread of what they told."""
    return _list(request, NodeForm())


@require_POST
@staff_page
def new_node(request: HttpRequest) -> HttpResponse:
    """Make a code by which a node that is new may enrol."""
    form = NodeForm(request.POST)
    if not form.is_valid():
        return _list(request, form)
    return _code(request, form.cleaned_data["name"])


def _node(node: int) -> Node:
    return get_object_or_404(Node, pk=min(node, LARGEST_ID))


def _code(request: HttpRequest, name: str) -> HttpResponse:
    """Show a code, this once."""
    with scope.wide("portal_staff"):
        code = node_actions.issue_code(name=name)
        node = Node.objects.get(name=name)
    log.info("staff.node.code", node=name, by=request.user.pk)
    response = render(request, "switch/code.html", {"node": node, "code": code, "hours": node_actions.CODE_HOURS})
    response["Cache-Control"] = "no-store"
    return response


@require_GET
@staff_page
def node(request: HttpRequest, node: int) -> HttpResponse:
    """Show how a node is, who is on it, what it refused, and what it found rotten."""
    with scope.wide("portal_staff"):
        found, side = _node(node), request.GET.get("show", "")
        rows = watch.placed(found.pk, side)
        values = {
            "node": found, "health": watch.health(found), "tally": watch.tally(found.pk), "side": side,
            "page": cut(rows, watch.ORDER, request.GET), "finds": watch.finds(found.pk), **move_views.forgetting(found),
        }  # fmt: skip
        return render(request, "switch/node.html", values)


@require_GET
@staff_page
def node_health(request: HttpRequest, node: int) -> HttpResponse:
    """Return how a node is; asked again while the page is open."""
    with scope.wide("portal_staff"):
        found = _node(node)
        values = {"node": found, "health": watch.health(found), "tally": watch.tally(found.pk)}
    return render(request, "switch/_health.html", values)


@require_POST
@staff_page
def probe(request: HttpRequest, node: int) -> HttpResponse:
    """Ask a node now how it is."""
    with scope.wide("portal_staff"):
        found = _node(node)
    if not found.enrolled_at:
        messages.error(request, _("Noden har inte använt sin kod än."))
    elif wrong := watch.ask(found):
        messages.error(request, _("Noden svarar inte: %s") % wrong[:200])
    else:
        messages.success(request, _("Noden svarade."))
    return redirect("staff:node", found.pk)


@require_POST
@staff_page
def code(request: HttpRequest, node: int) -> HttpResponse:
    """Make a new code for a node; its old tokens hold until it is used."""
    with scope.wide("portal_staff"):
        name = _node(node).name
    return _code(request, name)


@require_POST
@staff_page
def resync(request: HttpRequest, node: int, placement: int) -> HttpResponse:
    """Have a customer sent to its node whole again, also what is in quarantine."""
    with scope.wide("portal_staff"):
        rows = Placement.objects.select_related("customer")
        found = get_object_or_404(rows, pk=min(placement, LARGEST_ID), node=node)
        actions.send_whole(placement=found)
        bell.ring_on_commit(found.customer_id, Lane.INTERACTIVE)
    log.info("staff.node.resync", customer=found.customer_id, node=node, by=request.user.pk)
    messages.success(request, _("%s skickas hel till noden på nytt.") % found.customer.name)
    return redirect("staff:node", node)


# --- what nodes have told --------------------------------------------------------------------------------------------


@require_GET
@staff_page
def heap_of_events(request: HttpRequest) -> HttpResponse:
    """Show the events that pass the sieve, newest first."""
    with scope.wide("portal_staff"):
        form = heap.Sieve(request.GET)
        page = cut(form.sifted(), heap.ORDER, request.GET)
        asked = {name: value for name, value in request.GET.items() if name in form.fields and value}
        values = {"form": form, "page": page, "heap": events.heap(), "query": urlencode(asked), "asked": asked}
        return render(request, "switch/events.html", values, status=200 if form.is_valid() else 422)


@require_GET
@staff_page
def event(request: HttpRequest, event: int) -> HttpResponse:
    """Show one event as it came, and what became of it."""
    with scope.wide("portal_staff"):
        rows = Event.objects.select_related("customer", "node", "dismissed_by")
        found = get_object_or_404(rows, pk=min(event, LARGEST_ID))
    return render(request, "switch/event.html", {"event": found, "body": heap.pretty(bytes(found.body))})


def _chosen(request: HttpRequest) -> list[int]:
    """Return the events ticked, or with ``all`` those that pass the sieve. Across customers."""
    if "all" in request.POST:
        rows = heap.Sieve(request.POST).sifted().order_by(*heap.ORDER)
        return list(rows.values_list("pk", flat=True)[: heap.MOST_AT_ONCE])
    return [found for one in request.POST.getlist("events") if (found := id_in(one)) is not None]


@require_POST
@staff_page
def decide(request: HttpRequest) -> HttpResponse:
    """Have events folded again, or dismiss them: those ticked, or all that pass the sieve."""
    with scope.wide("portal_staff"):
        chosen = _chosen(request)
        if "dismiss" in request.POST:
            count = actions.dismiss(ids=chosen, by=request.user)  # type: ignore[arg-type]
            words = ngettext("%d händelse är avfärdad.", "%d händelser är avfärdade.", count) % count
        else:
            count = actions.fold_again(ids=chosen)
            words = ngettext("%d händelse körs om.", "%d händelser körs om.", count) % count
            bell.ring_on_commit(0, Lane.INTERACTIVE, bell.FOLD)
    log.info("staff.events.decided", dismissed="dismiss" in request.POST, count=count, by=request.user.pk)
    (messages.success if count else messages.error)(request, words if count else _("Välj minst en händelse."))
    return _back(request.POST.get("query", ""), chosen if "one" in request.POST else ())


def _back(query: str, one: Iterable[int]) -> HttpResponse:
    """Return to the event it was asked from, or to the heap as it was sifted."""
    for ident in one:
        return redirect("staff:event", ident)
    to = redirect("staff:events")
    if query:
        to["Location"] += f"?{query[:500]}"
    return to
