"""All addresses: rooms and integrations, included."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path
from django.views.i18n import set_language

from portal import account, api_docs, health, overview, styleguide
from tenants.customers import views as customers
from tenants.onboarding import views as onboarding

STAFF: list[URLPattern | URLResolver] = [
    path("", onboarding.customers, name="customers"),
    path("customers/new/", onboarding.new, name="new-customer"),
    path("", include("integrations.switch.staff_urls")),
]
"""Our own staff's pages, in the namespace ``staff``."""

urlpatterns: list[URLPattern | URLResolver] = [
    path("", account.root, name="root"),
    path("login/", account.login, name="login"),
    path("logout/", account.logout, name="logout"),
    path("choose-company/", account.choose_company, name="choose-company"),
    path("account/password/", account.change_password, name="change-password"),
    path("account/appearance/", account.appearance, name="appearance"),
    path("account/language/", set_language, name="set_language"),
    path("invite/<str:user>/<str:token>/", customers.set_password, name="invite"),
    path("offline/", account.offline, name="offline"),
    path("worker.js", account.worker, name="worker"),
    path("health/live", health.live, name="live"),
    path("health/ready", health.ready, name="ready"),
    path("metrics", health.figures, name="metrics"),
    path("styleguide/", styleguide.show, name="styleguide"),
    path("staff/", include((STAFF, "staff"))),
    path("api/switch/v1/", include("integrations.switch.urls")),
    path("c/<slug:customer>/", include(([path("", overview.index, name="index")], "overview"))),
    path("c/<slug:customer>/", include("tenants.schedules.urls")),
    path("c/<slug:customer>/call-flow/", include("tenants.callflow.urls")),
    path("c/<slug:customer>/menus/", include("tenants.menus.urls")),
    path("c/<slug:customer>/groups/", include("tenants.groups.urls")),
    path("c/<slug:customer>/announcements/", include("tenants.announcements.urls")),
    path("c/<slug:customer>/destinations/", include("tenants.destinations.urls")),
    path("c/<slug:customer>/publishing/", include("tenants.changes.urls")),
    path("c/<slug:customer>/", include("integrations.switch.testcalls.urls")),
    path("c/<slug:customer>/", include("tenants.answers")),
    path("c/<slug:customer>/", include("tenants.prompts.urls")),
    path("c/<slug:customer>/", include("tenants.people.urls")),
    path("c/<slug:customer>/", include("tenants.mailboxes.urls")),
    path("c/<slug:customer>/", include("tenants.externals.urls")),
    path("c/<slug:customer>/", include("tenants.numbers.urls")),
    path("c/<slug:customer>/", include("tenants.customers.urls")),
    path("c/<slug:customer>/", include("tenants.apikeys.urls")),
    path("c/<slug:customer>/", include("integrations.webhooks.urls")),
    path("c/<slug:customer>/publish-state/", account.publish_state, name="publish-state"),
    path("api/docs/", api_docs.show, name="api-docs"),
    path("api/v1/", include("portal.api_urls")),
]
