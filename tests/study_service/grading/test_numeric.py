"""Numbers, ranges and units."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_schema.problems import Invalid
from shared_schema.rows import Unusable
from study_service import grading

ADVICE = "This question takes a number like 1234.5 or 1.2e-3, with a point and without thousands separators."


def numbers(*options: dict[str, Any], **more: Any) -> list[grading.Option]:
    listed = [{"id": str(n), "text": str(n), "isCorrect": True, **more, **option} for n, option in enumerate(options)]
    return grading.usable("numeric", listed)


def score(options: list[grading.Option], text: str) -> float:
    return grading.grade("numeric", options, text).score


PI = numbers({"value": "3.1415", "tolerance": "0.0005"})
VOLTS = numbers(
    {"value": "3.3", "tolerance": "0.1", "unit": "V", "units": {"mV": "0.001", "kV": "1e3", "\u00b5V": "1e-6"}}
)


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("3.1415", True), ("3.142", True), ("3.141", True), ("3.14200", True), ("+3.1415", True), (" 3.1415\n", True),
        ("31415e-4", True), ("0.31415E1", True), ("\u0663.\u0661\u0664\u0661\u0665", True),
        ("٣٫١٤١٥", True), ("３.１４２", True),
        ("3.14200000000000000000000000000000000000000000001", False), ("3.1409999", False), ("-3.1415", False),
        ("\u22123.1415", False), ("3", False), ("1e400", False), ("-1e400", False), ("1e-999", False),
    ],
)  # fmt: skip
def test_a_number_is_right_within_its_tolerance_to_the_last_digit(text: str, right: bool) -> None:
    assert grading.grade("numeric", PI, text) == grading.Grade(right, float(right), text.strip())


def test_floats_would_be_wrong_here() -> None:
    """0.1 + 0.2 is not 0.3 as a float, and 1.1 - 1.0 is more than 0.1."""
    assert score(numbers({"value": "0.2", "tolerance": "0.1"}), "0.3") == 1.0
    assert score(numbers({"value": "1.0", "tolerance": "0.1"}), "1.1") == 1.0
    assert score(numbers({"value": "9007199254740993"}), "9007199254740992") == 0.0
    assert score(numbers({"value": "1e400"}), "10e399") == 1.0


@pytest.mark.parametrize("zero", ["0", "-0", "+0", "0.0", ".0", "0.", "0e5", "-0e-999", "\u22120"])
def test_every_zero_is_zero(zero: str) -> None:
    assert score(numbers({"value": "0"}), zero) == score(numbers({"value": "-0"}), zero) == 1.0


@pytest.mark.parametrize(
    "text",
    ["", " ", "1,234.5", "3,1415", "1.234,5", "1 234", "1_000", "1.2.3", "nan", "inf", "-", "e5", "1e4000", "0x1F", "½",
     "--1", "9" * 65, "three", "1'000"],
)  # fmt: skip
def test_what_is_no_number_is_refused_and_never_guessed(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        grading.grade("numeric", PI, text)
    assert refused.value.fields["selected_answer"][0].startswith(ADVICE)


@pytest.mark.parametrize("text", [["3.1415"], {"x": 1, "y": 1}, [["a", "b"]]])
def test_what_is_no_text_is_refused(text: Any) -> None:
    with pytest.raises(Invalid):
        grading.grade("numeric", PI, text)


def test_ten_squared_is_not_a_hundred_and_two() -> None:
    with pytest.raises(Invalid):
        grading.grade("numeric", numbers({"value": "102"}), "10²")


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("3.3", True), ("3.3 V", True), ("3.3V", True), ("3300 mV", True), ("0.0033kV", True), ("3.4V", True),
        ("3401 mV", False), ("3.3 mV", False), ("3300000 \u03bcV", True), ("3300000 \u00b5V", True), ("3.3e3 mV", True),
    ],
)  # fmt: skip
def test_units_are_worth_what_they_are(text: str, right: bool) -> None:
    assert grading.grade("numeric", VOLTS, text) == grading.Grade(right, float(right), text)


def test_an_unknown_unit_is_refused() -> None:
    for text in ("3.3 A", "3.3 v", "3.3 MV", "3.3 V V", "3.3 1V"):
        with pytest.raises(Invalid):
            grading.grade("numeric", VOLTS, text)
    with pytest.raises(Invalid) as refused:
        grading.grade("numeric", VOLTS, "3.3 A")
    assert refused.value.fields == {"selected_answer": ["Units of this question are V, mV, kV, μV."]}
    with pytest.raises(Invalid) as refused:
        grading.grade("numeric", PI, "3.1415 V")
    assert refused.value.fields == {"selected_answer": [f"{ADVICE} It has no unit."]}


def test_a_range_has_its_ends() -> None:
    span = numbers({"low": "3.141", "high": "3.142"})
    assert [score(span, text) for text in ("3.141", "3.1415", "3.142", "3.1409", "3.1421")] == [1, 1, 1, 0, 0]
    assert grading.key("numeric", span) == "3.1415"
    assert grading.key("numeric", numbers({"low": "-10", "high": "30"})) == "10"


def test_the_first_number_that_fits_decides() -> None:
    """Moodle's example: 1822 exactly, and half for two years more or less."""
    born = numbers(
        {"value": "1822", "tolerance": "0"}, {"value": "1822", "tolerance": "2", "isCorrect": False, "weight": 0.5}
    )
    assert [score(born, text) for text in ("1822", "1824", "1820", "1825")] == [1, 0.5, 0.5, 0]
    other = numbers({"value": "4"}, {"isCorrect": False, "explanation": "No."})
    assert (score(other, "4"), score(other, "5")) == (1.0, 0.0)


