"""What the doors of live rooms answer: refused with what was typed, or saved with a way back and a receipt."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils.functional import Promise
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from tenants.changes.actions import undo as take_back
from tenants.changes.models import Change, ChangeItem
from tenants.changes.queries import Standing, standing
from tenants.customers.access import CustomerRequest, customer_page
from tenants.doors import followed, removed, told, tried

__all__ = ["Latest", "latest", "receipt", "removed", "saved", "told", "tried", "undo"]


def saved(request: CustomerRequest, words: str | Promise, to: str, *, undoable: bool = True) -> HttpResponseRedirect:
    """Go to a page and say there what was saved, with a way to take it back."""
    change = Change.objects.filter(by=request.user).order_by("-pk").first() if undoable else None
    tags = ""
    if change is not None:
        address = reverse("saves:undo", args=(request.customer.slug, change.pk))
        tags = f"undo={address}?next={quote(to)}"
    messages.success(request, str(words), extra_tags=tags)
    return redirect(to)


@dataclass(frozen=True)
class Latest:
    """The newest edit of something, and how it stands at the switch."""

    change: Change
    standing: Standing

    @property
    def state(self) -> str:
        """Return the receipt's word for it; nothing for a draft."""
        return "" if self.standing.state == "draft" else self.standing.state


def latest(key: str) -> Latest | None:
    """Return the newest edit of an object, or of all of a kind (``prompt/``), or None."""
    of_kind = {"key__startswith": key} if key.endswith("/") else {"key": key}
    item = ChangeItem.objects.filter(**of_kind).select_related("change__by").order_by("-change").first()
    return Latest(item.change, standing(item.change)) if item else None


@require_POST
@customer_page()
def undo(request: CustomerRequest, ident: int) -> HttpResponse:
    """Take a change back and return to where it was made."""
    change = get_object_or_404(Change, pk=ident)
    back = request.GET.get("next", "")
    inside = back.startswith(f"/c/{request.customer.slug}/") and url_has_allowed_host_and_scheme(back, None)
    to = back if inside else f"/c/{request.customer.slug}/"
    if told(request, lambda: take_back(customer_id=request.customer.pk, change_id=change.pk, by=request.user)):
        messages.success(request, _("Ångrat"))
    return redirect(to)


@require_GET
@customer_page()
def receipt(request: CustomerRequest, ident: int) -> HttpResponse:
    """Return the receipt of a change as it stands now."""
    change = get_object_or_404(Change, pk=ident)
    found = Latest(change, standing(change))
    return followed(request, "answers/_receipt.html", {"latest": found, "seen": found.state})


app_name = "saves"
urlpatterns = [
    path("saves/<int:ident>/undo/", undo, name="undo"),
    path("saves/<int:ident>/receipt/", receipt, name="receipt"),
]
