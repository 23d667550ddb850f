"""Granska, Publicera, the history of releases, undo, and the receipt that pages ask for."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tenants.changes import actions, queries, restoring
from tenants.changes.history import ORDER, Past, differences, history, mark, on_nodes, releases
from tenants.changes.models import Change, Release
from tenants.changes.review import review
from tenants.cursors import cut
from tenants.customers.access import CustomerRequest, customer_page
from tenants.doors import followed, line
from tenants.refusals import Refusal

PAGE = 20
OBJECTS = 100


@require_GET
@customer_page()
def index(request: CustomerRequest) -> HttpResponse:
    """Show the releases, newest first, and how many changes wait."""
    page = cut(releases(), ORDER, request.GET, PAGE)
    context = {"page": page, "past": history(page.rows), "waiting": len(queries.waiting())}
    return render(request, "changes/index.html", context)


@require_http_methods(["GET", "POST"])
@customer_page()
def publish(request: CustomerRequest) -> HttpResponse:
    """Show what waits, in words; by POST publish what is chosen of it."""
    if request.method == "POST":
        return _publish(request)
    return _review(request, request.GET.getlist("keys") if "some" in request.GET else None)


def _review(request: CustomerRequest, keys: list[str] | None, status: int = 200, error: str = "") -> HttpResponse:
    data = request.POST or request.GET
    context = {"review": review(request.customer.pk, keys), "note": data.get("note", ""), "error": error}
    context["generation"] = queries.publication().generation
    template = "changes/_review.html" if "HX-Request" in request.headers else "changes/review.html"
    return render(request, template, context, status=status)


def _publish(request: CustomerRequest) -> HttpResponse:
    """Publish the chosen keys; with a refusal show Granska again, the choice and the note as they were."""
    keys, note = request.POST.getlist("keys"), line(request.POST, "note", 200)
    if not keys:
        return _review(request, [], 422, _("Välj minst en ändring att publicera."))
    try:
        change = actions.publish(customer_id=request.customer.pk, by=request.user, keys=keys, note=note)
    except Refusal as refusal:
        return _review(request, keys, 422, str(refusal.message))
    return _to(request, "changes:release", request.customer.slug, change.generation)


def _past(generation: int) -> Past:
    """Return a release in words, or answer 404."""
    return history([get_object_or_404(releases(), generation=generation)])[0]


@require_GET
@customer_page()
def release(request: CustomerRequest, generation: int) -> HttpResponse:
    """Show a release: who and when, how it stands on each node, and what it changed of each object."""
    past = _past(generation)
    page = cut(past.release.items.all(), ("key",), request.GET, OBJECTS)
    told, nodes = differences(page.rows), on_nodes(past.release)
    refused = {node.refused.key for node in nodes if node.refused}
    context = {"past": past, "page": page, "differences": [told[item.pk] for item in page.rows], "nodes": nodes}
    return render(request, "changes/release.html", {**context, "refused": refused, "seen": mark(nodes)})


@require_GET
@customer_page()
def nodes(request: CustomerRequest, generation: int) -> HttpResponse:
    """Return how a release stands on each node; asked again until it is known."""
    past = _past(generation)
    found = on_nodes(past.release)
    return followed(request, "changes/_nodes.html", {"past": past, "nodes": found, "seen": mark(found)})


@require_GET
@customer_page()
def release_receipt(request: CustomerRequest, generation: int) -> HttpResponse:
    """Return how a release stands at the switch; asked again until it is known."""
    past = _past(generation)
    return followed(request, "changes/_release_receipt.html", {"past": past, "seen": past.state})


@require_GET
@customer_page()
def receipt(request: CustomerRequest, change: int) -> HttpResponse:
    """Return how a change stands at the switch; asked again until it is known."""
    row = get_object_or_404(Change, pk=change)
    found = queries.standing(row)
    return followed(request, "changes/_receipt.html", {"change": row, "standing": found, "seen": found.state})


@require_http_methods(["GET", "POST"])
@customer_page()
def restore(request: CustomerRequest, generation: int) -> HttpResponse:
    """Show what going back to a release would change and lose; by POST go back, if that is still what it does."""
    found = get_object_or_404(releases(), generation=generation)
    if request.method == "GET":
        return _outlook(request, found)
    seen, lose = request.POST.get("seen", ""), "lose" in request.POST
    try:
        change = restoring.restore(
            customer_id=request.customer.pk, generation=generation, by=request.user, seen=seen, lose=lose
        )
    except Refusal as refusal:
        return _outlook(request, found, str(refusal.message))
    if change.generation is None:
        messages.success(request, _("Utkastet är kastat."))
        return redirect("callflow:index", request.customer.slug)
    return redirect("changes:release", request.customer.slug, change.generation)


def _outlook(request: CustomerRequest, found: Release, error: str = "") -> HttpResponse:
    throws = found.generation == queries.publication().generation
    context = {"release": found, "outlook": restoring.outlook(found.generation), "throws": throws, "error": error}
    return render(request, "changes/restore.html", context, status=422 if error else 200)


@require_POST
@customer_page()
def undo(request: CustomerRequest, change: int) -> HttpResponse:
    """Take back a change and return to where the reader was."""
    row = get_object_or_404(Change, pk=change)
    try:
        actions.undo(customer_id=request.customer.pk, change_id=row.pk, by=request.user)
    except Refusal as refusal:
        messages.error(request, str(refusal.message))
    else:
        messages.success(request, _("Ångrat: %s") % row.told)
    back = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure()):
        return redirect(back)
    return _to(request, "changes:index", request.customer.slug)


def _to(request: CustomerRequest, name: str, *args: object) -> HttpResponse:
    """Send the reader to a page; htmx goes there too instead of swapping it into this one."""
    response = redirect(name, *args)
    if "HX-Request" in request.headers:
        answer = HttpResponse(status=204)
        answer["HX-Redirect"] = response.url
        return answer
    return response
