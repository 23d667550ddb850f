"""Addresses of Personer and Kontor, under a customer's."""

from __future__ import annotations

from django.urls import path

from tenants.people import presence_views, views
from tenants.people.presence_views import of_anybody, of_oneself
from tenants.people.sites import views as sites

app_name = "people"
urlpatterns = [
    path("people/", views.index, name="index"),
    path("people/new/", views.new, name="new"),
    path("people/logins/", views.logins, name="logins"),
    path("people/<int:ident>/", views.show, name="show"),
    path("people/<int:ident>/flow/", views.flow, name="flow"),
    path("people/<int:ident>/remove/", views.remove, name="remove"),
    path("people/<int:ident>/now/", of_anybody["now"], name="now"),
    path("people/<int:ident>/pause/", of_anybody["pause"], name="pause"),
    path("people/<int:ident>/divert/", of_anybody["divert"], name="divert"),
    path("people/<int:ident>/undivert/", of_anybody["undivert"], name="undivert"),
    path("people/<int:ident>/groups/<int:group>/login/", of_anybody["login"], name="login"),
    path("me/", presence_views.my_page, name="my-page"),
    path("me/targets/", presence_views.my_targets, name="my-targets"),
    path("me/now/", of_oneself["now"], name="my-now"),
    path("me/pause/", of_oneself["pause"], name="my-pause"),
    path("me/divert/", of_oneself["divert"], name="my-divert"),
    path("me/undivert/", of_oneself["undivert"], name="my-undivert"),
    path("me/groups/<int:group>/login/", of_oneself["login"], name="my-login"),
    path("people/<int:ident>/devices/", views.add_device, name="add-device"),
    path("people/<int:ident>/devices/<int:device>/secret/", views.renew_secret, name="renew-secret"),
    path("people/<int:ident>/devices/<int:device>/remove/", views.remove_device, name="remove-device"),
    path("settings/sites/", sites.sites, name="sites"),
    path("settings/sites/new/", sites.new, name="new-site"),
    path("settings/sites/<int:site>/", sites.change, name="site"),
    path("settings/sites/<int:site>/remove/", sites.remove, name="remove-site"),
]
