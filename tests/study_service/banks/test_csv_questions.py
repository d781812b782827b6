"""Keys of CSV files, and the types of question that they have."""

import pytest

from study_service.banks.bank import Choice
from tests.study_service.banks.csv_texts import problem, question, right, row


@pytest.mark.parametrize(
    ("correct", "texts"),
    [
        ("A", ["a1"]),
        ("b", ["b1"]),
        ("A,C", ["a1", "c 1"]),
        ("c; A", ["a1", "c 1"]),
        ("A C", ["a1", "c 1"]),
        ("1", ["a1"]),
        ("1,3", ["a1", "c 1"]),
        ("a1", ["a1"]),
        ("c 1", ["c 1"]),
        ("b1; c 1", ["b1", "c 1"]),
        ("option2", ["b1"]),
        ("Option1,option3", ["a1", "c 1"]),
        ("A,A", ["a1"]),
    ],
)
def test_right_options_by_letter_number_column_or_text(correct, texts):
    assert right(row(option1="a1", option2="b1", option3="c 1", correct=correct)) == texts


@pytest.mark.parametrize(
    ("options", "correct", "message"),
    [
        (["2", "1"], "2", 'correct is "2", which means by number option2 and by text option1: write for example opt'),
        (["B", "A"], "A", 'correct is "A", which means by letter option1 and by text option2: write for example opt'),
        (["a,b", "a", "b"], "a,b", 'correct is "a,b", which means by letter option1,option2 and by text option1'),
        (["a", "b"], "C", 'correct is "C", which names no options: write letters (A,C) or numbers (1,3)'),
        (["a", "b"], "3", 'correct is "3", which names no options'),
        (["a", "b"], "0", 'correct is "0", which names no options'),
        (["a", "b"], "A,2", 'correct is "A,2", which names no options'),
        (["a", "b"], "AB", 'correct is "AB", which names no options'),
        (["a", "b"], "x" * 60, f'correct is "{"x" * 50}…", which names no options'),
        (["a", "b"], "", "correct is empty: which option is right?"),
    ],
)  # fmt: skip
def test_a_key_that_can_be_read_in_two_ways_or_in_none(options, correct, message):
    cells = {f"option{number}": option for number, option in enumerate(options, 1)}
    assert problem(row(**cells, correct=correct)).startswith(message)


def test_ways_to_read_a_key_that_agree_are_one():
    assert right(row(option1="A", option2="B", correct="B")) == ["B"]
    assert right(row(option1="1", option2="2", correct="2")) == ["2"]
    assert right(row(option1="10.0.0.1", option2="8", correct="B")) == ["8"]


@pytest.mark.parametrize("correct", ["false", "FALSE", "B"])
@pytest.mark.parametrize("options", [("True", "False"), ("TRUE", "FALSE"), ("", "")])
def test_true_false(correct, options):
    asked = question(row(type="true_false", option1=options[0], option2=options[1], correct=correct))
    assert [(choice.text.lower(), choice.is_correct) for choice in asked.choices] == [("true", False), ("false", True)]


def test_short_answers_are_right_unless_their_weight_is_below_one():
    asked = question(row(type="short_answer", correct="", weight2="0.5", caseSensitive1="yes", feedback2="Nearly."))
    assert asked.choices == (Choice("a", True, case_sensitive=True), Choice("b", False, "Nearly.", 0.5))
    assert right(row(type="short_answer", correct="B")) == ["b"]
    assert right(row(type="short_answer", option2="", correct="")) == ["a"]


def test_numbers():
    asked = question(
        row(type="numeric", option1="3.14:0.005", option2="about 3", number2="3..4", option3="*", unit="V").replace(
            "\tA\t", "\tA\t"
        )
    )
    assert [(c.text, c.is_correct, dict(c.number)) for c in asked.choices] == [
        ("3.14:0.005", True, {"value": "3.14", "tolerance": "0.005"}),
        ("about 3", False, {"low": "3", "high": "4"}),
        ("*", False, {}),
    ]
    assert (asked.unit, asked.units) == ("V", {})
    assert question(row(type="numeric", option1="", number1="5", option2="", units="mV=0.001; kV = 1000")).units == {
        "mV": "0.001",
        "kV": "1000",
    }


def test_pairs_and_targets_of_none():
    asked = question(row(type="drag_drop", target1="x", target2="y", option3="", target3="z", name3="t", correct=""))
    assert asked.choices == (
        Choice("a", True, target="x"),
        Choice("b", True, target="y"),
        Choice("z", False, is_target=True, name="t"),
    )


def test_an_order():
    asked = question(row(type="drag_drop", place1="1", place2="0", option3="c", correct=""))
    assert asked.choices == (Choice("a", True, place=1), Choice("b", True, place=0), Choice("c", False))


