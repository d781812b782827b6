"""CSV files as spreadsheets and people make them: columns, rows, cells, and what is refused."""

import pytest

from study_service.banks import csv
from study_service.banks.bank import Bank, Choice, Objective, Problem, Question
from tests.study_service.banks.csv_texts import problem, question, read, refused, right, row

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
