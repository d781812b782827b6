"""Moodle's multichoice and truefalse questions."""

import pytest

from study_service.banks.bank import Choice
from tests.study_service.banks.moodle_texts import TRUE, YES_NO, answer, graded, item, question, refused


def multi(*answers: str, settings: str = "") -> str:
    return item("multichoice", "<single>false</single>" + settings + "".join(answers))


def test_single_tells_the_type_not_the_number_of_right_options():
    wrong = "".join(answer(text, "-100") for text in ("RIP", "EIGRP", "BGP"))
    asked = question(multi(answer("OSPF", "100"), wrong))
    assert asked.type == "multi_select"
    assert [(c.text, c.is_correct, c.weight) for c in asked.choices] == [
        ("OSPF", True, 1),
        ("RIP", False, -1),
        ("EIGRP", False, -1),
        ("BGP", False, -1),
    ]
    assert graded(asked, "OSPF").is_correct
    assert graded(asked, "OSPF", "RIP").score == 0


@pytest.mark.parametrize(
    ("single", "kind"),
    [
        ("", "multiple_choice"),
        ("<single>true</single>", "multiple_choice"),
        ("<single>1</single>", "multiple_choice"),
        ("<single> false </single>", "multi_select"),
        ("<single>0</single>", "multi_select"),
        ("<single/>", "multi_select"),
    ],
)
def test_single_is_read_as_moodle_reads_it(single, kind):
    assert question(item("multichoice", single + YES_NO)).type == kind


def test_options_of_a_single_choice_with_feedback_and_part_of_the_credit():
    feedback = "<feedback format='html'><text><![CDATA[<p>Why</p>]]></text></feedback>"
    answers = (
        answer("a", "100", feedback) + answer("b", "50") + answer("c", "-33.33333") + answer("d") + answer("e", "1e2")
    )
    assert question(item("multichoice", answers)).choices == (
        Choice("a", True, "Why"),
        Choice("b", False, None, 0.5),
        Choice("c", False, None, -1 / 3),
        Choice("d", False),
        Choice("e", True),
    )


@pytest.mark.parametrize("third", ["33.33333", "33.333", "33.3333333", " 33.33 "])
def test_rounded_thirds_are_thirds(third):
    asked = question(multi(*(answer(text, third) for text in "abc"), answer("d", "-" + third.strip()), answer("e")))
    assert [choice.weight for choice in asked.choices] == [1 / 3, 1 / 3, 1 / 3, -1 / 3, None]
    assert [choice.is_correct for choice in asked.choices] == [True, True, True, False, False]
    assert graded(asked, "a", "b", "c").is_correct


def test_credits_that_are_no_thirds_stay_as_they_are():
    asked = question(multi(answer("a", "33"), answer("b", "66.5"), answer("c", "0.5"), answer("d", "-98.9")))
    assert [choice.weight for choice in asked.choices] == [0.33, 0.665, 0.005, -0.989]


def test_rounding_may_lose_a_hundredth():
    assert question(multi(answer("a", "33"), answer("b", "33"), answer("c", "33"), answer("d"))).type == "multi_select"


def test_the_file_may_say_that_there_are_no_credits():
    asked = question(
        multi(answer("a", "50"), answer("b", "50"), answer("c", "-100"), settings="<weights>none</weights>")
    )
    assert [(c.is_correct, c.weight) for c in asked.choices] == [(True, None), (True, None), (False, None)]


@pytest.mark.parametrize(
    ("shuffle", "fixed"),
    [
        ("", None),
        ("<shuffleanswers/>", None),
        ("<shuffleanswers>1</shuffleanswers>", None),
        ("<shuffleanswers>true</shuffleanswers>", None),
        ("<shuffleanswers>0</shuffleanswers>", True),
        ("<shuffleanswers>false</shuffleanswers>", True),
    ],
)
def test_options_that_are_not_shuffled_keep_their_places(shuffle, fixed):
    assert [c.fixed for c in question(item("multichoice", shuffle + YES_NO)).choices] == [fixed, fixed]


def test_as_many_options_as_may_be():
    answers = answer("x" * 2000, "100") + "".join(answer(str(number)) for number in range(25))
    assert len(question(item("multichoice", answers)).choices) == 26


@pytest.mark.parametrize(
    ("inner", "message"),
    [
        (answer("a", "100"), "1 option(s), where 2 to 26 are needed"),
        ("".join(answer(str(n)) for n in range(27)), "27 option(s), where 2 to 26 are needed"),
        (answer("a", "100") + answer(" "), "option 2 has no text"),
        (answer("a", "100") + answer("a"), "two options have the same text"),
        (answer("a", "100") + answer("b" * 2001), "option 2 is longer than 2,000 characters"),
        (answer("a", "101") + answer("b"), "option 1: its fraction '101' is not a number from -100 to 100"),
        (answer("a", "half") + answer("b"), "option 1: its fraction 'half' is not a number from -100 to 100"),
        (answer("a", "33,3") + answer("b"), "option 1: its fraction '33,3' is not a number from -100 to 100"),
        (answer("a", "90") + answer("b"), "no right option: none has the fraction 100"),
        ("<single>0</single>" + answer("a", "-9") + answer("b"), "no right option: none has a fraction above 0"),
        (
            "<single>0</single>" + answer("a", "60") + answer("b", "60"),
            "the fractions of the right options add up to 120, not to 100",
        ),
        (
            "<single>0</single>" + answer("a", "98.9") + answer("b"),
            "the fractions of the right options add up to 98.9, not to 100",
        ),
    ],
)
def test_choices_that_cannot_be_used(inner, message):
    assert refused(item("multichoice", inner)) == message


def test_true_false_in_the_order_of_the_file():
    told = "<feedback><text>{}</text></feedback>"
    asked = question(
        item("truefalse", answer("false", "100", told.format("yes")) + answer("true", "0", told.format("no")))
    )
    assert asked.type == "true_false"
    assert asked.choices == (Choice("False", True, "yes"), Choice("True", False, "no"))
    assert question(item("truefalse", TRUE)).choices == (Choice("True", True), Choice("False", False))


def test_true_and_false_of_another_language_are_read_in_their_order():
    answers = answer("Wahr") + answer("Falsch", "100")
    asked = question(item("truefalse", answers), "its answers 'Wahr' and 'Falsch', which are read as true and false")
    assert [(c.text, c.is_correct) for c in asked.choices] == [("True", False), ("False", True)]


@pytest.mark.parametrize(
    ("inner", "message"),
    [
        (answer("true", "100"), "its answers are not true and false"),
        (answer("true", "100") * 2, "its answers are not true and false"),
        (answer("a", "100") + answer(""), "its answers are not true and false"),
        (TRUE + answer("x"), "its answers are not true and false"),
        (answer("true", "100") + answer("no"), "its answers are 'true' and 'no', not true and false"),
        (answer("true") + answer("false"), "not exactly one of true and false has the fraction 100"),
        (answer("true", "100") + answer("false", "100"), "not exactly one of true and false has the fraction 100"),
        (
            answer("true", "x") + answer("false", "100"),
            "the answer true: its fraction 'x' is not a number from -100 to 100",
        ),
    ],
)
def test_true_false_that_cannot_be_used(inner, message):
    assert refused(item("truefalse", inner)) == message