LIMITS = "has an option that is neither a number with a tolerance nor a range"


@pytest.mark.parametrize(
    ("option", "problem"),
    [
        ({"value": "1,5"}, LIMITS),
        ({"value": "1", "tolerance": "-1"}, LIMITS),
        ({"value": "1", "tolerance": "a"}, LIMITS),
        ({"tolerance": "1"}, LIMITS),
        ({"low": "2", "high": "1"}, LIMITS),
        ({"low": "2"}, LIMITS),
        ({"value": "1", "low": "1", "high": "2"}, LIMITS),
        ({"value": 1}, "has an option whose value is not a text"),
        ({}, "has no right number that an answer can be"),
        ({"value": "1", "units": {"mV": "0.001"}}, "has units beside no unit"),
        ({"value": "1", "unit": ""}, "has a unit that is empty or begins like a number"),
        ({"value": "1", "unit": "2x"}, "has a unit that is empty or begins like a number"),
        ({"value": "1", "unit": "V", "units": {"mV": "0"}}, "has a unit whose worth is no number above 0"),
        ({"value": "1", "unit": "V", "units": {"mV": "x"}}, "has a unit whose worth is no number above 0"),
        ({"value": "1", "unit": "V", "units": {"mV": 1}}, "has an option whose units is not an object of texts"),
    ],
)
def test_numbers_that_nobody_could_give_are_not_asked(option: dict[str, Any], problem: str) -> None:
    with pytest.raises(Unusable) as refused:
        numbers(option)
    assert refused.value.problem == problem


def test_a_right_number_behind_one_that_takes_it_away_is_not_asked() -> None:
    with pytest.raises(Unusable) as refused:
        numbers({"value": "4", "tolerance": "1", "isCorrect": False, "weight": 0.5}, {"value": "4"})
    assert refused.value.problem == "has no right number that an answer can be"


decimals = st.decimals(min_value=-(10**9), max_value=10**9, allow_nan=False, allow_infinity=False, places=6)


@given(decimals, st.decimals(min_value=0, max_value=1000, places=6), decimals)
def test_right_is_exactly_within_the_tolerance(value: Decimal, tolerance: Decimal, written: Decimal) -> None:
    asked = numbers({"value": str(value), "tolerance": f"{tolerance:f}"})
    assert grading.grade("numeric", asked, str(written)).is_correct == (abs(written - value) <= tolerance)
    for edge in (value - tolerance, value + tolerance):
        assert grading.grade("numeric", asked, str(edge)).is_correct


@given(st.text(max_size=70))
def test_any_text_is_graded_or_refused(text: str) -> None:
    for asked in (PI, VOLTS):
        try:
            grade = grading.grade("numeric", asked, text)
        except Invalid:
            continue
        assert 0 <= grade.score <= 1


@given(decimals, decimals)
def test_the_key_is_right(one: Decimal, other: Decimal) -> None:
    asked = numbers({"low": str(min(one, other)), "high": str(max(one, other))})
    assert score(asked, str(grading.key("numeric", asked))) == 1.0
