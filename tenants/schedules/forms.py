"""The forms of Öppettider. Valid, each gives the plain values that an action takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from tenants.doors import DayField
from tenants.prompts.models import Prompt
from tenants.refusals import Refusal
from tenants.routing.naming import ident_of, prompt_key
from tenants.routing.objects import ExceptionRule, HolidayRule, Opening, Period, WeekDay
from tenants.routing.swedish_days import CATEGORIES
from tenants.schedules.compile import Hours
from tenants.schedules.hours import DayHours, WeekHours
from tenants.schedules.queries import heard_prompts
from tenants.schedules.refusals import WORDS, BadHours
from tenants.schedules.times import minutes_of

CLOSED, OTHER, USUAL = "closed", "other", "usual"
SHORT_DAY = (Opening(start=480, end=720),)
SUMMER_DAY = (Opening(start=540, end=900),)


def version_in(data: Mapping[str, str]) -> int:
    """Return the version the reader saw; one that can't be read is one nobody has."""
    text = data.get("version", "")
    return int(text) if text.isdecimal() and len(text) < 10 else -1


class Form(forms.Form):
    """A form that can be refused by an action too, on the field at fault where there is one."""

    conflict = False

    def refuse(self, refusal: Refusal) -> None:
        """Show why an action said no."""
        self.conflict = refusal.code == "edited"
        known = refusal.field if refusal.field in self.fields else None
        self.add_error(known, str(refusal.message))


class NameForm(Form):
    """A schedule's name."""

    name = forms.CharField(label=_("Namn"), max_length=80)


class HoursForm(Form):
    """What every form of a date has: closed or other hours, and what the caller hears."""

    kind = forms.ChoiceField(
        label=_("Den här dagen"), choices=[(CLOSED, _("Stängt")), (OTHER, _("Andra tider"))], initial=CLOSED
    )
    prompt = forms.ModelChoiceField(
        label=_("Den som ringer hör"),
        queryset=Prompt.objects.none(),
        required=False,
        empty_label=_("Som annars när det är stängt"),
    )
    hours_label = _("Öppettider")

    def __init__(
        self, data: QueryDict | None = None, *, openings: Sequence[Opening] = SHORT_DAY, **kwargs: Any
    ) -> None:
        """Show ``openings``, or what was sent. Call it in the customer's scope."""
        super().__init__(data, **kwargs)
        prompt = self.fields["prompt"]
        assert isinstance(prompt, forms.ModelChoiceField)
        prompt.queryset = heard_prompts()
        self.hours = (
            DayHours.shown("hours-", self.hours_label, openings or SHORT_DAY)
            if data is None
            else DayHours.typed(data, "hours-", self.hours_label)
        )
        self.hours.open = True

    def clean(self) -> dict[str, Any]:
        """Read the hours, where they matter."""
        data = super().clean() or {}
        self.openings: Hours = self.hours.openings() if data.get("kind") == OTHER else ()
        if data.get("kind") == OTHER and self.hours.wrong:
            self.add_error("kind", _("Rätta tiderna nedan."))
        return data

    def refuse(self, refusal: Refusal) -> None:
        """Put a fault in the hours beside them."""
        if isinstance(refusal, BadHours) and refusal.code in ("overlap", "overlap_next_day", "time_range", "empty"):
            self.hours.error = refusal.message
        super().refuse(refusal)

    def prompt_key(self) -> str | None:
        """Return the key of the prompt that was chosen."""
        chosen = self.cleaned_data.get("prompt")
        return prompt_key(chosen.pk) if chosen else None


class DayForm(HoursForm):
    """One date, pressed in the year grid."""

    kind = forms.ChoiceField(
        label=_("Den här dagen"),
        choices=[(USUAL, _("Som vanligt")), (CLOSED, _("Stängt")), (OTHER, _("Andra tider"))],
    )
    name = forms.CharField(label=_("Vad är det för dag?"), max_length=80, required=False)
    field_order = ["kind", "name", "prompt"]

    def rule(self, day: date) -> ExceptionRule:
        """Return the exception of a valid form."""
        return ExceptionRule(
            id=0, name=self.cleaned_data["name"], first=day, last=day, openings=self.openings, prompt=self.prompt_key()
        )


class ExceptionForm(HoursForm):
    """Dates that differ."""

    name = forms.CharField(label=_("Vad är det för dagar?"), max_length=80)
    first = DayField(label=_("Från och med"), input_formats=["%Y-%m-%d", "%Y%m%d"])
    last = DayField(label=_("Till och med"), input_formats=["%Y-%m-%d", "%Y%m%d"], required=False)
    field_order = ["name", "first", "last", "kind", "prompt"]

    @classmethod
    def initial_of(cls, rule: ExceptionRule) -> dict[str, Any]:
        """Return what the form shows of a rule."""
        return {
            "name": rule.name,
            "first": rule.first.isoformat(),
            "last": rule.last.isoformat() if rule.last != rule.first else "",
            "kind": OTHER if rule.openings else CLOSED,
            "prompt": ident_of(rule.prompt),
        }

    def clean(self) -> dict[str, Any]:
        """Check that the dates are in order."""
        data = super().clean()
        _refuse_reversed(self, data)
        return data

    def refuse(self, refusal: Refusal) -> None:
        """Put a clash of dates at the first date."""
        if isinstance(refusal, BadHours) and refusal.code == "exceptions_overlap":
            refusal.field = "first"
        super().refuse(refusal)

    def rule(self, ident: int = 0) -> ExceptionRule:
        """Return the exception of a valid form."""
        data = self.cleaned_data
        return ExceptionRule(
            id=ident, name=data["name"], first=data["first"], last=data["last"] or data["first"],
            openings=self.openings, prompt=self.prompt_key(),
        )  # fmt: skip


