"""Norrsken Bygg AB, the company of the demo: who works there, where, and what happens to their calls.

Numbers of Malmö's main line apart, telephone numbers are from the series that PTS keeps free for films and books.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils import timezone

from tenants.announcements import actions as announcements
from tenants.changes.actions import publish
from tenants.customers.models import Customer, Membership, User
from tenants.externals import actions as externals
from tenants.groups import actions as groups
from tenants.groups.models import Group, Order, Strategy
from tenants.live import actions as live
from tenants.mailboxes import actions as mailboxes
from tenants.mailboxes.models import Mailbox
from tenants.menus import actions as menus
from tenants.menus.models import Menu
from tenants.numbers import actions as numbers
from tenants.numbers.models import Number
from tenants.onboarding import package
from tenants.people import actions as people
from tenants.people.models import Person
from tenants.people.sites import actions as sites
from tenants.refusals import Refusal
from tenants.routing import live as registers
from tenants.routing.objects import HolidayRule, Opening, Period, WeekDay
from tenants.routing.swedish_days import CATEGORIES
from tenants.schedules import actions as schedules
from tenants.schedules import date_actions as dates
from tenants.schedules.models import Schedule
from tenants.timeswitches import actions as timeswitches

MAIN_NUMBER = "040-622 10 00"
WELCOME = (
    "Hej och välkommen till Norrsken Bygg. Tryck 1 för försäljning, 2 för support, 3 för våra kontor och 9 för "
    "kundtjänst."
)
WORDS = package.Words(menu="Huvudmeny", group="Kundtjänst", welcome="main", manuscript=WELCOME)
MALMO, GOTEBORG, KIRUNA = SITES = (("Malmö", "040"), ("Göteborg", "031"), ("Kiruna", "0980"))
STAFF: Mapping[tuple[str, str], tuple[tuple[str, str], ...]] = {
    MALMO: (
        ("Anna Berg", "101"), ("Björn Ek", "102"), ("Cecilia Falk", "103"), ("David Grahn", "104"),
        ("Eva Holm", "105"), ("Fredrik Isaksson", "106"), ("Gunilla Jönsson", "107"), ("Hassan Karimi", "108"),
        ("Ingrid Lundqvist", "109"), ("Jonas Månsson", "110"), ("Karin Nilsson", "111"), ("Lars Olofsson", "114"),
        ("Maria Pålsson", "115"),
    ),
    GOTEBORG: (
        ("Niklas Quist", "201"), ("Olivia Rosén", "202"), ("Per Sandberg", "203"), ("Rania Toma", "204"),
        ("Sofia Ulfsdotter", "205"), ("Tomas Vikström", "206"), ("Ulla Wallin", "207"), ("Viktor Ågren", "208"),
        ("Yasmin Äng", "209"),
    ),
    KIRUNA: (
        ("Aslak Niia", "301"), ("Elin Heikki", "302"), ("Lennart Poikela", "303"), ("Maja Kuhmunen", "304"),
        ("Nils Sarri", "305"), ("Ronja Stålnacke", "306"), ("Stig Barsk", "307"),
    ),
}  # fmt: skip
"""Who works at which office, with extension. The first administrator is the thirtieth, with extension 100."""
MOBILES = {"303": "070-174 06 33", "305": "070-174 06 35"}
WITH_TELEPHONES = ("100", "101", "102", "103", "201", "301")
SUMMER = (date(2026, 7, 6), date(2026, 8, 2))
"""Construction workers' holiday weeks; repeated each year."""


@dataclass(frozen=True)
class Staff:
    """Everybody, by extension."""

    by_extension: Mapping[str, Person]

    def ids(self, *extensions: str) -> tuple[int, ...]:
        """Return the ids of some, in this order."""
        return tuple(int(self.by_extension[extension].pk) for extension in extensions)


def furnish(customer: Customer, admin: Membership, second: Membership) -> Staff:
    """Make of the base package the company that it is, in its scope: published, with an edit that waits.

    :param admin: answers for the edit. :param second: owns extension 102.
    """
    staff = _staff(customer, second.user)
    box = Mailbox.objects.get()
    _boxes(customer, box, staff, [admin.pk, second.pk])
    _hours()
    _flow(customer, staff, box.pk)
    publish(customer_id=customer.pk, by=None, note="Norrsken Bygg i drift")
    _lived(customer, staff, box.pk)
    _wait(customer, admin.user)
    return staff


