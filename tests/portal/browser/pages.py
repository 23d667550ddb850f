"""The portal's addresses, and one plain page of a customer: the frame by itself, whichever rooms there are."""

from __future__ import annotations

import json

from django.http import HttpResponse
from django.template import engines
from django.urls import include, path
from django_cotton.compiler_regex import CottonCompiler

from portal import urls
from tenants.customers.access import CustomerRequest, customer_page
from tenants.customers.models import Role

FORM = """<form class="form-grid" method="post" action="{% url 'frame:save' customer.slug %}"
  hx-post="{% url 'frame:save' customer.slug %}" hx-target="this" hx-swap="outerMorph">{% csrf_token %}
<c-input name="name" label="Namn" :value="value" :error="error" />
<c-btn type="submit" variant="primary">Spara</c-btn></form>"""
PAGE = f"""{{% extends "layouts/admin.html" %}}
{{% block title %}}Provsida{{% endblock %}}
{{% block heading %}}Provsida{{% endblock %}}
{{% block lead %}}En sida i ramen.{{% endblock %}}
{{% block actions %}}<c-btn variant="primary" icon="plus">Lägg till</c-btn>{{% endblock %}}
{{% block content %}}<c-card title="Kort"><p>Innehåll.</p>
<c-receipt state="waiting" url="{{% url 'frame:receipt' customer.slug %}}" />{FORM}</c-card>{{% endblock %}}"""
RECEIPT = '<c-receipt state="effective" ms="412" />'


def _answer(request: CustomerRequest, source: str, status: int = 200, **context: object) -> HttpResponse:
    given = {"customer": request.customer, **context}
    template = engines["django"].from_string(CottonCompiler().process(source))
    return HttpResponse(template.render(given, request), status=status)


@customer_page(Role.USER)
def page(request: CustomerRequest) -> HttpResponse:
    """Show a page in the frame."""
    return _answer(request, PAGE, value="", error="")


@customer_page(Role.USER)
def receipt(request: CustomerRequest) -> HttpResponse:
    """Answer that the switch has it."""
    return _answer(request, RECEIPT)


@customer_page(Role.USER)
def save(request: CustomerRequest) -> HttpResponse:
    """Refuse an empty name; break for the name "500"; else say that it is saved, with an undo."""
    value = request.POST.get("name", "")
    if value == "500":
        return HttpResponse("trasigt", status=500)
    if not value:
        return _answer(request, FORM, 422, value=value, error="Skriv ett namn.")
    response = _answer(request, FORM, value=value, error="")
    undo = f"/c/{request.customer.slug}/frame/save/"
    response["HX-Trigger"] = json.dumps({"toast": {"message": "Sparat.", "undo": undo}})
    return response


frame = (
    [path("", page, name="index"), path("receipt/", receipt, name="receipt"), path("save/", save, name="save")],
    "frame",
)
urlpatterns = [path("c/<slug:customer>/frame/", include(frame)), *urls.urlpatterns]
