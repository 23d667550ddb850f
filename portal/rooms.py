"""The menu: which pages there are, under which words, for whom. A page that has no address is left out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tenants.customers.models import Role

Text = str | Promise


@dataclass(frozen=True, slots=True)
class Entry:
    """A place in the menu. ``name`` is a URL name; a customer's takes the customer's slug.

    ``role`` is the least that may go there. ``tab`` is the short word in the phone's tab bar, if it stands there.
    An ``exact`` entry is current on its own page only, since all others lie below it.
    """

    label: Text
    icon: str
    name: str
    role: Role = Role.ADMIN
    tab: Text | None = None
    foot: bool = False
    exact: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    """An entry with its address, ready to draw."""

    label: Text
    icon: str
    url: str
    tab: Text | None
    foot: bool
    current: bool = False


ADMIN = (
    Entry(_("Översikt"), "house", "overview:index", Role.USER, tab=_("Översikt"), exact=True),
    Entry(_("Min sida"), "user", "people:my-page", Role.USER, tab=_("Min sida")),
    Entry(_("Samtalsflöde"), "workflow", "callflow:index", tab=_("Flöde")),
    Entry(_("Öppettider"), "clock", "schedules:index", tab=_("Öppettider")),
    Entry(pgettext_lazy("flera", "Nummer"), "hash", "numbers:index"),
    Entry(pgettext_lazy("flera", "Knappval"), "grid-2x2", "menus:index"),
    Entry(_("Svarsgrupper"), "users", "groups:index"),
    Entry(
        pgettext_lazy("flera", "Användare"), "contact-round", "people:index", tab=pgettext_lazy("flera", "Användare")
    ),
    Entry(_("Ljud och hälsningar"), "audio-lines", "prompts:index"),
    Entry(_("Meddelanden"), "volume-2", "announcements:index"),
    Entry(_("Röstbrevlådor"), "voicemail", "mailboxes:index"),
    Entry(_("Externa nummer"), "phone-forwarded", "externals:index"),
    Entry(_("Publicering"), "send", "changes:index", foot=True),
    Entry(pgettext_lazy("flera", "Kontor"), "building-2", "people:sites", foot=True),
    Entry(_("Inloggningar"), "shield", "customers:admins", foot=True),
    Entry(_("API-nycklar"), "key-round", "apikeys:index", foot=True),
    Entry(_("Webhooks"), "network", "webhooks:index", foot=True),
)
"""A customer's pages."""

STAFF = (
    Entry(_("Kunder"), "building-2", "staff:customers", tab=_("Kunder")),
    Entry(_("Växelnoder"), "server", "staff:nodes", tab=_("Noder")),
    Entry(_("Händelser"), "waypoints", "staff:events", tab=_("Händelser")),
    Entry(_("Stilguide"), "palette", "styleguide", tab=_("Stilguide"), foot=True),
)
"""Our own staff's pages."""

TAB_ORDER = ("overview:index", "schedules:index", "callflow:index", "people:index")


def address(name: str, *args: object) -> str | None:
    """Return the address of a URL name, or None while it has none."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return None


def links(entries: Iterable[Entry], *args: object, path: str = "", admin: bool = True) -> list[Link]:
    """Return the entries that have an address and that the reader may open; the one at ``path`` is current."""
    allowed = [entry for entry in entries if admin or entry.role != Role.ADMIN]
    found = [(entry, url) for entry in allowed if (url := address(entry.name, *args))]
    inside = [url for entry, url in found if path == url or (path.startswith(url) and not entry.exact)]
    here = max(inside, key=len, default=None)
    return [Link(e.label, e.icon, url, e.tab, e.foot, current=url == here) for e, url in found]


def customer_menu(slug: str, *, path: str = "", admin: bool = True) -> list[Link]:
    """Return the menu of one customer."""
    return links(ADMIN, slug, path=path, admin=admin)


def tab_bar(menu: Iterable[Link]) -> list[Link]:
    """Return the few places of the phone's tab bar, opening hours before call flow, as the thumb wants them."""
    tabs = [link for link in menu if link.tab]
    order = {str(entry.tab): TAB_ORDER.index(entry.name) for entry in ADMIN if entry.name in TAB_ORDER}
    return sorted(tabs, key=lambda link: order.get(str(link.tab), len(order)))


def home(slug: str) -> str | None:
    """Return the first page of a customer."""
    menu = customer_menu(slug)
    return menu[0].url if menu else None