def _refuse_reversed(form: forms.Form, data: Mapping[str, Any]) -> None:
    first, last = data.get("first"), data.get("last")
    if first and last and last < first:
        form.add_error("last", str(WORDS["dates_reversed"]))


class TodayForm(HoursForm):
    """Today only: close at a time, or other hours."""

    AT = "at"
    kind = forms.ChoiceField(choices=[(AT, ""), (OTHER, "")])
    at = forms.CharField(max_length=20, required=False)

    def clean(self) -> dict[str, Any]:
        """Read the time to close at."""
        data = super().clean()
        if data.get("kind") == self.AT:
            try:
                self.minute = minutes_of(data.get("at") or "")
            except BadHours as refusal:
                self.add_error("at", str(refusal.message))
        return data


class HolidaysForm(Form):
    """Named Swedish days: red days and eves ticked or not, the others as usual, closed or shorter."""

    prompt = forms.ModelChoiceField(
        label=_("Den som ringer hör"),
        queryset=Prompt.objects.none(),
        required=False,
        empty_label=_("Som annars när det är stängt"),
    )

    def __init__(self, data: QueryDict | None, rules: Sequence[HolidayRule]) -> None:
        """Show the rules there are, every red day and eve ticked if there are none. In the customer's scope."""
        super().__init__(data)
        self.rules = {rule.day: rule for rule in rules}
        prompt = self.fields["prompt"]
        assert isinstance(prompt, forms.ModelChoiceField)
        prompt.queryset = heard_prompts()
        prompts = {rule.prompt for rule in rules}
        prompt.initial = ident_of(prompts.pop()) if len(prompts) == 1 else None
        self.standing = next((rule.openings for rule in rules if rule.openings), SHORT_DAY)
        label = _("Kortare dag")
        self.hours = (
            DayHours.shown("short-", label, self.standing) if data is None else DayHours.typed(data, "short-", label)
        )
        self.hours.open = True

    def choice(self, day: str) -> str:
        """Return usual, closed or short: as sent, as it is, or as suggested."""
        if self.is_bound:
            sent = str(self.data.get(f"day-{day}", USUAL))
            return sent if sent in (CLOSED, "short") else USUAL
        if day in self.rules:
            return "short" if self.rules[day].openings else CLOSED
        return CLOSED if not self.rules and CATEGORIES[day] in ("red", "eve") else USUAL

    def clean(self) -> dict[str, Any]:
        """Read the shorter hours, where a day has them."""
        data = super().clean() or {}
        self.short: Hours = ()
        if any(self.choice(day) == "short" for day in CATEGORIES):
            self.short = self.hours.openings()
            if self.hours.wrong:
                self.add_error(None, _("Rätta tiderna för kortare dag."))
        return data

    def wanted(self) -> dict[str, HolidayRule | None]:
        """Return the rule of every named day of a valid form. Hours of one's own stay while the hours shown do."""
        return {day: self._wanted(day) for day in CATEGORIES}

    def _wanted(self, day: str) -> HolidayRule | None:
        choice, chosen = self.choice(day), self.cleaned_data["prompt"]
        if choice == USUAL:
            return None
        prompt = prompt_key(chosen.pk) if chosen else None
        standing = self.rules.get(day)
        own = standing.openings if standing and standing.openings and self.short == self.standing else self.short
        return HolidayRule(day=day, openings=own if choice == "short" else (), prompt=prompt)


class PeriodForm(Form):
    """A stretch of dates with a week of its own."""

    name = forms.CharField(label=_("Namn"), max_length=80)
    first = DayField(label=_("Från och med"), input_formats=["%Y-%m-%d", "%Y%m%d"])
    last = DayField(label=_("Till och med"), input_formats=["%Y-%m-%d", "%Y%m%d"])
    yearly = forms.BooleanField(label=_("Upprepa varje år"), required=False)

    def __init__(self, data: QueryDict | None = None, *, period: Period | None = None) -> None:
        """Show a period, or a summer's hours for a new one."""
        super().__init__(data, initial=_shown(period) if period else {"name": ""})
        week = period.week if period else tuple(WeekDay(weekday=day, openings=SUMMER_DAY) for day in range(5))
        self.week = WeekHours.shown(week, "p") if data is None else WeekHours.typed(data, "p")

    def clean(self) -> dict[str, Any]:
        """Read the week and check that the dates are in order."""
        data = super().clean() or {}
        _refuse_reversed(self, data)
        self.openings = self.week.openings()
        if self.week.wrong:
            self.add_error(None, _("Rätta tiderna nedan."))
        return data

    def refuse(self, refusal: Refusal) -> None:
        """Put a fault of dates at the dates and one of hours at the weekday."""
        if isinstance(refusal, BadHours):
            self.week.refuse(refusal)
            refusal.field = {"periods_overlap": "first", "yearly_too_long": "last"}.get(refusal.code)
        super().refuse(refusal)

    def period(self, ident: int = 0) -> Period:
        """Return the period of a valid form."""
        data = self.cleaned_data
        week = tuple(WeekDay(weekday=day, openings=parts) for day, parts in self.openings.items())
        return Period(
            id=ident, name=data["name"], first=data["first"], last=data["last"], week=week, yearly=data["yearly"]
        )


def _shown(period: Period) -> dict[str, Any]:
    return {
        "name": period.name,
        "first": period.first.isoformat(),
        "last": period.last.isoformat(),
        "yearly": period.yearly,
    }