def _staff(customer: Customer, second: User) -> Staff:
    logins = {"102": second.pk}
    staff = {"100": Person.objects.select_related("destination").get(extension="100")}
    for (name, area), there in STAFF.items():
        site = sites.make(customer_id=customer.pk, name=name, area_code=area)
        wishes = [
            people.Wish(
                name=name, extension=extension, email=f"{_ascii(name)}@norrsken.test", user_id=logins.get(extension),
                site_id=site.pk, mobile=MOBILES.get(extension, ""),
            )
            for name, extension in there
        ]  # fmt: skip
        made = people.make_many(customer_id=customer.pk, by=None, wishes=wishes)
        staff |= {one.extension: one for one in map(_person, made)}
        numbers.move_to_site(numbers=_numbers(customer, area), site=site)
    return Staff(staff)


def _person(made: Person | Refusal) -> Person:
    if isinstance(made, Refusal):
        raise made
    return made


def _ascii(name: str) -> str:
    return name.lower().translate(str.maketrans("åäöé ", "aaoe."))


NUMBERS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "040": (
        ("040-622 10 11", "Anna Berg, direkt"), ("040-628 04 20", "Kundtjänst, direkt"), ("040-628 04 30", "Ekonomi"),
    ),
    "031": (("031-390 06 20", "Kontoret i Göteborg"),),
    "0980": (("0980-31 92 20", "Kontoret i Kiruna"),),
}  # fmt: skip


def _numbers(customer: Customer, area: str) -> list[Number]:
    """Take the numbers of an area into use; the main number belongs to Malmö too."""
    made = [
        numbers.assign(customer_id=customer.pk, by=None, typed=typed, label=label) for typed, label in NUMBERS[area]
    ]
    return [*made, *(Number.objects.filter(is_main=True) if area == MALMO[1] else ())]


def _boxes(customer: Customer, shared: Mailbox, staff: Staff, listeners: list[int]) -> None:
    """Give the shared mailbox its greeting and its listeners, and three people a mailbox of their own."""
    greeting = _sound(customer, "Hälsning, röstbrevlåda", "greeting")
    wish = mailboxes.Wish(shared.name, greeting_id=greeting, max_seconds=shared.max_seconds, listeners=listeners)
    mailboxes.change(mailbox=shared, by=None, version=None, wish=wish)
    own = _sound(customer, "Hälsning, personlig", "personal")
    for person in (staff.by_extension[extension] for extension in ("100", "101", "102")):
        name = person.destination.name
        wish = mailboxes.Wish(name=name, owner_id=person.pk, greeting_id=own)
        box = mailboxes.make(customer_id=customer.pk, by=None, wish=wish)
        people.set_flow(person=person, by=None, version=None, wish=people.FlowWish(no_answer_id=box.pk))


SAID = {
    "greeting": "Hej, du har kommit till Norrsken Bygg. Vi kan inte svara just nu. Lämna ditt namn och nummer efter "
    "tonen, så ringer vi upp.",
    "personal": "Hej, jag kan inte svara just nu. Lämna ett meddelande efter tonen.",
    "waiting": "Alla våra medarbetare är upptagna just nu. Du står kvar i kön, och vi svarar så snart vi kan. Tryck "
    "ett för att lämna ett meddelande i stället.",
    "lunch": "Vi har lunch mellan tolv och ett. Ring gärna igen lite senare.",
    "offices": "Våra kontor. Tryck 1 för Malmö, 2 för Göteborg, 3 för Kiruna och 9 för att gå tillbaka.",
    "support": "Support. Tryck 1 för pågående bygge, 2 för faktura och 9 för att gå tillbaka.",
}


def _sound(customer: Customer, name: str, sound: str) -> int:
    return int(package.placeholder(customer, None, name=name, sound=sound, manuscript=SAID[sound]).pk)


# --- hours -----------------------------------------------------------------------------------------------------------


def _week(*openings: Opening) -> tuple[WeekDay, ...]:
    return tuple(WeekDay(weekday=weekday, openings=openings) for weekday in range(5))


