"""CSV as it is written: read again it is the same bank, of every type."""

from dataclasses import replace

import pytest
from hypothesis import given, settings

from study_service.banks import csv
from study_service.banks.bank import Bank, Choice, Exam, Objective, Problem, Question
from tests.study_service.banks import text_banks

A, B = Choice("a", True), Choice("b", False)


def one(kind: str = "multiple_choice", *choices: Choice, text: str = "Which?", **more: object) -> Question:
    return Question(1, None, text, kind, choices or (A, B), **more)


@settings(max_examples=40, deadline=None)
@given(text_banks.banks(text_banks.full()))
def test_any_bank_is_the_same_when_it_is_read_again(bank):
    written = csv.write(bank)
    assert written.losses == []
    again = csv.read(written.data)
    assert again.problems == []
    assert text_banks.bare(again) == text_banks.bare(bank)


def test_the_file_by_its_letters():
    first = one("multiple_choice", Choice("=1+1", True, "-Yes"), Choice("2\n3", False, weight=-0.5), tags=("a;b", "c"))
    second = one("short_answer", Choice("ls", True, case_sensitive=True), text='"x", y', objective="LAN")
    objectives = [Objective("LAN", code="1.1")]
    written = csv.write(Bank([first, replace(second, item=2)], objectives=objectives))
    assert written.losses == []
    assert written.data.decode() == (
        "id,type,objective,objectiveCode,question,option1,option2,correct,explanation,difficulty,tags,reference,link,"
        "image,feedback1,weight2,caseSensitive1\r\n"
        ",multiple_choice,,,Which?,'=1+1,\"2\n3\",A,,3,a\\;b; c,,,,'-Yes,-0.5,\r\n"
        ',short_answer,LAN,1.1,"""x"", y",ls,,A,,3,,,,,,,yes\r\n'
    )
    assert csv.read(written.data).objectives == objectives


def test_every_column_that_states_something_is_there_to_say_nothing():
    (again,) = csv.read(csv.write(Bank([one()])).data).questions
    assert again.states == {"explanation", "reference", "external_link", "difficulty", "tags", "image_url"}


def test_an_empty_bank_is_a_table_without_rows():
    assert csv.read(csv.write(Bank()).data) == Bank()


@pytest.mark.parametrize(
    ("texts", "correct"),
    [(["a", "b"], "A"), (["B", "A"], "1"), (["2", "A", "1"], "option1"), (["A", "b"], "A"), (["1", "2"], "A")],
)
def test_the_key_is_written_so_that_it_cannot_be_misunderstood(texts, correct):
    choices = tuple(Choice(text, place == 0) for place, text in enumerate(texts))
    written = csv.write(Bank([one("multiple_choice", *choices)]))
    head, row = (line.split(",") for line in written.data.decode().splitlines())
    assert dict(zip(head, row, strict=True))["correct"] == correct
    assert csv.read(written.data).questions[0].choices == choices


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@a", "'=1", "''=1", "'a", "''"])
def test_no_cell_begins_like_a_formula(text):
    written = csv.write(Bank([one(text=text, explanation=text, tags=(text,), external_id=text)]))
    assert written.losses == []
    cells = written.data.decode().split("\r\n")[1].split(",")
    assert not [cell for cell in cells if cell[:1] in ("=", "+", "-", "@")]
    (again,) = csv.read(written.data).questions
    assert (again.text, again.explanation, again.tags, again.external_id) == (text, text, (text,), text)


def test_a_tab_or_a_line_end_in_front_is_no_formula_either():
    for sign in "\t\r\n":
        written = csv.write(Bank([one(explanation=f"{sign}=1")]))
        assert f"'{sign}=1".encode() in written.data


@pytest.mark.parametrize(
    ("question", "losses"),
    [
        (one(text=" a\r\nb "), ["spaces or line breaks in its text"]),
        (one(explanation=" x"), ["its explanation"]),
        (one("true_false", Choice("False", True), Choice("True", False)), []),
        (one(tags=("a", " b")), ["its tags"]),
        (one("numeric", Choice("", True, number={"value": "1"})), ["how option 1 is written"]),
        (one("numeric", Choice("one", True, number={"value": "1"}), Choice("any", False)), []),
    ],
)
def test_losses_of_questions_that_are_written(question, losses):
    written = csv.write(Bank([question]))
    assert len(csv.read(written.data).questions) == 1
    assert written.losses == [Problem(1, None, loss) for loss in losses]


MANY = (Choice("B", True), *(Choice(text, False) for text in ("A", "1", "option1")))
MISNAMED = "its options are named like letters, numbers and columns: no cell says which are right"


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        (one(text="a\0"), "there is a NUL character in question"),
        (one("multiple_choice", *MANY), MISNAMED),
        (one("multiple_choice", B, Choice("c", False)), "correct is empty: which option is right?"),
        (one("multiple_choice", *(Choice(str(n), not n) for n in range(27))), "more than 26 options"),
        (one("multiple_choice", A, Choice(" a", False)), "two options have the same text"),
        (one(external_link="javascript:x"), "link is no http or https address of at most 2,000 characters"),
        (one("drag_drop"), "its answers would become others"),
    ],
)  # fmt: skip
def test_questions_that_csv_cannot_carry_are_left_out_with_the_reason(question, reason):
    written = csv.write(Bank([question, replace(one(), item=2)]))
    assert written.losses == [Problem(1, None, f"left out: {reason}")]
    assert len(csv.read(written.data).questions) == 1


def test_of_the_exam_and_of_objectives_only_name_and_code_are_written():
    objectives = [Objective("LAN", code="1"), Objective("WAN", weight=0.5, code="2"), Objective("MAN")]
    written = csv.write(
        Bank([one(objective="LAN"), one(objective="WAN")], exam=Exam("A", "B", "C"), objectives=objectives)
    )
    assert written.losses == [
        Problem(0, None, "the exam's vendor, code and name"),
        Problem(0, None, 'description, weight or code of the objective "WAN"'),
        Problem(0, None, 'the objective "MAN"'),
    ]
