"""The gate against what people type and what fraudsters try."""

from __future__ import annotations

import phonenumbers
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from tenants.routing.dialling import E164, Refused, check, gate, is_emergency, is_short, parse, short_number

FULL_WIDTH = str.maketrans("0123456789+", "０１２３４５６７８９＋")


def code(result: object) -> str:
    assert isinstance(result, Refused)
    return result.code


@pytest.mark.parametrize(
    "typed",
    [
        "+46406221000",
        "040-622 10 00",
        "0406221000",
        "0046406221000",
        "00 46 40 622 10 00",
        "+46 (0)40-622 10 00",
        "+46 0406221000",
        "0046(0)406221000",
        "tel:+46-40-622-10-00",
        "TEL:0406221000",
        "040/622 10 00",
        "040.622.10.00",
        "(040) 622 10 00",
        "\u00a0040\u2013622\u202f10\u200900 ",
        "\u202a+46406221000\u202c",
        "+46406221000".translate(FULL_WIDTH),
        "٠٤٠٦٢٢١٠٠٠",
    ],
)
def test_one_number_has_one_form_however_it_is_typed(typed: str) -> None:
    assert parse(typed) == "+46406221000"


def test_a_local_number_is_completed_by_the_area_of_the_office() -> None:
    assert parse("622 10 00", "040") == "+46406221000"
    assert parse("500 600", "08") == "+468500600"
    assert code(parse("622 10 00")) == "no_area"
    assert code(parse("12", "040")) == "invalid"


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("", "empty"),
        ("   ", "empty"),
        ("tel:", "empty"),
        ("ring mig", "characters"),
        ("040-622 10 00,,1", "characters"),
        ("040-622 10 00w1", "characters"),
        ("040-622 10 00;ext=5", "characters"),
        ("#21#", "characters"),
        ("*21*0701234567#", "characters"),
        ("0406221000${EXTEN}", "characters"),
        ("0406221000\n@trunk", "characters"),
        ("+", "characters"),
        ("040+622", "characters"),
        ("+0046406221000", "invalid"),
        ("+46123456789012345", "too_long"),
        ("1" * 40, "too_long"),
        ("112", "emergency"),
        ("0112", "emergency"),
        ("+46112", "emergency"),
        ("0046112", "emergency"),
        ("90 000", "emergency"),
        ("1177", "short"),
        ("114 14", "short"),
        ("113 13", "short"),
        ("116 111", "short"),
        ("90 510", "short"),
        ("118 118", "directory"),
        ("+46118118", "directory"),
    ],
)
def test_what_is_no_number_is_refused_with_its_reason(typed: str, why: str) -> None:
    assert code(parse(typed, "040")) == why


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("0900-123 45 67", "premium"),
        ("+46 0900 123 45 67", "premium"),
        ("0939-123 45 67", "premium"),
        ("0944-123 45 67", "premium"),
        ("099-123 45 67", "mass"),
        ("074-123 45 67", "special"),
        ("075-123 45 67", "special"),
        ("+870 773 123 456", "satellite"),
        ("+8816 1234 5678", "satellite"),
        ("+88213 1234 567", "satellite"),
        ("+883 5100 1234 5678", "satellite"),
        ("+979 123 456 789", "premium"),
        ("00946 123 4567", "abroad"),
        ("+1 809 555 1234", "abroad"),
        ("+47 22 12 34 56", "abroad"),
        ("+358 9 123 4567", "abroad"),
        ("+44 20 7946 0018", "abroad"),
        ("+800 1234 5678", "abroad"),
        ("+999 1234 5678", "abroad"),
    ],
)
def test_what_costs_is_refused_for_everybody(typed: str, why: str) -> None:
    assert code(gate(typed, "call")) == why
    assert code(gate(typed, "target")) == why


@pytest.mark.parametrize(("typed", "why"), [("020-12 34 56", "freephone"), ("0770-12 34 56", "shared_cost")])
def test_freephone_and_shared_cost_may_be_called_but_not_be_targets(typed: str, why: str) -> None:
    assert code(gate(typed, "target")) == why
    assert isinstance(gate(typed, "call"), str)


@pytest.mark.parametrize("typed", ["040-622 10 00", "08-123 456 78", "010-123 45 67", "070-123 45 67", "011-812 34 56"])
def test_ordinary_swedish_numbers_pass(typed: str) -> None:
    assert gate(typed, "target") == parse(typed)


def test_a_region_is_opened_by_name_and_its_costly_numbers_stay_shut() -> None:
    nordic = frozenset({"SE", "NO", "DK", "FI", "IS"})
    assert gate("+47 22 12 34 56", "target", regions=nordic) == "+4722123456"
    assert code(gate("+44 20 7946 0018", "target", regions=nordic)) == "abroad"
    assert code(gate("+47 820 12 345", "call", regions=nordic)) in {"premium", "special"}
    refused = gate("+44 20 7946 0018", "target")
    assert isinstance(refused, Refused)
    assert refused.country == "GB"


