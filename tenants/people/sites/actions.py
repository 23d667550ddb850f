"""Offices, and whose they are. The switch is told an office's area code with each of its people."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from django.db import transaction
from django.db.models import RestrictedError
from django.utils.translation import gettext_lazy as _

from tenants.changes.actions import record
from tenants.changes.models import Lane
from tenants.changes.said import said
from tenants.customers.models import Site, User
from tenants.people.models import Person
from tenants.refusals import Refusal, constraints
from tenants.versions import Seen, held

MOST = 200
"""How many people one publication takes in at most, so that it stays short."""


class SiteNameTaken(Refusal):
    """Another office has the name."""

    code = "name_taken"
    field = "name"
    message = _("Ett annat kontor har redan det namnet. Välj ett annat.")


class SiteUsed(Refusal):
    """People or numbers belong to the office."""

    code = "site_used"
    message = _("Kontoret har användare eller nummer. Flytta dem först.")


class SiteGone(Refusal):
    """The office has been removed meanwhile."""

    code = "site_gone"
    field = "site"
    message = _("Kontoret har tagits bort under tiden. Välj ett annat.")


class NoSuchArea(Refusal):
    """What is to come back dialled with an area code that no office has now."""

    code = "no_such_area"

    def __init__(self, area: str) -> None:
        super().__init__(_("Inget kontor har riktnummer %s längre. Ändra det under Kontor först.") % area)


KNOWN: dict[str, Callable[[], Refusal]] = {
    "site_name_once": SiteNameTaken,
    "tenants_number_site_id_fence": SiteUsed,
    "tenants_person_site_id_fence": SiteUsed,
}


@transaction.atomic
def make(*, customer_id: int, name: str, area_code: str = "", municipality_code: str = "") -> Site:
    """Make an office.

    :raises SiteNameTaken: if another has the name.
    """
    codes = {"area_code": area_code, "municipality_code": municipality_code}
    with constraints(KNOWN):
        return Site.objects.create(customer_id=customer_id, name=name, **codes)


@transaction.atomic
def change(*, site: Site, by: User | None, name: str, area_code: str = "", municipality_code: str = "") -> Site:
    """Make an office what is wished. Another area code is at once what its people dial with.

    :raises SiteNameTaken: if another has the name.
    """
    row = Site.objects.select_for_update(no_key=True).get(pk=site.pk)
    moved = row.area_code != area_code
    row.name, row.area_code, row.municipality_code = name, area_code, municipality_code
    with constraints(KNOWN):
        row.save(update_fields=["name", "area_code", "municipality_code"])
    if moved:
        _tell(row, by)
    return row


def _tell(site: Site, by: User | None) -> None:
    """Record everybody at an office, so many a publication."""
    here = Person.objects.filter(site=site, destination__removed=False).order_by("pk")
    locked = list(here.select_for_update(of=("self",), no_key=True).values_list("pk", flat=True))
    people = here.filter(pk__in=locked).select_related("destination", "site")
    people = people.prefetch_related("devices", "destination__routes__target")
    summary = said("Ändrade riktnummer för kontoret %(name)s", name=site.name)
    for start in range(0, len(locked), MOST):
        record(
            customer_id=site.customer_id, by=by, summary=summary, rows=people[start : start + MOST], lane=Lane.BULK
        )  # fmt: skip


@transaction.atomic
def remove(*, site: Site, version: Seen) -> None:
    """Delete an office that nothing belongs to. ``version`` is its stamp.

    :raises Conflict: if somebody else has changed it since ``version``, or was first to remove it.
    :raises SiteUsed: if people or numbers do.
    """
    row = held(Site, site.pk, version)
    try:
        with constraints(KNOWN):
            row.delete()
    except RestrictedError as error:
        raise SiteUsed from error


def there(idents: Iterable[int | None]) -> set[int]:
    """Return which of these offices there are."""
    return set(Site.objects.filter(pk__in={ident for ident in idents if ident}).values_list("pk", flat=True))


def hold(idents: Iterable[int | None]) -> None:
    """Keep offices as they are until the end of the transaction. Call it before people are locked.

    Whoever moves people in and whoever changes the area code would otherwise each not see what the other does.

    :raises SiteGone: if one has been removed meanwhile.
    """
    wanted = sorted({ident for ident in idents if ident})
    rows = Site.objects.select_for_update(no_key=True).filter(pk__in=wanted).order_by("pk")
    if wanted and len(rows.values_list("pk")) != len(wanted):
        raise SiteGone


def with_area(site: Site | None, area: str) -> Site | None:
    """Return where somebody works whose switch object has this area code: where they do if that is still so.

    :raises NoSuchArea: if no office has it.
    """
    if (site.area_code if site else "") == area:
        return site
    found = Site.objects.select_for_update(no_key=True).filter(area_code=area).order_by("name").first()
    if area and found is None:
        raise NoSuchArea(area)
    return found if area else None
