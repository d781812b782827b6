"""Item statistics over HTTP."""

import math
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase
from tests.study_service.conftest import answer, rows
from tests.study_service.statistics.conftest import LSAT, Answers, lsat

Look = Callable[..., dict[int, dict[str, Any]]]
Short = Callable[[int], list[int]]
PATTERN = [[1, 1, 1], [1, 1, 0], [1, 0, 1], [1, 0, 0]]


def finite(node: Any) -> bool:
    """Whether no number in a document is NaN or infinite."""
    if isinstance(node, dict | list):
        return all(map(finite, node.values() if isinstance(node, dict) else node))
    return not isinstance(node, float) or math.isfinite(node)


@pytest.mark.parametrize(
    ("marks", "expected", "alpha"),
    [
        (PATTERN, [(None, "no variance"), (0.0, None), (0.0, None)], (0.0, None)),
        ([[1, 1, 1]] * 5, [(None, "no variance")] * 3, (None, "no variance")),
        ([[1, 0, 1]], [(None, "no variance")] * 3, (None, "fewer than two learners")),
        ([[1], [0]], [(None, "no learner answered enough other questions")], (None, "fewer than two questions")),
        ([[1], [1]], [(None, "no variance")], (None, "fewer than two questions")),
        ([], [(None, "no answers")] * 3, (None, "no answers")),
    ],
)
def test_nothing_without_variance_is_a_number(
    mo: FlaskClient,
    short: Short,
    answers: Answers,
    look: Look,
    marks: list[list[int]],
    expected: list[tuple[float | None, str | None]],
    alpha: tuple[float | None, str | None],
) -> None:
    questions = short(len(expected))
    answers(questions, marks)
    listed, exam = look(), mo.get("/api/analytics/exams/1")
    assert exam.status_code == 200
    assert [(listed[id]["discriminationIndex"], listed[id]["discriminationReason"]) for id in questions] == expected
    assert (exam.json["alpha"], exam.json["alphaReason"]) == alpha
    assert finite(listed)
    assert finite(exam.json)
    for parameters in exam.json["parameters"]:
        assert (parameters["a"], parameters["b"]) == (None, None)
        assert parameters["reason"] == "fewer than 200 learners who answered other questions, too"


def test_the_hardest_question_is_first_and_those_without_answers_are_last(
    short: Short, answers: Answers, look: Look
) -> None:
    easy, hard, middling, nobody = short(4)
    answers([easy, hard, middling], [[1, 0, 1], [1, 0, 0], [1, 1, 1]])
    listed = look()
    assert list(listed) == [hard, middling, easy, nobody]
    assert [question["successRate"] for question in listed.values()] == [1 / 3, 2 / 3, 1.0, None]
    assert [question["attempts"] for question in listed.values()] == [3, 3, 3, 0]


@pytest.mark.parametrize("order", ["hardest", "miskeyed"])
def test_pages_have_every_question_once(
    mo: FlaskClient, items: list[int], answers: Answers, look: Look, order: str
) -> None:
    answers(items[:6], [[1, 0, 1, 0, 1, 1], [1, 0, 0, 0, 1, 1]])
    paged, after = [], ""
    while True:
        page = mo.get(f"/api/analytics/questions?examId=1&limit=4&order={order}{after}").json
        paged += [question["id"] for question in page["questions"]]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"
    assert paged == list(look(query=f"&order={order}"))
    assert sorted(paged) == sorted(items)


@pytest.mark.skipif(not LSAT.is_file(), reason="the real files are not beside the project")
def test_the_lsat_gives_the_published_figures(mo: FlaskClient, short: Short, answers: Answers, look: Look) -> None:
    questions = short(5)
    answers(questions, lsat())
    listed, exam = look(), mo.get("/api/analytics/exams/1").json
    assert [round(listed[id]["discriminationIndex"], 4) for id in questions] == [0.1128, 0.1532, 0.1728, 0.1444, 0.1216]
    assert [listed[id]["successRate"] for id in questions] == [0.924, 0.709, 0.553, 0.763, 0.870]
    assert (round(exam["alpha"], 4), exam["alphaItems"], exam["learners"]) == (0.2950, 5, 1000)
    assert (exam["answers"], exam["firstAnswers"], exam["upToDate"]) == (5000, 5000, True)
    parameters = {entry["questionId"]: entry for entry in exam["parameters"]}
    slopes, places = ([parameters[id][name] for id in questions] for name in "ab")
    assert slopes == pytest.approx([0.826, 0.723, 0.891, 0.688, 0.657], abs=0.02)
    assert places == pytest.approx([-3.359, -1.370, -0.280, -1.866, -3.126], abs=0.02)
    assert {entry["learners"] for entry in exam["parameters"]} == {1000}


def test_a_learner_counts_once_however_often_she_repeats(
    alice: FlaskClient, bob: FlaskClient, short: Short, look: Look, database: LibsqlDatabase
) -> None:
    (question,) = short(1)
    right, wrong = options(database, question)
    for selected in (wrong, right, right):
        answer(alice, question, selected)
    answer(bob, question, right)
    figures = look()[question]
    assert (figures["attempts"], figures["successRate"]) == (2, 0.5)
    assert {option["id"]: option["count"] for option in figures["options"]}[wrong] == 1