def test_regions_of_a_picture():
    asked = question(row(type="hotspot", region1="rect 0 0 20.5 10", region2="poly 0 0 9 0 9 9", imageSize="800x600"))
    assert asked.choices == (
        Choice("a", True, region="rect", coords=(0, 0, 20.5, 10)),
        Choice("b", False, region="poly", coords=(0, 0, 9, 0, 9, 9)),
    )
    assert asked.image_size == (800, 600)


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ({"question": ""}, "there is no question text"),
        ({"question": "w" * 10_001}, "question is longer than 10,000 characters"),
        ({"explanation": "w" * 10_001}, "explanation is longer than 10,000 characters"),
        ({"reference": "w" * 2_001}, "reference is longer than 2,000 characters"),
        ({"objective": "w" * 201}, "objective is longer than 200 characters"),
        ({"id": "w" * 201}, "id is longer than 200 characters"),
        ({"option2": "w" * 2_001}, "option2 is longer than 2,000 characters"),
        ({"option2": "w" * 501, "type": "short_answer"}, "option2 is longer than 500 characters"),
        ({"feedback2": "w" * 10_001}, "feedback2 is longer than 10,000 characters"),
        ({"name1": "w" * 201}, "name1 is longer than 200 characters"),
        ({"target1": "w" * 2_001, "type": "drag_drop"}, "target1 is longer than 2,000 characters"),
        ({"feedback1": "a\0"}, "there is a NUL character in feedback1"),
        ({"objectiveCode": "1"}, "objectiveCode is there without an objective"),
        ({"type": "essay"}, 'type is "essay", which is none of multiple_choice, multi_select, true_false, drag_drop'),
        ({"difficulty": "6"}, "difficulty is not a whole number from 1 to 5"),
        ({"difficulty": "2.0"}, "difficulty is not a whole number from 1 to 5"),
        ({"link": "javascript:alert(1)"}, "link is no http or https address of at most 2,000 characters"),
        ({"image": "https://" + "a" * 1993}, "image is no http or https address of at most 2,000 characters"),
        ({"tags": ";".join(map(str, range(51)))}, "there are more than 50 tags, or one of more than 100 characters"),
        ({"tags": "t" * 101}, "there are more than 50 tags, or one of more than 100 characters"),
        ({"option2": ""}, "1 option(s), where 2 at least are needed"),
        ({"option2": "", "option3": "c"}, "option2 is empty, and something stands beside or behind it"),
        ({"feedback3": "c"}, "option3 is empty, and something stands beside or behind it"),
        ({"option2": "a"}, "two options have the same text"),
        ({"weight1": "1.01"}, "weight1 is not a number from -1 to 1, like 0.5"),
        ({"weight1": "0,5"}, "weight1 is not a number from -1 to 1, like 0.5"),
        ({"weight1": "nan"}, "weight1 is not a number from -1 to 1, like 0.5"),
        ({"fixed1": "maybe"}, "fixed1 is neither yes nor no"),
        ({"caseSensitive1": "maybe", "type": "short_answer"}, "caseSensitive1 is neither yes nor no"),
        ({"caseSensitive1": "yes"}, "caseSensitive1 is for questions of type short_answer"),
        ({"number1": "1"}, "number1 is for questions of type numeric"),
        ({"target1": "x"}, "target1 is for questions of type drag_drop"),
        ({"place1": "1", "type": "numeric"}, "place1 is for questions of type drag_drop"),
        ({"region1": "rect 0 0 1 1"}, "region1 is for questions of type hotspot"),
        ({"unit": "V"}, "unit is for questions of type numeric"),
        ({"imageSize": "1x1"}, "imageSize is for questions of type hotspot"),
        ({"type": "true_false"}, "a true/false question has the options True and False"),
        ({"type": "true_false", "option1": "True", "option2": "False", "correct": "A,B"}, "one of True and"),
        ({"type": "drag_drop", "target1": "x", "target2": "y"}, "correct says nothing of pairs and orders"),
        ({"type": "drag_drop", "place1": "first", "correct": ""}, "place1 is not a whole number"),
        ({"type": "numeric"}, "option1 is not a number, value:tolerance, or lowest..highest, like 3.14:0.005"),
        ({"type": "numeric", "option1": "1", "option2": "2", "units": "mV"}, "units are not like mV=0.001; kV=1000"),
        ({"type": "numeric", "option1": "1", "option2": "2", "units": "mV=x"}, "units are not like mV=0.001; kV=1000"),
        ({"type": "hotspot", "region1": "oval 1 2"}, "region1 is not rect, circle or poly with its coordinates"),
        ({"type": "hotspot", "region1": "rect"}, "region1 is not rect, circle or poly with its coordinates"),
        ({"type": "hotspot", "region1": "rect 0 1e5"}, "region1 is not rect, circle or poly with its coordinates"),
        ({"type": "hotspot", "imageSize": "800"}, "imageSize is not like 800x600"),
    ],
)  # fmt: skip
def test_rows_that_cannot_be_used(cells, message):
    assert problem(row(**cells)).startswith(message)