@pytest.mark.parametrize(
    "text", ["", "0406221000", "+0", "tel:+46406221000", "+46406221000\n", "+4640622100x", "46406221000"]
)
def test_the_gate_takes_nothing_but_e164(text: str) -> None:
    assert check(text, "call") is not None


@pytest.mark.parametrize("digits", ["112", "1 12", "１１２", "tel:112", "+46112", "0112", "90000"])
def test_calls_for_help_are_known_in_every_form(digits: str) -> None:
    assert is_emergency(digits)
    assert code(gate(digits, "call", "040")) == "emergency"


@pytest.mark.parametrize("digits", ["1122", "0112345678", "", "hjälp"])
def test_other_digits_are_no_call_for_help(digits: str) -> None:
    assert not is_emergency(digits)


OPEN = ["113 13", "114 14", "1177", "116 000", "116 117", "90 510", "tel:11414", "１１７７"]


@pytest.mark.parametrize("typed", OPEN)
def test_a_short_number_may_be_dialled_but_is_saved_nowhere(typed: str) -> None:
    number = short_number(typed)
    assert number is not None
    assert is_short(number)
    assert code(gate(typed, "target", "040")) == code(gate(typed, "call", "040")) == "short"


@pytest.mark.parametrize("typed", ["118 118", "118100", "11800", "114 00", "117", "116", "116 00", "11770", "", "ring"])
def test_no_other_short_number_may_be_dialled(typed: str) -> None:
    assert short_number(typed) is None


@pytest.mark.slow
@given(number=st.integers(0, 999_999))
@settings(max_examples=2000, deadline=None)
def test_no_short_number_the_library_knows_to_cost_extra_is_open(number: int) -> None:
    found = short_number(str(number))
    short = phonenumbers.PhoneNumber(country_code=46, national_number=number)
    costs = phonenumbers.shortnumberinfo.expected_cost_for_region(short, "SE")
    assert found is None or costs != phonenumbers.ShortNumberCost.PREMIUM_RATE


REFUSED_IN_SWEDEN = st.sampled_from(["900", "939", "944", "99", "71", "74", "75", "78", "378"])
SATELLITES = st.sampled_from(["870", "881", "882", "883"])
DIGITS = st.text("0123456789", min_size=4, max_size=9)
FORMS = st.sampled_from(["+46{}", "0046{}", "0{}", "+46 (0){}", "+46 0{}", "tel:+46{}", "00 46-{}"])


@given(
    prefix=REFUSED_IN_SWEDEN, rest=DIGITS, form=FORMS, wide=st.booleans(), purpose=st.sampled_from(["call", "target"])
)
@settings(max_examples=600, deadline=None)
def test_no_form_of_a_refused_swedish_number_passes(
    prefix: str, rest: str, form: str, wide: bool, purpose: str
) -> None:
    typed = form.format(prefix + rest)
    typed = typed.translate(FULL_WIDTH) if wide else typed
    assert isinstance(gate(typed, purpose, "040"), Refused)  # type: ignore[arg-type]


@given(prefix=SATELLITES, rest=DIGITS, plus=st.sampled_from(["+", "00", "tel:+"]))
@settings(max_examples=300, deadline=None)
def test_no_satellite_passes_even_if_every_region_is_open(prefix: str, rest: str, plus: str) -> None:
    everywhere = frozenset({*phonenumbers.SUPPORTED_REGIONS, "001", "SE"})
    assert isinstance(gate(plus + prefix + rest, "call", regions=everywhere), Refused)


@given(country=st.integers(1, 999), rest=DIGITS, plus=st.sampled_from(["+", "00"]))
@settings(max_examples=600, deadline=None)
def test_nothing_abroad_passes_by_default(country: int, rest: str, plus: str) -> None:
    assume(not f"{country}{rest}".startswith("46"))
    assert isinstance(gate(f"{plus}{country}{rest}", "call"), Refused)


@pytest.mark.slow
@given(region=st.sampled_from(sorted(phonenumbers.SUPPORTED_REGIONS)), data=st.data())
@settings(max_examples=400, deadline=None)
def test_the_library_knows_no_costly_number_the_gate_lets_through(region: str, data: st.DataObject) -> None:
    costly = (phonenumbers.PhoneNumberType.PREMIUM_RATE, phonenumbers.PhoneNumberType.PAGER)
    number = phonenumbers.example_number_for_type(region, data.draw(st.sampled_from(costly)))
    assume(number is not None)
    assert number is not None
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    assert check(e164, "call", frozenset({region})) is not None


@given(typed=st.text(max_size=30) | st.text("0123456789+ -()tel:#*,;wx", max_size=25))
@example("¹²³")
@example("0" * 20)
@example("+" + "9" * 15)
@settings(max_examples=1500, deadline=None)
def test_whatever_is_typed_becomes_e164_or_a_reason_and_e164_stays_itself(typed: str) -> None:
    result = gate(typed, "call", "040")
    if isinstance(result, str):
        assert E164.fullmatch(result)
        assert parse(result) == result
        assert check(result, "call") is None