def _hours() -> None:
    """Close at noon before red days and all of a bridge day, and open for a few hours in the holiday weeks."""
    main = Schedule.objects.get()
    noon = (Opening(start=480, end=720),)
    half = {day: HolidayRule(day=day, openings=noon) for day, kind in CATEGORIES.items() if kind == "half"}
    rules = half | {"klamdag": HolidayRule(day="klamdag")}
    dates.set_holidays(schedule=main, by=None, version=None, rules=rules)
    short = _week(Opening(start=540, end=900))
    summer = Period(id=0, name="Industrisemester", first=SUMMER[0], last=SUMMER[1], week=short, yearly=True)
    dates.add_period(schedule=main, by=None, version=None, period=summer)


def _office_with_lunch(customer: Customer) -> Schedule:
    """Make the hours of those who answer for invoices: nine to four, with an hour's lunch."""
    lunch = Opening(start=720, end=780, state="lunch")
    day = (Opening(start=540, end=720), lunch, Opening(start=780, end=960))
    made = schedules.make(
        customer_id=customer.pk, by=None, name="Telefontid ekonomi", week=dict.fromkeys(range(5), day)
    )
    red = {name: HolidayRule(day=name) for name, kind in CATEGORIES.items() if kind in ("red", "eve", "bridge")}
    return dates.set_holidays(schedule=made.schedule, by=None, version=None, rules=red).schedule


# --- where calls go --------------------------------------------------------------------------------------------------


def _flow(customer: Customer, staff: Staff, box: int) -> None:
    """Nest menus, let groups ring in order, all at once and with a line, and lead each number somewhere."""
    desk = _desk(customer, staff, box)
    invoices = _invoices(customer, staff, box)
    gbg = _group(customer, "Kontoret i Göteborg", staff.ids("201", "202", "203", "204"), box, Strategy.PARALLEL, 25)
    kiruna = _kiruna(customer, staff, box)
    _menus(customer, staff, box, desk, {"invoices": invoices, "Göteborg": gbg, "Kiruna": kiruna})
    entries = {
        "Anna Berg, direkt": staff.ids("101")[0], "Kundtjänst, direkt": desk, "Ekonomi": invoices,
        "Kontoret i Göteborg": gbg, "Kontoret i Kiruna": kiruna,
    }  # fmt: skip
    for number in Number.objects.exclude(label=""):
        numbers.set_entry(number=number, by=None, entry_id=entries[number.label], version=None)


def _group(customer: Customer, name: str, members: Sequence[int], box: int, strategy: Strategy, seconds: int) -> int:
    wish = groups.Wish(
        name=name, strategy=strategy, members=tuple(members), ring_seconds=seconds, no_answer_id=box, nobody_id=box
    )
    return int(groups.make(customer_id=customer.pk, by=None, wish=wish).pk)


def _desk(customer: Customer, staff: Staff, box: int) -> int:
    """Let callers wait in line for Kundtjänst, with a message each half minute and a key out of it."""
    line = groups.LineWish(
        max_wait_seconds=300, max_waiting=10, announce_id=_sound(customer, "Kö, vänta kvar", "waiting"),
        announce_every=30, order=Order.LONGEST_FREE, exits={"1": box},
    )  # fmt: skip
    wish = groups.Wish(
        name=WORDS.group, strategy=Strategy.PARALLEL, line=line, full_id=box, no_answer_id=box, nobody_id=box,
        members=staff.ids("100", "101", "103", "104", "109", "111"),
    )  # fmt: skip
    desk = Group.objects.select_related("destination").get()
    groups.change(group=desk, by=None, version=desk.version, wish=wish)
    return int(desk.pk)


def _invoices(customer: Customer, staff: Staff, box: int) -> int:
    """Part calls about invoices by hours of their own, with words for lunch."""
    group = _group(customer, "Faktura", staff.ids("105", "106", "115"), box, Strategy.PARALLEL, 20)
    wish = announcements.Wish(name="Lunch, ekonomi", prompt_id=_sound(customer, "Lunch", "lunch"))
    lunch = announcements.make(customer_id=customer.pk, by=None, wish=wish)
    hours = _office_with_lunch(customer)
    parted = timeswitches.Wish("Ekonomi öppet?", hours.pk, open_id=group, closed_id=box, lunch_id=lunch.pk)
    return int(timeswitches.make(customer_id=customer.pk, by=None, wish=parted).pk)


