"""Granska, Publicera, the history of releases, undo, and the receipt that pages ask for."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tenants.changes import actions, queries
from tenants.changes.models import Change, Release
from tenants.changes.review import history, releases, review
from tenants.customers.access import CustomerRequest, customer_page
from tenants.refusals import Refusal

PAGE = 20


@require_GET
@customer_page()
def index(request: CustomerRequest) -> HttpResponse:
    """Show the releases, newest first, and how many changes wait."""
    page = Paginator(releases(), PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "past": history(list(page)), "waiting": len(queries.waiting())}
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
    keys, note = request.POST.getlist("keys"), request.POST.get("note", "").strip()
    if not keys:
        return _review(request, [], 422, _("Välj minst en ändring att publicera."))
    try:
        change = actions.publish(customer_id=request.customer.pk, by=request.user, keys=keys, note=note[:200])
    except Refusal as refusal:
        return _review(request, keys, 422, str(refusal.message))
    return _to(request, "changes:published", request.customer.slug, change.pk)


@require_GET
@customer_page()
def published(request: CustomerRequest, change: int) -> HttpResponse:
    """Show what was just published, with the switch's receipt."""
    row = get_object_or_404(Change.objects.select_related("by"), pk=change, generation__isnull=False)
    past = history(list(releases().filter(generation=row.generation or 0)))
    context = {"change": row, "standing": queries.standing(row), "past": past[0] if past else None}
    return render(request, "changes/published.html", context)


@require_GET
@customer_page()
def receipt(request: CustomerRequest, change: int) -> HttpResponse:
    """Return how a change stands at the switch; asked again each second until it is known."""
    row = get_object_or_404(Change, pk=change)
    return render(request, "changes/_receipt.html", {"change": row, "standing": queries.standing(row)})


@require_POST
@customer_page()
def rollback(request: CustomerRequest, generation: int) -> HttpResponse:
    """Make everything what it was in a release, as a new release."""
    if not Release.objects.filter(generation=generation).exists():
        raise Http404
    try:
        change = actions.rollback(customer_id=request.customer.pk, generation=generation, by=request.user)
    except Refusal as refusal:
        messages.error(request, str(refusal.message))
        return _to(request, "changes:index", request.customer.slug)
    if change.generation is None:
        messages.success(request, _("Utkastet är kastat."))
        return _to(request, "callflow:index", request.customer.slug)
    return _to(request, "changes:published", request.customer.slug, change.pk)


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
        messages.success(request, _("Ångrat: %s") % row.summary)
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
