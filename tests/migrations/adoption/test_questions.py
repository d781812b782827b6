"""Each rule for the options of a question: what it says, and what it makes of the row when it is named."""

import json

import pytest

from migrations.adoption import documents, questions, rules, target

(ANSWERS,) = [column for column in target.read()["questions"].columns if column.name == "answers"]
EVERY = tuple(rules.MENDS)
BACK = {"review_status": "needs_revision"}


def options(*rows):
    return json.dumps([dict(zip(("id", "text", "isCorrect", "weight"), row, strict=False)) for row in rows])


RIGHT, WRONG = ("a", "A", True), ("b", "B", False)
TWO = options(RIGHT, WRONG)


def found(answers, mend=(), kind="multiple_choice", status="approved", text="Which?"):
    row = {"id": 1, "text": text, "type": kind, "answers": answers, "review_status": status}
    return [(one.column, one.why, one.mend, one.rule, dict(one.changes)) for one in questions.check(row, mend, ANSWERS)]


USABLE = [
    (TWO, "multiple_choice"),
    (options(*[(str(n), f"text {n}", n == 3) for n in range(26)]), "multiple_choice"),
    (options(("x" * 64, "A", True), WRONG), "multiple_choice"),
    (options(("a", "A", True, 0.5), ("b", "B", False, -1)), "multiple_choice"),
    (options(RIGHT, ("b", "B", True)), "multi_select"),
    (TWO, "multi_select"),
    (TWO, "true_false"),
    (json.dumps([{"id": i, "text": i, "isCorrect": True, "place": n} for n, i in enumerate("ab")]), "drag_drop"),
    (json.dumps([{"id": "a", "text": "A", "isCorrect": True, "region": "rect", "coords": [0, 0, 1, 1]}]), "hotspot"),
]


@pytest.mark.parametrize(("answers", "kind"), USABLE)
def test_usable_options_are_left_alone(answers, kind):
    assert found(answers, EVERY, kind) == []


BAD_ID = "an option's id that is not 1 to 64 characters, or begins with ["
UNUSABLE = [
    (options(RIGHT), "multiple_choice", "not 2 to 26 options"),
    ("[]", "multiple_choice", "not 2 to 26 options"),
    ("[]", "hotspot", "not 1 to 26 options"),
    (options(*[(str(n), f"text {n}", n == 3) for n in range(27)]), "multi_select", "not 2 to 26 options"),
    (options(RIGHT, ("a", "B", False)), "multiple_choice", "two options with one id"),
    (
        options(("x" * 65, "A", True), WRONG), "multiple_choice",
        BAD_ID,
    ),
    (options(("", "A", True), WRONG), "multiple_choice", BAD_ID),
    (options(("[a", "A", True), WRONG), "multiple_choice", BAD_ID),
    (options(RIGHT, ("b", " ", False)), "multiple_choice", "an option without text"),
    (options(RIGHT, ("b", " A\n", False)), "multiple_choice", "two options with one text"),
    (options(("a", "A", False), WRONG), "multiple_choice", "no right option"),
    (options(("a", "A", False), WRONG), "multi_select", "no right option"),
    (options(RIGHT), "drag_drop", "nothing that says where its options belong"),
    (options(RIGHT, ("b", "B", True)), "hotspot", "nothing that says where its options belong"),
    (options(RIGHT, ("b", "B", True)), "true_false", "not two options of which one is right"),
    (options(RIGHT, WRONG, ("c", "C", False)), "true_false", "not two options of which one is right"),
]  # fmt: skip


@pytest.mark.parametrize(("answers", "kind", "why"), UNUSABLE)
def test_question_that_cannot_be_asked_goes_back(answers, kind, why):
    assert found(answers, (), kind) == [("answers", why, ("needs-revision",), None, {})]
    assert found(answers, EVERY, kind) == [("answers", why, ("needs-revision",), "needs-revision", BACK)]
    assert found(answers, (), kind, status="pending") == found(answers, (), kind)


@pytest.mark.parametrize("status", ["rejected", "needs_revision"])
def test_question_that_is_not_asked_may_be_unfinished(status):
    assert found("[]", (), status=status) == []


def test_question_without_text_goes_back():
    assert found(TWO, EVERY, text=" \n") == [
        ("text", "a question without text", ("needs-revision",), "needs-revision", BACK)
    ]


def test_several_right_options_make_a_multi_select():
    both, why = options(RIGHT, ("b", "B", True)), "one choice, and several right options"
    assert found(both) == [("type", why, ("multi-select",), None, {})]
    assert found(both, EVERY) == [("type", why, ("multi-select",), "multi-select", {"type": "multi_select"})]


@pytest.mark.parametrize("status", ["approved", "rejected"])
@pytest.mark.parametrize(
    ("answers", "why"),
    [
        ('["x","y"]', "not a list of options: Invalid input type."),
        ("oops", "not a list of options: not JSON"),
        ("5", "not a list of options: Not a valid list."),
        ('[{"id":"a","text":"A"}]', "not a list of options: isCorrect: Missing data for required field."),
    ],
)
def test_options_that_no_page_can_show_give_way_to_none(answers, why, status):
    gone = {"answers": "[]", **BACK}
    assert found(answers, (), status=status) == [("answers", why, ("needs-revision",), None, {})]
    assert found(answers, EVERY, status=status) == [("answers", why, ("needs-revision",), "needs-revision", gone)]


def test_plain_options_are_brought_to_their_shape_and_looked_at_again():
    answers, why = '[{"id":1,"text":"A","isCorrect":0}]', "not a list of options: id: Not a valid string."
    shaped = {"answers": '[{"id":"1","text":"A","isCorrect":false}]'}
    assert found(answers, ["json-shape"]) == [
        ("answers", why, ("json-shape", "needs-revision"), "json-shape", shaped),
        ("answers", "not 2 to 26 options", ("needs-revision",), None, {}),
    ]
    assert found(answers, ["needs-revision"])[0][3:] == ("needs-revision", {"answers": "[]", **BACK})


def test_old_table_without_types_and_states_has_their_defaults():
    row = {"id": 1, "text": "Which?", "answers": "[]"}
    (one,) = documents._question(row, (), ANSWERS)
    assert one.why == "not 2 to 26 options"
