"""What a schedule may be refused for. The same words whether a form, a rule or the database finds the fault."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tenants.refusals import Conflict, Refusal
from tenants.routing.schedule_checks import Code, ScheduleProblem

WORDS: dict[Code, Promise | str] = {
    "time_range": _("Tiden finns inte. Skriv en tid mellan 00:00 och 24:00."),
    "empty": _("Tiderna är lika. Skriv 00:00–24:00 för öppet dygnet runt."),
    "overlap": _("Tiderna går in i varandra. Ändra en av dem."),
    "overlap_next_day": _("Öppettiden fortsätter efter midnatt och går in i nästa dags öppettid."),
    "weekday_unknown": _("Veckodagen finns inte."),
    "weekday_twice": _("Veckodagen står två gånger."),
    "dates_reversed": _("Slutdatumet är före startdatumet. Går det över nyår ska slutdatumet ha nästa års årtal."),
    "yearly_too_long": _("En period som återkommer varje år får vara högst ett år lång."),
    "periods_overlap": _("Det finns redan en period de dagarna. Ändra den eller välj andra dagar."),
    "exceptions_overlap": _("Det finns redan en avvikelse de dagarna. Ändra den eller välj andra dagar."),
    "holiday_unknown": _("Helgdagen finns inte."),
    "holiday_twice": _("Helgdagen står två gånger."),
    "id_twice": _("Samma rad står två gånger. Ladda om sidan och försök igen."),
    "zone_unknown": _("Tidszonen finns inte."),
}


class NameTaken(Refusal):
    """Another schedule of the customer has the name."""

    code = "name_taken"
    field = "name"
    message = _("Namnet används redan. Välj ett annat.")


class NameMissing(Refusal):
    """A schedule has a name of 1 to 80 characters."""

    code = "name_missing"
    field = "name"
    message = _("Skriv ett namn på högst 80 tecken.")


class BadHours(Refusal):
    """Hours or dates that can't be. ``code`` says which fault; ``field`` the rule it is in, as in a verdict."""

    def __init__(self, code: Code, field: str | None = None) -> None:
        self.code = code
        super().__init__(WORDS[code], field=field)


class InUse(Refusal):
    """A time switch of the flow, drafted or published, parts calls by the schedule."""

    code = "in_use"


class PromptGone(Refusal):
    """The prompt that was chosen has been removed."""

    code = "prompt_gone"
    field = "prompt"
    message = _("Röstprompten finns inte längre. Ladda om sidan och välj igen.")


class Gone(Refusal):
    """What would be changed has been removed by somebody else, or belongs to another schedule."""

    code = "gone"
    message = _("Raden finns inte längre. Ladda om sidan.")


class NothingLeft(Refusal):
    """It is closed for the rest of the day already."""

    code = "nothing_left"
    message = _("Det är redan stängt resten av dagen.")


class Edited(Conflict):
    """Somebody else saved the schedule after the reader opened it. ``who`` and ``at`` say who and when."""

    code = "edited"


def _bad(code: Code) -> Callable[[], Refusal]:
    return partial(BadHours, code)


KNOWN: dict[str, Callable[[], Refusal]] = {
    "schedule_name_once": NameTaken,
    "week_opening_overlap": _bad("overlap"),
    "day_opening_overlap": _bad("overlap"),
    "week_opening_minutes": _bad("time_range"),
    "day_opening_minutes": _bad("time_range"),
    "week_opening_weekday": _bad("weekday_unknown"),
    "period_order": _bad("dates_reversed"),
    "period_overlap": _bad("periods_overlap"),
    "exception_order": _bad("dates_reversed"),
    "exception_overlap": _bad("exceptions_overlap"),
    "holiday_rule_once": _bad("holiday_twice"),
    "tenants_holidayrule_prompt_id_fence": PromptGone,
    "tenants_exceptionrule_prompt_id_fence": PromptGone,
}
"""By the name of the database's constraint."""


def refuse(problems: Iterable[ScheduleProblem]) -> None:
    """Raise the first problem as a refusal, if there is one.

    :raises BadHours: with the problem's code, in the field the problem is in.
    """
    for problem in problems:
        raise BadHours(problem.code, field=problem.where)
