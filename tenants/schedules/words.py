"""Schedules in words: names of Swedish days, moments seen from now, what a date is like."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

DAY_LABELS: dict[str, Promise] = {
    "nyarsdagen": gettext_lazy("Nyårsdagen"),
    "trettondedag_jul": gettext_lazy("Trettondedag jul"),
    "langfredagen": gettext_lazy("Långfredagen"),
    "paskdagen": gettext_lazy("Påskdagen"),
    "annandag_pask": gettext_lazy("Annandag påsk"),
    "forsta_maj": gettext_lazy("Första maj"),
    "kristi_himmelsfardsdag": gettext_lazy("Kristi himmelsfärdsdag"),
    "pingstdagen": gettext_lazy("Pingstdagen"),
    "nationaldagen": gettext_lazy("Nationaldagen"),
    "midsommardagen": gettext_lazy("Midsommardagen"),
    "alla_helgons_dag": gettext_lazy("Alla helgons dag"),
    "juldagen": gettext_lazy("Juldagen"),
    "annandag_jul": gettext_lazy("Annandag jul"),
    "midsommarafton": gettext_lazy("Midsommarafton"),
    "julafton": gettext_lazy("Julafton"),
    "nyarsafton": gettext_lazy("Nyårsafton"),
    "paskafton": gettext_lazy("Påskafton"),
    "pingstafton": gettext_lazy("Pingstafton"),
    "trettondagsafton": gettext_lazy("Trettondagsafton"),
    "skartorsdag": gettext_lazy("Skärtorsdagen"),
    "valborgsmassoafton": gettext_lazy("Valborgsmässoafton"),
    "dag_fore_kristi_himmelsfard": gettext_lazy("Dagen före Kristi himmelsfärd"),
    "allhelgonaafton": gettext_lazy("Allhelgonaafton"),
    "dan_fore_dopparedan": gettext_lazy("Dagen före julafton"),
    "klamdag": gettext_lazy("Klämdag"),
}


def day_and_weekday(day: date) -> str:
    """Return tisdag 24 november."""
    return date_format(day, "l j F")


def when(at: datetime, now: datetime) -> str:
    """Return a coming moment as seen from now: "kl. 17:00 i dag", "i morgon kl. 08:00", "måndag 30 november kl. 08:00".

    Both in the schedule's own zone.
    """
    clock = f"{at:%H:%M}"
    if at.date() == now.date():
        return _("kl. %(clock)s i dag") % {"clock": clock}
    if at.date() == now.date() + timedelta(days=1):
        return _("i morgon kl. %(clock)s") % {"clock": clock}
    return _("%(day)s kl. %(clock)s") % {"day": day_and_weekday(at.date()), "clock": clock}


def dates(first: date, last: date) -> str:
    """Return "11 december 2026" or "28 december 2026 – 2 januari 2027"."""
    if first == last:
        return date_format(first, "j F Y")
    if first.year == last.year:
        return f"{date_format(first, 'j F')} – {date_format(last, 'j F Y')}"
    return f"{date_format(first, 'j F Y')} – {date_format(last, 'j F Y')}"
