"""What the components need and a template can't say: attributes, controls, drawn strips and waves, plain formats."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import phonenumbers
from django import template
from django.forms import (
    BoundField,
    CheckboxInput,
    CheckboxSelectMultiple,
    ClearableFileInput,
    RadioSelect,
    Select,
    SelectMultiple,
    Widget,
)
from django.forms.boundfield import BoundWidget
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

register = template.Library()

MINUTES_A_DAY = 24 * 60


@register.filter
def attributes(attrs: Mapping[str, Any]) -> SafeString:
    """Return the attributes a component was given and did not name itself, escaped; None and False are left out.

    Cotton's own ``{{ attrs }}`` does not escape a bound value, so no component may print it.
    """
    left = getattr(attrs, "attrs_dict", lambda: attrs)()
    parts = [
        conditional_escape(name) if value is True else format_html('{}="{}"', name, value)
        for name, value in left.items()
        if value is not None and value is not False
    ]
    return mark_safe(" ".join(parts))  # noqa: S308 (each part is escaped above)


@register.simple_tag
def unique_id(prefix: str = "u") -> str:
    """Return an id no other element of the page has, for a label and its control."""
    return f"{prefix}-{uuid.uuid4().hex[:8]}"


def _widget_class(widget: Widget) -> str:
    if isinstance(widget, CheckboxInput):
        return "check"
    return "" if isinstance(widget, ClearableFileInput) else "input"


def _described_by(field: BoundField, hint: object, errors: object) -> str | None:
    ids = [f"{field.id_for_label}-hint"] if hint else []
    ids += [f"{field.id_for_label}-error"] if errors else []
    return " ".join(ids) or None


@register.simple_tag
def control(field: BoundField, hint: object = "", errors: object = "", **attrs: object) -> SafeString:
    """Render the bound field's own widget in the house's look, tied to its hint and its error."""
    widget = field.field.widget
    classes = " ".join(filter(None, [_widget_class(widget), str(widget.attrs.get("class", ""))]))
    extra = {name.replace("_", "-"): value for name, value in attrs.items() if value not in (None, "", False)}
    described = _described_by(field, hint, errors)
    given = {"class": classes, "aria-describedby": described, "aria-invalid": "true" if errors else None, **extra}
    return field.as_widget(attrs={name: str(value) for name, value in given.items() if value})


@register.filter
def options(field: BoundField) -> Iterator[BoundWidget]:
    """Yield the answers of a field that has several, each in the house's look."""
    for option in field.subwidgets:
        option.data["attrs"]["class"] = "check"
        yield option


@register.filter
def control_kind(field: BoundField) -> str:
    """Return how a field lays itself out: ``check``, ``select``, ``options``, ``file`` or ``text``."""
    widget = field.field.widget
    if isinstance(widget, CheckboxInput):
        return "check"
    if isinstance(widget, (RadioSelect, CheckboxSelectMultiple)):
        return "options"
    if isinstance(widget, Select) and not isinstance(widget, SelectMultiple):
        return "select"
    return "file" if isinstance(widget, ClearableFileInput) else "text"


@register.filter
def national(number: str) -> str:
    """Return an E.164 number as people write it: Swedish ones nationally, others with their country code."""
    try:
        parsed = phonenumbers.parse(number, "SE")
    except phonenumbers.NumberParseException:
        return number
    swedish = parsed.country_code == 46
    style = phonenumbers.PhoneNumberFormat.NATIONAL if swedish else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(parsed, style)


@register.filter
def initials(name: object) -> str:
    """Return one or two capitals for an avatar: "Norrsken Bygg AB" is NB, "anna@x.se" is A."""
    words = [word for word in str(name).split("@")[0].replace(".", " ").split() if word[0].isalnum()]
    return "".join(word[0].upper() for word in words[:2]) or "?"


@register.filter
def clock(minutes: int) -> str:
    """Return minutes after midnight as HH:MM; 1440 is 24:00."""
    return f"{int(minutes) // 60:02d}:{int(minutes) % 60:02d}"


@register.filter
def duration(seconds: float | None) -> str:
    """Return a length in seconds as M:SS."""
    whole = round(seconds or 0)
    return f"{whole // 60}:{whole % 60:02d}"


@register.filter
def delay(milliseconds: float | str) -> str:
    """Return how long something took, in the one unit that says it best: 412 ms, 12 s, 4 min, 3 tim."""
    spent = float(milliseconds)
    for longest, unit, words in ((10_000, 1, _("%s ms")), (60_000, 1000, _("%s s")), (3_600_000, 60_000, _("%s min"))):
        if spent < longest:
            return words % round(spent / unit)
    return _("%s tim") % round(spent / 3_600_000)


def _clip(interval: Sequence[int], start: int, end: int) -> tuple[int, int]:
    return max(int(interval[0]), start), min(int(interval[1]), end)


@register.simple_tag
def strip_bars(intervals: Iterable[Sequence[int]], start: int = 0, end: int = MINUTES_A_DAY) -> list[dict[str, int]]:
    """Return the open stretches of a day as x and width in minutes, cut to the hours shown.

    :param intervals: (from, to) in minutes after midnight; may be None.
    """
    clipped = [_clip(interval, start, end) for interval in intervals or ()]
    return [{"x": left, "width": right - left} for left, right in clipped if right > left]


@register.simple_tag
def strip_hours(start: int, end: int) -> list[str]:
    """Return the hours written under a strip: every second hour from ``start`` to before ``end`` (minutes)."""
    return [f"{minute // 60:02d}" for minute in range(start, end, 120)]


@register.simple_tag
def strip_words(intervals: Iterable[Sequence[int]]) -> str:
    """Return the same day in words, for whoever does not see the strip."""
    spoken = [f"{clock(start)}–{clock(end)}" for start, end in intervals or ()]
    if not spoken:
        return _("Stängt hela dagen")
    return _("Öppet %(times)s") % {"times": ", ".join(spoken)}


@register.simple_tag
def wave(peaks: Sequence[float] | None, bars: int = 48) -> SafeString:
    """Return a recording's peaks (0 to 1) as the bars of a 144 × 30 SVG; a flat line where there are none."""
    values = list(peaks or [0.0])
    step = 144 / bars
    rows = []
    for index in range(bars):
        part = values[index * len(values) // bars : (index + 1) * len(values) // bars] or [
            values[index * len(values) // bars]
        ]
        height = max(2.0, min(1.0, max(part)) * 28)
        rows.append((f"{index * step:.1f}", f"{15 - height / 2:.1f}", f"{height:.1f}"))
    return format_html_join("", '<rect x="{}" y="{}" width="1.8" height="{}" rx="0.9"/>', rows)


@register.filter
def get(mapping: Mapping[Any, Any], key: object) -> Any:
    """Return ``mapping[key]``, or nothing."""
    return mapping.get(key)


@register.filter
def minus(value: int, other: int) -> int:
    """Return the difference of two whole numbers."""
    return int(value) - int(other)


@register.filter
def unlocalized(value: float) -> str:
    """Return a number for a machine: a point for decimals in every language."""
    return f"{float(value or 0):g}"


@register.filter
def yesno_is(value: object, other: str) -> str:
    """Return "true" where the two read the same, else "false": for aria-pressed and its kin."""
    return "true" if str(value) == other else "false"


@register.filter
def undo_address(tags: str | None) -> str:
    """Return the address a message's ``extra_tags`` ("undo=/c/…/") gives for undoing, or nothing."""
    found = [tag.removeprefix("undo=") for tag in (tags or "").split() if tag.startswith("undo=/")]
    return found[0] if found else ""