def _kiruna(customer: Customer, staff: Staff, box: int) -> int:
    """Lead Kiruna's calls to its office by day, and to whoever is on call by night."""
    group = _group(customer, "Kontoret i Kiruna", staff.ids("301", "302", "304"), box, Strategy.SEQUENTIAL, 15)
    on_call = externals.make(customer_id=customer.pk, by=None, wish=externals.Wish("Jourmobilen", "070-174 06 30"))
    hours = Schedule.objects.get(name=WORDS.schedule)
    wish = timeswitches.Wish("Kiruna, dag eller jour", hours.pk, open_id=group, closed_id=on_call.pk)
    return int(timeswitches.make(customer_id=customer.pk, by=None, wish=wish).pk)


def _menus(customer: Customer, staff: Staff, box: int, desk: int, led: Mapping[str, int]) -> None:
    """Give the main menu its keys, and two menus below it."""
    main = Menu.objects.select_related("destination").get()
    sales = _group(customer, "Försäljning", staff.ids("101", "102", "107", "108"), box, Strategy.SEQUENTIAL, 15)
    builds = _group(customer, "Pågående bygge", staff.ids("103", "104", "110", "114"), box, Strategy.PARALLEL, 20)
    support = _menu(customer, "Support", "support", {"1": builds, "2": led["invoices"], "9": main.pk}, desk)
    offices = {"1": desk, "2": led["Göteborg"], "3": led["Kiruna"], "9": main.pk}
    offices_menu = _menu(customer, "Våra kontor", "offices", offices, desk)
    keys = {"1": sales, "2": support, "3": offices_menu, "9": desk}
    menus.change(menu=main, by=None, version=main.version, wish=_main(main, keys, desk))


def _menu(customer: Customer, name: str, sound: str, keys: Mapping[str, int], otherwise: int) -> int:
    choices = {key: menus.Choice(target) for key, target in keys.items()}
    prompt = _sound(customer, name, sound)
    wish = menus.Wish(name, prompt_id=prompt, choices=choices, no_input_id=otherwise, invalid_id=otherwise)
    return int(menus.make(customer_id=customer.pk, by=None, wish=wish).pk)


def _main(main: Menu, keys: Mapping[str, int], otherwise: int) -> menus.Wish:
    choices = {key: menus.Choice(target) for key, target in keys.items()}
    return menus.Wish(WORDS.menu, main.prompt_id, choices, no_input_id=otherwise, invalid_id=otherwise)


# --- what happens after a while --------------------------------------------------------------------------------------


def _lived(customer: Customer, staff: Staff, box: int) -> None:
    """Let somebody be logged out of a group, and somebody else be away for two weeks."""
    group = Group.objects.get(destination__name="Kontoret i Göteborg")
    out, away = staff.ids("203", "109")
    subject = f"group/{group.pk}+person/{out}"
    logout = registers.Order(kind="login", subject=subject, value=registers.Login(on=False))
    until = timezone.now().replace(hour=7, minute=0, second=0, microsecond=0) + timedelta(days=14)
    holiday = registers.Diversion(reason="holiday", until=until, target=f"mailbox/{box}")
    absent = registers.Order(kind="diversion", subject=f"person/{away}", value=holiday)
    for order in (logout, absent):
        live.want(customer_id=customer.pk, order=order, by=None)


def _wait(customer: Customer, by: User) -> None:
    """Leave an edit in the draft: a key to leave a message with, and more time to answer for sales."""
    main = Menu.objects.select_related("destination").get(destination__name=WORDS.menu)
    ways = dict(main.destination.routes.values_list("slot", "target_id"))
    keys = {slot.removeprefix("key:"): target for slot, target in ways.items() if slot.startswith("key:")}
    box = Mailbox.objects.get(owner=None).pk
    menus.change(menu=main, by=by, version=None, wish=_main(main, keys | {"4": box}, ways["no_input"]))
    sales = Group.objects.select_related("destination").get(destination__name="Försäljning")
    members = tuple(sales.members.order_by("position").values_list("person_id", flat=True))
    wish = groups.Wish("Försäljning", Strategy.SEQUENTIAL, members, 20, no_answer_id=box, nobody_id=box)
    groups.change(group=sales, by=by, version=None, wish=wish)
