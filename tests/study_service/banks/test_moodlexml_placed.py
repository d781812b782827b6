"""Moodle's matching and ordering questions."""

import pytest

from study_service.banks.bank import Choice
from tests.study_service.banks.moodle_texts import answer, item, question, refused


def pair(text: str, target: str, form: str = "") -> str:
    return f"<subquestion><text>{text}</text><answer{form}><text>{target}</text></answer></subquestion>"


@pytest.mark.parametrize("kind", ["matching", "match", "ddmatch"])
def test_pairs_and_a_target_of_none(kind):
    pairs = (
        pair("frog", "amphibian")
        + pair("&lt;b>cat&lt;/b>", "a &lt;b> mammal")
        + pair("newt", "amphibian")
        + pair("", "insect")
    )
    asked = question(item(kind, pairs))
    assert asked.type == "drag_drop"
    assert asked.choices == (
        Choice("frog", True, target="amphibian"),
        Choice("cat", True, target="a <b> mammal"),
        Choice("newt", True, target="amphibian"),
        Choice("insect", False, is_target=True),
    )


def test_targets_of_dragged_pairs_say_their_format():
    html = ' format="html"'
    asked = question(item("ddmatch", pair("a", "&lt;p>one&lt;/p>", html) + pair("b", "&lt;p>two&lt;/p>", html)))
    assert [choice.target for choice in asked.choices] == ["one", "two"]


def test_pairs_that_keep_their_order_lose_it():
    pairs = pair("a", "1") + pair("b", "2")
    question(item("matching", "<shuffleanswers>false</shuffleanswers>" + pairs), "that its options keep their order")
    question(item("matching", "<shuffleanswers>true</shuffleanswers>" + pairs))


@pytest.mark.parametrize(
    ("inner", "message"),
    [
        (pair("a", "1"), "1 pair(s), where 2 to 26 are needed"),
        (pair("a", "1") + pair("", "2"), "a matching question has two pairs at least"),
        (pair("a", "1") + pair("b", ""), "pair 2 has no answer"),
        (pair("a", "1") + "<subquestion><text>b</text></subquestion>", "pair 2 has no answer"),
        (pair("a", "1") + pair("a", "2"), "two options have the same text"),
        (pair("a", "1") + pair("b" * 2001, "2"), "pair 2 is longer than 2,000 characters"),
        (pair("a", "1") + pair("b", "2" * 2001), "the answer of pair 2 is longer than 2,000 characters"),
    ],
)
def test_pairs_that_cannot_be_used(inner, message):
    assert refused(item("matching", inner)) == message


ALL = "<selecttype>ALL</selecttype>"


def test_options_stand_in_their_right_order():
    feedback = "<feedback><text>First</text></feedback>"
    answers = answer("SYN", "1.0000000", feedback) + answer("SYN-ACK", "2.0000000") + answer("ACK", "10.0000000")
    asked = question(item("ordering", ALL + answers))
    assert asked.type == "drag_drop"
    assert asked.choices == (
        Choice("SYN", True, "First", place=0),
        Choice("SYN-ACK", True, place=1),
        Choice("ACK", True, place=2),
    )


@pytest.mark.parametrize(
    ("settings", "losses"),
    [
        (ALL, []),
        ("<selecttype>EXACT</selecttype>", []),
        ("<selecttype>RANDOM</selecttype><selectcount>3</selectcount>", []),
        ("", []),
        ("<selecttype/><selectcount>2</selectcount>", ["that only 2 of its 3 options are shown"]),
        ("<selecttype>CONTIGUOUS</selecttype><selectcount>0</selectcount>", ["that only 2 of its 3 options are shown"]),
        ("<logical>REL</logical><studentsee>x</studentsee>", ["that only 2 of its 3 options are shown"]),
        (ALL + "<gradingtype>ALL_OR_NOTHING</gradingtype>", []),
        (ALL + "<gradingtype>relative_next_exclude_last</gradingtype>", []),
        (ALL + "<gradingtype>ABSOLUTE_POSITION</gradingtype>", ["that its order is graded by ABSOLUTE_POSITION"]),
    ],
)
def test_what_moodle_shows_and_grades_otherwise_is_lost(settings, losses):
    question(item("ordering", settings + answer("a") + answer("b") + answer("c")), *losses)


@pytest.mark.parametrize(
    ("inner", "message"),
    [
        (answer("a", "1"), "1 option(s), where 2 to 26 are needed"),
        (answer("a", "1") + answer("", "2"), "option 2 has no text"),
        (answer("a", "1") + answer("a", "2"), "two options have the same text"),
        (answer("a", "2") + answer("b", "1"), "the fractions of its options are in another order than the options"),
        (answer("a", "first") + answer("b", "1"), "option 1: its fraction 'first' is not a number"),
    ],
)
def test_orders_that_cannot_be_used(inner, message):
    assert refused(item("ordering", ALL + inner)) == message
