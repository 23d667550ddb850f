"""Staff's page of nodes."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from integrations.switch.queries import heap
from tenants.customers import scope
from tenants.customers.access import staff_page
from tenants.nodes import queries


@staff_page
def nodes(request: HttpRequest) -> HttpResponse:
    """Show every node, what is wrong on them, and what lies unread of what they told."""
    with scope.wide("portal_staff"):
        values = {"nodes": queries.states(), "trouble": queries.trouble(), "heap": heap()}
    return render(request, "switch/nodes.html", values)
