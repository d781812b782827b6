"""CSV files as spreadsheets and people make them: what is read, and what is refused."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from study_service.banks import csv
from study_service.banks.bank import Bank, Choice, Objective, Problem, Question


def read(text: str) -> Bank:
    return csv.read(text.encode())


def question(text: str) -> Question:
    bank = read(text)
    assert bank.problems == []
    (only,) = bank.questions
    return only


def row(**cells: str) -> str:
    """A file of one question: two options, the first is right, unless the cells say otherwise."""
    cells = {"question": "Which?", "option1": "a", "option2": "b", "correct": "A"} | cells
    return "\t".join(cells) + "\n" + "\t".join(cells.values()) + "\n"


def problem(text: str) -> str:
    bank = read(text)
    assert bank.questions == []
    (only,) = bank.problems
    assert (only.item, only.line) == (1, 2)
    return only.message


def refused(data: bytes) -> tuple[int | None, str]:
    """The one problem of the whole file."""
    bank = csv.read(data)
    assert (bank.questions, [problem.item for problem in bank.problems]) == ([], [0])
    return bank.problems[0].line, bank.problems[0].message


def right(text: str) -> list[str]:
    return [choice.text for choice in question(text).choices if choice.is_correct]


MINIMAL = 'question,option1,option2,correct\nWhich layer?,Network,Data link,A\nWhich two?,80,443,"A,B"\n'
EXPECTED = Bank(
    [
        Question(1, 2, "Which layer?", "multiple_choice", (Choice("Network", True), Choice("Data link", False))),
        Question(2, 3, "Which two?", "multi_select", (Choice("80", True), Choice("443", True))),
    ]
)


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_few_columns_are_enough(separator, newline, mark):
    text = MINIMAL.replace(",", separator).replace(f"A{separator}B", "A,B").replace("\n", newline)
    assert read(mark + text) == EXPECTED


def test_utf16_with_a_mark_is_read():
    assert csv.read(MINIMAL.replace(",", "\t").replace("A\tB", "A,B").encode("utf-16")) == EXPECTED


def test_columns_stand_in_any_order_and_are_known_in_other_spellings():
    asked = question("Correct,Option_2, option 1 ,QUESTION,Objective code,objective,\nB,b,a,Which?,1.1,LAN,\n")
    assert (asked.text, asked.objective) == ("Which?", "LAN")
    assert [choice.text for choice in asked.choices if choice.is_correct] == ["b"]


def test_a_row_with_everything():
    head = "id,type,objective,objectiveCode,question,option1,option2,correct,explanation,difficulty,tags,reference,link"
    more = "image,feedback1,weight2,fixed1,fixed2,name2"
    cells = 'x1,Multiple-Choice,LAN,1.1,Which?,a,b,a,Since.,4,"lan; a\\;b;;lan",RFC 1,https://a.example'
    bank = read(f"{head},{more}\n{cells},http://b.example/c.png,Yes.,-0.5,no,YES,o2\n")
    assert bank.problems == []
    assert bank.objectives == [Objective("LAN", code="1.1")]
    assert bank.questions == [
        Question(
            item=1,
            line=2,
            text="Which?",
            type="multiple_choice",
            choices=(
                Choice("a", True, "Yes.", fixed=False),
                Choice("b", False, weight=-0.5, fixed=True, name="o2"),
            ),
            objective="LAN",
            explanation="Since.",
            reference="RFC 1",
            external_link="https://a.example",
            difficulty=4,
            tags=("lan", "a;b"),
            image_url="http://b.example/c.png",
            external_id="x1",
            states=frozenset({"explanation", "reference", "external_link", "difficulty", "tags", "image_url"}),
        )
    ]


def test_an_empty_cell_says_that_there_is_nothing_but_of_difficulty():
    asked = question(row(explanation="", tags="", difficulty="", link=""))
    assert asked.states == {"explanation", "tags", "external_link"}
    assert (asked.explanation, asked.tags, asked.difficulty, asked.external_link) == (None, (), 3, None)
    assert question(row()).states == frozenset()


def test_quoted_cells_have_line_breaks_and_lines_are_counted():
    text = 'question,option1,option2,correct\r\n"Given\r\n\r\n""x""?",a,b,A\r\n,,,\r\n\r\nB?,a,b,\r\n'
    bank = read(text)
    assert [(q.item, q.line, q.text) for q in bank.questions] == [(1, 2, 'Given\n\n"x"?')]
    assert bank.problems == [Problem(2, 7, "correct is empty: which option is right?")]


def test_cells_that_a_spreadsheet_would_run():
    asked = question(row(question="'=1+1", option1="'''@x", option2="'x", explanation="-y", reference="''", id="'-1"))
    assert (asked.text, asked.explanation, asked.reference, asked.external_id) == ("=1+1", "-y", "''", "-1")
    assert [choice.text for choice in asked.choices] == ["''@x", "'x"]


def test_rows_may_end_early_or_with_empty_cells():
    assert right("question,option1,option2,correct,tags\nWhich?,a,b,A\n") == ["a"]
    assert right("question,option1,option2,correct\nWhich?,a,b,A,, ,\n") == ["a"]


@pytest.mark.parametrize(
    ("data", "line", "message"),
    [
        (b"", None, "the first row does not name the columns: there is no column question"),
        (b"\n\nWhich?,a,b,A\n", 3, 'unknown column(s) "Which?", "a", "b", "A"; known are id, type, objective'),
        (b"question,answer,option27,option0,x y,z,w\n", 1, 'unknown column(s) "answer", "option27", "option0", "x y"'),
        (b"option1,option2,correct\n", 1, "the first row does not name the columns: there is no column question"),
        (b"question;option1;Option 1;tags;tags\n", 1, 'column(s) "option1", "tags" are there twice'),
        (b'question,correct\n\na,A\n"b\n,c', 4, "the quotes of this row are not those of CSV: unexpected end of data"),
        (b'question,correct\n"a"b,A\n', 2, "the quotes of this row are not those of CSV: ',' expected after '\"'"),
        (b"question,correct\na\n\x93b\x94,A\n", 3, "the file is not UTF-8: byte 0x93 at offset 19"),
        (b"\xff\xfeq", None, "the file begins like UTF-16, but is not: bytes at offset 2"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_table_of_questions(data, line, message):
    where, why = refused(data)
    assert where == line
    assert why.startswith(message)


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


@pytest.mark.parametrize(
    "file",
    ["question,option1,option2,correct\nWhich?,a,b,A,x\n", "question,option1,option2,correct,\nWhich?,a,b,A,x\n"],
)
def test_cells_outside_of_the_columns_are_no_part_of_a_question(file):
    assert problem(file).startswith("it has more cells than the ")


def test_limits_themselves_are_allowed():
    asked = question(row(question="w" * 10_000, option2="b" * 2_000, id="i" * 200, explanation="e" * 10_000))
    assert (len(asked.text), len(asked.choices[1].text), len(asked.external_id)) == (10_000, 2_000, 200)
    options = {f"option{number}": str(number * 100) for number in range(1, 27)}
    assert right(row(**options, correct="Z")) == ["2600"]


def test_an_objective_has_one_code_and_a_code_one_objective():
    head = "question,option1,option2,correct,objective,objectiveCode\n"
    rows = ["LAN,1", "LAN,", "WAN,", "WAN,2", "LAN,2", "MAN,1", ",", "PAN,"]
    bank = read(head + "".join(f"Which {n}?,a,b,A,{cells}\n" for n, cells in enumerate(rows)))
    assert bank.objectives == [Objective("LAN", code="1"), Objective("WAN", code="2")]
    assert [question.objective for question in bank.questions] == ["LAN", "LAN", "WAN", "WAN", None, "PAN"]
    assert bank.problems == [
        Problem(5, 6, 'the objective has the code "2" here and "1" above'),
        Problem(6, 7, 'the code "1" is that of another objective above'),
    ]


def test_a_file_has_so_many_questions_and_objectives_at_most():
    head, bad, message = "question,option1,option2,correct,objective\n", "Which?\n", "more than 10,000 questions"
    assert len(read(head + bad * 10_000).problems) == 10_000
    assert refused((head + bad * 10_001).encode()) == (10_002, f"{message}: import them in several files")
    named = [f"Which?,a,b,A,{number}\n" for number in range(201)]
    assert len(read(head + "".join(named[:200])).questions) == 200
    assert refused((head + "".join(named)).encode()) == (202, "more than 200 objectives: the next is in this row")


csv_like = st.lists(
    st.sampled_from([",", ";", '"', "\n", "\r", "question", "option1", "correct", "A", "1", "'", "=", "\0"])
)
tables = csv_like.map(lambda parts: "question,option1,option2,correct\n" + "".join(parts))


@given(st.one_of(st.binary(), st.text().map(str.encode), csv_like.map("".join).map(str.encode), tables.map(str.encode)))
def test_anything_is_read_and_each_item_told_once(data):
    bank = csv.read(data)
    items = sorted(entry.item for entry in [*bank.questions, *bank.problems])
    assert items in (list(range(1, len(items) + 1)), [0])


@pytest.mark.parametrize(
    "piece", ["a", '"', '""', ",", "\n", '"\n', "'", "\0", ";", "A,", "a,b,c,A\n", '"a\n",b,c,A\n']
)
@pytest.mark.parametrize("start", ["", "question,option1,option2,correct\n", 'question,option1,correct\na,b,"'])
def test_long_file_is_not_read_in_quadratic_time(start, piece):
    data = (start + piece * (500_000 // len(piece))).encode()
    started = time.process_time()
    csv.read(data)
    assert time.process_time() - started < 3