def options(database: LibsqlDatabase, question: int) -> tuple[str, str]:
    """A right and a wrong option."""
    listed = rows(
        database,
        "SELECT o.value->>'id' AS id FROM questions q, json_each(q.answers) o WHERE q.id = ?"
        " ORDER BY o.value->>'isCorrect' DESC",
        question,
    )
    return listed[0]["id"], listed[1]["id"]


def test_each_answer_is_in_the_next_look(
    alice: FlaskClient, short: Short, look: Look, database: LibsqlDatabase
) -> None:
    first, second = short(2)
    assert look()[first]["attempts"] == 0
    answer(alice, first, options(database, first)[0])
    assert (look()[first]["attempts"], look()[second]["attempts"]) == (1, 0)
    answer(alice, second, options(database, second)[0])
    assert look()[second]["attempts"] == 1
    (stored,) = rows(database, "SELECT answers, changes, measured_changes FROM exam_statistics")
    assert stored == {"answers": 2, "changes": 2, "measured_changes": 2}


def test_versions_are_never_mixed(
    mo: FlaskClient, short: Short, answers: Answers, look: Look, database: LibsqlDatabase
) -> None:
    edited, other, third = short(3)
    answers([edited, other, third], PATTERN, first=100)
    before = look()[edited]
    assert mo.get("/api/analytics/exams/1").json["alphaItems"] == 3
    assert (before["version"], before["attempts"], before["successRate"]) == (1, 4, 1.0)

    database.execute_sql("UPDATE questions SET version = 2, text = 'Better' WHERE id = ?", (edited,))
    now = look()[edited]
    assert (now["version"], now["attempts"], now["successRate"], now["text"]) == (2, 0, None, "Better")
    assert now["discriminationReason"] == "no answers"
    assert mo.get("/api/analytics/exams/1").json["alphaItems"] == 2  # the exam as it is given now

    answers([edited, other, third], [[0, None, None], [1, None, None]], version=2, first=100)
    now = look()[edited]
    assert (now["version"], now["attempts"], now["successRate"]) == (2, 2, 0.5)
    every = mo.get("/api/analytics/questions?examId=1&versions=all").json["questions"]
    old = {question["version"]: question for question in every if question["id"] == edited}
    assert {version: (figures["attempts"], figures["current"]) for version, figures in old.items()} == {
        1: (4, False),
        2: (2, True),
    }
    assert old[1] == before | {"current": False, "measuredAt": old[1]["measuredAt"]}
    parameters = mo.get("/api/analytics/exams/1").json["parameters"]
    assert sorted((entry["questionId"], entry["version"]) for entry in parameters) == [
        (edited, 1),
        (edited, 2),
        (other, 1),
        (third, 1),
    ]


def test_times_are_a_mean_and_a_median(short: Short, answers: Answers, look: Look) -> None:
    one, two = short(2)
    for seconds in (10, 20, 90, None):
        answers([one, two], [[1, 0]], seconds=[seconds, None])
    assert (look()[one]["avgTimeSeconds"], look()[one]["medianTimeSeconds"]) == (40.0, 20.0)
    assert (look()[two]["avgTimeSeconds"], look()[two]["medianTimeSeconds"]) == (None, None)


def test_the_older_column_of_the_question_has_the_index_too(
    short: Short, answers: Answers, look: Look, database: LibsqlDatabase
) -> None:
    questions = short(3)
    answers(questions, [[1, 1, 1], [1, 1, 0], [0, 0, 1], [0, 0, 0]])
    listed = look()
    stored = rows(database, "SELECT id, discrimination_index FROM questions ORDER BY id")
    assert {row["id"]: row["discrimination_index"] for row in stored} == {
        id: listed[id]["discriminationIndex"] for id in questions
    }
    # item 1 with the sums of the others: 2, 1, 1, 0
    assert listed[questions[0]]["discriminationIndex"] == pytest.approx(0.7071, abs=1e-4)
    # A new version has none yet, although the earlier one keeps its own.
    database.execute_sql("UPDATE questions SET version = 2 WHERE id = ?", (questions[0],))
    look()
    assert rows(database, "SELECT discrimination_index AS d FROM questions WHERE id = ?", questions[0]) == [{"d": None}]


@pytest.mark.parametrize("path", ["/api/analytics/questions?examId=1", "/api/analytics/exams/1"])
def test_learners_see_no_statistics(alice: FlaskClient, bank: dict[str, Any], path: str) -> None:
    assert alice.get(path).status_code == 403


@pytest.mark.parametrize("path", ["/api/analytics/questions?examId=9", "/api/analytics/exams/9"])
def test_an_exam_that_is_not_there(mo: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase, path: str) -> None:
    assert mo.get(path).status_code == 404
    assert rows(database, "SELECT * FROM exam_statistics") == []


@pytest.mark.parametrize("query", ["", "examId=1&after=x", "examId=1&after=1", "examId=1&order=x", "examId=1&limit=0"])
def test_bad_queries(mo: FlaskClient, bank: dict[str, Any], query: str) -> None:
    assert mo.get(f"/api/analytics/questions?{query}").status_code == 422
