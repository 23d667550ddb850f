"""Addresses of staff's pages of nodes and events, in the namespace ``staff``."""

from __future__ import annotations

from django.urls import path

from integrations.switch import move_views, views

urlpatterns = [
    path("nodes/", views.nodes, name="nodes"),
    path("nodes/new/", views.new_node, name="new-node"),
    path("nodes/<int:node>/", views.node, name="node"),
    path("nodes/<int:node>/health/", views.node_health, name="node-health"),
    path("nodes/<int:node>/probe/", views.probe, name="node-probe"),
    path("nodes/<int:node>/code/", views.code, name="node-code"),
    path("nodes/<int:node>/resync/<int:placement>/", views.resync, name="node-resync"),
    path("nodes/<int:node>/forget/", move_views.forget, name="node-forget"),
    path("moves/", move_views.move, name="move"),
    path("moves/stop/", move_views.stop, name="move-stop"),
    path("events/", views.heap_of_events, name="events"),
    path("events/decide/", views.decide, name="events-decide"),
    path("events/<int:event>/", views.event, name="event"),
]
