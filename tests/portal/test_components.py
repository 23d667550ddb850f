"""What the tags and filters of the components say, and that nothing a person typed gets out unescaped."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django import forms
from django.template import engines
from django_cotton.compiler_regex import CottonCompiler

from portal.templatetags import ui

EVIL = '"><script>alert(1)</script>'


def draw(source: str, **context: Any) -> str:
    """Render a piece of template with components in it."""
    template = engines["django"].from_string(CottonCompiler().process(source))
    return template.render(context)


@pytest.mark.parametrize(
    ("number", "written"),
    [
        ("+46406221000", "040-622 10 00"),
        ("+46701740635", "070-174 06 35"),
        ("+4520123456", "+45 20 12 34 56"),
        ("x", "x"),
    ],
)
def test_numbers_are_written_as_people_write_them(number: str, written: str) -> None:
    assert ui.national(number) == written


@pytest.mark.parametrize(
    ("name", "letters"),
    [("Norrsken Bygg AB", "NB"), ("Åsa", "Å"), ("anna.ek@x.se", "AE"), ("", "?"), ("– Bo", "B")],
)
def test_initials(name: str, letters: str) -> None:
    assert ui.initials(name) == letters


@pytest.mark.parametrize(
    ("milliseconds", "written"),
    [(412, "412 ms"), (9_999, "9999 ms"), (12_400, "12 s"), (240_000, "4 min"), (10_800_000, "3 tim"), ("7", "7 ms")],
)
def test_a_delay_is_said_in_one_unit(milliseconds: float | str, written: str) -> None:
    assert ui.delay(milliseconds) == written


def test_strip_is_cut_to_the_hours_shown() -> None:
    assert ui.strip_bars([(0, 480), (600, 1440)], 360, 1200) == [{"x": 360, "width": 120}, {"x": 600, "width": 600}]
    assert ui.strip_bars([(0, 300)], 360, 1200) == []
    assert ui.strip_bars([]) == []


def test_strip_says_its_day_in_words() -> None:
    assert ui.strip_words([(480, 720), (780, 1440)]) == "Öppet 08:00–12:00, 13:00–24:00"
    assert ui.strip_words([]) == "Stängt hela dagen"


def test_wave_of_any_length_has_all_its_bars() -> None:
    for peaks in (None, [], [0.5], [0.1] * 7, [2.0] * 1000):
        assert ui.wave(peaks).count("<rect") == 48
    assert 'height="28.0"' in ui.wave([5.0])


@pytest.mark.parametrize(
    "source",
    [
        '<c-btn :data-name="evil">Spara</c-btn>',
        '<c-input name="a" :value="evil" :label="evil" :placeholder="evil" />',
        '<c-input name="a" value="{{ evil }}" error="{{ evil }}" />',
        '<c-select name="a" :options="pairs" />',
        '<c-textarea name="a" :value="evil" />',
        '<c-card :title="evil" :lead="evil" />',
        '<c-badge :tone="evil">{{ evil }}</c-badge>',
        '<c-icon-btn icon="x" :label="evil" :href="evil" />',
        '<c-phone-number :value="evil" />',
        '<c-flow.node :title="evil" :detail="evil" :warning="evil" />',
        '<c-diff :items="changes" />',
        '<c-audio :src="evil" :label="evil" />',
        '<c-dialog id="d" :title="evil" />',
        '<c-toast :undo="evil">{{ evil }}</c-toast>',
    ],
)
def test_nothing_typed_gets_out_unescaped(source: str) -> None:
    page = draw(
        source, evil=EVIL, pairs=[(EVIL, EVIL)], changes=[{"change": "new", "title": EVIL, "lines": [(EVIL, EVIL)]}]
    )
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_a_component_does_not_see_the_names_of_the_page() -> None:
    assert "sidans" not in draw("<c-card><p>Hej</p></c-card>", title="sidans egen", lead="sidans egen")


def test_attributes_leave_out_what_is_not_there() -> None:
    assert ui.attributes({"a": None, "b": False, "c": True, "d": 1}) == 'c d="1"'


class Sample(forms.Form):
    """Two fields."""

    name = forms.CharField(label="Namn", help_text="Hela namnet.")
    agree = forms.BooleanField(label="Jag förstår")


def test_field_ties_hint_and_error_to_its_control() -> None:
    page = draw('<c-field :field="form.name" />', form=Sample({"agree": "on"}))
    assert 'aria-describedby="id_name-hint id_name-error"' in page
    assert 'id="id_name-hint"' in page
    assert 'id="id_name-error"' in page
    assert 'aria-invalid="true"' in page
    assert 'role="alert"' in page


@pytest.mark.parametrize(
    "source",
    [
        '<c-input id="k" name="a" label="Namn" error="Fel." />',
        '<c-textarea id="k" name="a" label="Namn" error="Fel." />',
        '<c-select id="k" name="a" label="Namn" error="Fel." />',
        '<c-date id="k" name="a" label="Namn" error="Fel." />',
        '<c-checkbox id="k" name="a" label="Namn" error="Fel." />',
        '<c-file-drop id="k" name="a" label="Namn" error="Fel." />',
        '<c-time-range id="k" label="Namn" error="Fel." />',
    ],
)
def test_an_error_is_tied_to_its_control_in(source: str) -> None:
    page = draw(source)
    assert 'id="k-error"' in page
    assert re.search(r'aria-describedby="[^"]*k-error"', page)
    assert 'aria-invalid="true"' in page


def test_field_without_error_has_none() -> None:
    page = draw('<c-field :field="form.agree" />', form=Sample())
    assert "aria-invalid" not in page
    assert "alert" not in page
    assert 'class="check"' in page


def test_receipt_asks_again_only_while_waiting() -> None:
    assert 'hx-get="/x/?seen=waiting"' in draw('<c-receipt state="waiting" url="/x/" />')
    assert "hx-get" not in draw('<c-receipt state="effective" ms="412" url="/x/" />')
    assert "Gäller i växeln efter 412 ms" in draw('<c-receipt state="effective" :ms="412" />')
    assert "den gamla inställningen gäller" in draw('<c-receipt state="refused" />')


def test_undo_address_takes_our_own_paths_only() -> None:
    assert ui.undo_address("undo=/c/a/undo/3/ success") == "/c/a/undo/3/"
    assert ui.undo_address("undo=https://elsewhere.test/") == ""
    assert ui.undo_address(None) == ""


def test_strip_marks_now_only_inside_the_hours_shown() -> None:
    assert 'x1="642"' in draw('<c-day-strip :intervals="day" :now="642" />', day=[(480, 1020)])
    assert "day-strip-now" not in draw('<c-day-strip :intervals="day" :now="299" />', day=[(480, 1020)])
