"""Moodle's shortanswer and numerical questions, with units."""

import pytest

from study_service.banks.bank import Choice
from study_service.banks.moodlexml import units
from tests.study_service.banks.moodle_texts import answer, item, question, refused


def test_accepted_texts_are_plain_and_have_wildcards():
    feedback = "<feedback><text>Nearly</text></feedback>"
    answers = answer("show ip &lt;b> *", "100") + answer("sh*", "50", feedback) + answer("*")
    asked = question(item("shortanswer", "<usecase>0</usecase>" + answers))
    assert asked.type == "short_answer"
    assert asked.choices == (Choice("show ip <b> *", True), Choice("sh*", False, "Nearly", 0.5), Choice("*", False))


@pytest.mark.parametrize(
    ("usecase", "sensitive"), [("", False), ("<usecase>0</usecase>", False), ("<usecase>1</usecase>", True)]
)
def test_case_counts_where_the_file_says_so(usecase, sensitive):
    asked = question(item("shortanswer", usecase + answer("ls", "100") + answer("LS")))
    assert [choice.case_sensitive for choice in asked.choices] == [sensitive, sensitive]


@pytest.mark.parametrize(
    ("inner", "message"),
    [
        ("", "0 answer(s), where 1 to 26 are needed"),
        (answer(" ", "100"), "answer 1 has no text"),
        (answer("a", "100") + answer("b" * 501), "answer 2 is longer than 500 characters"),
        (answer("a", "99"), "no right answer: none has the fraction 100"),
        (answer("a", "100") * 2, "two answers have the same text"),
        (answer("a", "-101"), "answer 1: its fraction '-101' is not a number from -100 to 100"),
    ],
)
def test_short_answers_that_cannot_be_used(inner, message):
    assert refused(item("shortanswer", inner)) == message


def test_numbers_have_tolerances():
    answers = [
        answer("6.25", "100", "<tolerance>0.05</tolerance>"),
        answer("6.25", "50", "<tolerance>-1</tolerance>"),
        answer("7", "25", "<tolerance>0.0</tolerance>"),
        answer("1.5e3", "20", "<tolerance/>"),
        answer("*", "0", "<feedback><text>No</text></feedback>"),
    ]
    asked = question(item("numerical", "".join(answers)))
    assert (asked.type, asked.unit, asked.units) == ("numeric", None, {})
    assert asked.choices == (
        Choice("6.25:0.05", True, number={"value": "6.25", "tolerance": "0.05"}),
        Choice("6.25:1", False, None, 0.5, number={"value": "6.25", "tolerance": "1"}),
        Choice("7", False, None, 0.25, number={"value": "7"}),
        Choice("1.5e3", False, None, 0.2, number={"value": "1.5e3"}),
        Choice("*", False, "No"),
    )


@pytest.mark.parametrize(
    ("inner", "message"),
    [
        (answer("a lot", "100"), "answer 1 is not a number with a tolerance, or *"),
        (answer("1,000", "100"), "answer 1 is not a number with a tolerance, or *"),
        (answer("1", "100", "<tolerance>5 %</tolerance>"), "answer 1 is not a number with a tolerance, or *"),
        (answer("1", "50"), "no right answer: none has the fraction 100"),
        (answer("1", "100") * 2, "two answers have the same text"),
    ],
)
def test_numbers_that_cannot_be_used(inner, message):
    assert refused(item("numerical", inner)) == message


def measured(*listed: tuple[str, str], settings: str = "") -> str:
    inner = "".join(f"<unit><multiplier>{m}</multiplier><unit_name>{name}</unit_name></unit>" for name, m in listed)
    return item("numerical", answer("3", "100") + f"<units>{inner}</units>{settings}")


def test_a_multiplier_says_how_many_of_a_unit_make_the_first():
    asked = question(measured(("mV", "1000"), ("V", "1.0000"), ("kV", ".001"), ("volt", "1")))
    assert asked.unit == "V"
    assert asked.units == {"mV": "0.001", "kV": "1000", "volt": "1"}


@pytest.mark.parametrize(
    ("multiplier", "worth"),
    [
        ("8", "0.125"),
        ("1e-9", "1000000000"),
        ("39.370079", "0.0254"),
        ("39.370078740157480315", "0.0254"),
        ("0.277777778", "3.6"),
        ("3.6", None),
        ("3.6000000000", None),
        ("3.14159265", None),
        ("0.33333333", "3"),
        ("1e-99", None),
    ],
)
def test_a_unit_is_worth_the_reciprocal_if_that_is_a_decimal_number(multiplier, worth):
    assert units.worth(multiplier) == worth


def test_a_unit_whose_worth_has_no_end_is_lost():
    asked = question(
        measured(("m/s", "1"), ("km/h", "3.6")), "the unit 'km/h': no decimal number says what it is worth"
    )
    assert (asked.unit, asked.units) == ("m/s", {})


def test_what_else_moodle_knows_of_units_is_lost():
    settings = (
        "<unitgradingtype>1</unitgradingtype><unitpenalty>0.2</unitpenalty><showunits>2</showunits>"
        "<unitsleft>1</unitsleft><instructions><text>Write it so</text></instructions>"
    )
    losses = [
        "the instructions on units",
        "the penalty of 0.2 for a wrong or missing unit",
        "that its unit is chosen from a list",
        "that its unit stands before the number",
    ]
    assert question(measured(("V", "1"), settings=settings), *losses).unit == "V"


def test_units_that_are_not_asked_for_are_lost():
    asked = question(
        measured(("V", "1"), settings="<showunits>3</showunits>"), "its units, for which Moodle does not ask"
    )
    assert asked.unit is None


@pytest.mark.parametrize(
    ("listed", "message"),
    [
        ([("mV", "1000")], "none of its units has the multiplier 1"),
        ([("V", "1"), ("V", "2")], "its unit 'V' is there twice"),
        ([("V", "1"), (" ", "2")], "one of its units has no name"),
        ([("V", "1"), ("mV", "many")], "the multiplier of its unit 'mV' is not a number above 0"),
        ([("V", "1"), ("mV", "0")], "the multiplier of its unit 'mV' is not a number above 0"),
    ],
)
def test_units_that_cannot_be_used(listed, message):
    assert refused(measured(*listed)) == message
