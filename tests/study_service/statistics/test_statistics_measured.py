"""When an exam is measured, by whom, at what cost, and what happens meanwhile."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase, Statement
from shared_schema.database.settings import Settings
from study_service.statistics import __main__ as command
from study_service.statistics import facts, measuring, standing
from tests.study_service.conftest import meanwhile, rows
from tests.study_service.statistics.conftest import Answers
from tests.study_service.test_rows_read import fill, rows_read

__all__ = ["rows_read"]  # the fixture

Look = Callable[..., dict[int, dict[str, Any]]]
Short = Callable[[int], list[int]]
PATH = "/api/analytics/questions?examId=1"


@pytest.fixture
def run(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """What the command prints."""
    monkeypatch.setenv("TURSO_DATABASE_URL", settings.url)
    monkeypatch.setenv("TURSO_AUTH_TOKEN", settings.token or "")

    def go(*arguments: str, code: int = 0) -> str:
        result = CliRunner().invoke(command.main, arguments)
        assert result.exit_code == code, result.output
        return result.output

    return go


def test_a_large_exam_is_measured_by_the_command_alone(
    mo: FlaskClient,
    short: Short,
    answers: Answers,
    look: Look,
    run: Callable[..., str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(standing, "SMALL", 5)
    monkeypatch.setattr(standing, "_SIZE", standing._SIZE.replace("10001", "6"))
    one, two = short(2)
    answers([one, two], [[1, 0]] * 3)
    unmeasured = mo.get("/api/analytics/exams/1").json
    assert look() == {}
    assert (unmeasured["measuredAt"], unmeasured["answers"], unmeasured["upToDate"]) == (None, None, False)
    assert run("1") == "exam 1: 6 answers\n"
    assert look()[one]["attempts"] == 3
    assert mo.get(PATH).json["upToDate"] is True

    answers([one, two], [[1, 0]])
    assert look()[one]["attempts"] == 3
    exam = mo.get("/api/analytics/exams/1").json
    assert (exam["upToDate"], exam["answers"], exam["firstAnswers"]) == (False, 8, 6)
    run("--all")
    assert look()[one]["attempts"] == 4
    answers([one], [[1]])
    for small, attempts in ((8, 4), (9, 5)):  # it has nine answers
        monkeypatch.setattr(standing, "SMALL", small)
        assert look()[one]["attempts"] == attempts


def test_an_exam_of_many_questions_is_large_too(
    mo: FlaskClient, bank: dict[str, Any], look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(standing, "SMALL", 13)
    assert mo.get(PATH).json["questions"] == []
    monkeypatch.setattr(standing, "SMALL", 14)
    assert len(look()) == 14


@pytest.mark.parametrize("arguments", [(), ("1", "--all")])
def test_the_command_wants_exams_or_all(run: Callable[..., str], bank: dict[str, Any], arguments: tuple[str]) -> None:
    assert "name exams by their ids, or say --all" in run(*arguments, code=2)


def test_the_command_knows_no_such_exam(run: Callable[..., str], bank: dict[str, Any]) -> None:
    assert "there is no exam 9" in run("9", code=1)


@pytest.mark.only("file", "server")  # a replica is asked in vain for what was just written
def test_a_fresh_look_is_two_reads_and_a_stale_one_measures(
    mo: FlaskClient, short: Short, answers: Answers, count_queries: Any
) -> None:
    questions = short(2)
    mo.get(PATH)
    with count_queries() as statements:
        mo.get(PATH)
    assert len(statements) == 2  # the exam, the page
    answers(questions, [[1, 0]])
    with count_queries() as statements:
        mo.get(PATH)
    # the exam; that it is there; its counters, its questions; what they ask, the answers; that nobody was faster, the
    # questions, the gone, the unanswered, the older column, the exam; the exam, the page
    assert len(statements) == 1 + 1 + 2 + 2 + 1 + 5 + 2


def plan(database: LibsqlDatabase, statement: str) -> list[str]:
    values = dict.fromkeys(re.findall(r":(\w+)", statement), 1)
    return [
        row["detail"]
        for row in database.fetch([Statement(f"EXPLAIN QUERY PLAN {statement}", values)], fresh=True)[0].rows
    ]


def test_a_page_is_a_range_of_an_index(
    mo: FlaskClient, short: Short, answers: Answers, count_queries: Any, database: LibsqlDatabase
) -> None:
    short(5)
    page = mo.get(f"{PATH}&limit=2").json
    for order, index in (("hardest", "exam_id_hardness_question_id_version"), ("miskeyed", "by_trust")):
        with count_queries() as statements:
            mo.get(f"{PATH}&limit=2&order={order}&after={page['next']}")
        steps = plan(database, statements[-1])
        assert steps[0].startswith(f"SEARCH s USING INDEX question_statistics_{index} (exam_id=? AND ("), steps
        assert not [step for step in steps if step.startswith(("SCAN", "USE TEMP"))], steps
    with count_queries() as statements:
        mo.get(f"/api/analytics/exams/1?after={page['next']}")
    steps = plan(database, statements[-1])
    assert steps[0].startswith("SEARCH s USING INDEX question_statistics_exam_id_hardness"), steps
    assert not [step for step in steps if step.startswith(("SCAN", "USE TEMP"))], steps


def test_first_answers_are_a_range_of_an_index(bank: dict[str, Any], database: LibsqlDatabase) -> None:
    assert plan(database, facts._OF_ONE) == [
        "SEARCH a USING INDEX user_answers_by_question (question_id=? AND (user_id,question_version)>(?,?))"
    ]
    steps = plan(database, facts._OF_SEVERAL)
    assert steps[1] == "SEARCH a USING INDEX user_answers_by_question (question_id=?)", steps


@pytest.mark.only("server")
def test_the_cost_of_a_look_does_not_grow(
    mo: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase, rows_read: Any, run: Callable[..., str]
) -> None:
    fill(database, 20_000, 30_000)
    assert rows_read(lambda: mo.get(PATH)) <= 2 * 10_001 * 3 + 10  # never measured, and large: both counts end
    run("1")
    for query in ("", "&order=miskeyed"):
        assert 20 < rows_read(lambda query=query: mo.get(PATH + query)) <= 20 * 5 + 5
    assert 100 < rows_read(lambda: mo.get("/api/analytics/exams/1")) <= 100 * 2 + 5


def test_answers_that_come_while_it_is_measured_are_in_the_next_look(
    short: Short, answers: Answers, look: Look, database: LibsqlDatabase, settings: Settings
) -> None:
    one, _ = short(2)
    answers([one], [[1]])
    change = "INSERT INTO user_answers (user_id, question_id, selected_answer, is_correct) VALUES (1, ?, 'x', 0)"
    with meanwhile(database, settings, "min(a.id)", change, one):
        assert look()[one]["attempts"] == 1
    (counted,) = rows(database, "SELECT answers, changes - measured_changes AS behind FROM exam_statistics")
    assert counted["answers"] == 2
    assert look()[one]["attempts"] == 2


def test_older_results_do_not_replace_newer_ones(
    short: Short, answers: Answers, look: Look, database: LibsqlDatabase
) -> None:
    one, _ = short(2)
    answers([one], [[1]])
    look()
    old = facts.read(1)
    answers([one], [[0]])
    assert look()[one]["attempts"] == 2
    with pytest.raises(measuring.Newer):
        database.batch(next(measuring._batches(1, old, 1)))
    assert look()[one]["attempts"] == 2


def test_learners_who_are_gone_are_gone_from_the_statistics(
    short: Short, answers: Answers, look: Look, database: LibsqlDatabase
) -> None:
    one, two = short(2)
    answers([one], [[1]], first=100)
    answers([two], [[1]], first=101)
    assert look()[one]["attempts"] == 1
    database.execute_sql("DELETE FROM users WHERE id = 100")
    database.execute_sql("UPDATE question_statistics SET measured_at = 1")
    answers([two], [[0]], first=102)
    listed = look()
    assert (listed[one]["attempts"], listed[one]["discriminationReason"]) == (0, "no answers")
    assert listed[two]["attempts"] == 2


@pytest.mark.parametrize("page", [2, 10])
def test_pages_of_facts_are_put_together(
    short: Short, answers: Answers, look: Look, database: LibsqlDatabase, monkeypatch: pytest.MonkeyPatch, page: int
) -> None:
    questions = short(3)
    answers(questions, [[1, 0, 1], [0, 1, 1], [1, 1, 0], [0, 0, 0], [1, None, 0]])
    before = look()
    monkeypatch.setattr(facts, "_PAGE", page)
    monkeypatch.setattr(facts, "_QUESTIONS", 2)
    monkeypatch.setattr(measuring, "_ROWS", 1)
    monkeypatch.setattr(measuring, "_STATEMENTS", 2)
    database.execute_sql("UPDATE exam_statistics SET measured_changes = -1")
    assert [{**row, "measuredAt": 0} for row in look().values()] == [
        {**row, "measuredAt": 0} for row in before.values()
    ]


def test_the_first_answer_is_the_one_that_came_first(
    short: Short, answers: Answers, look: Look, database: LibsqlDatabase
) -> None:
    (one,) = short(1)
    answers([one], [[0]], first=100)
    answers([one], [[1]], first=100)
    database.execute_sql("UPDATE user_answers SET answered_at = 2 - attempt_number")
    assert look()[one]["successRate"] == 0


def test_an_exam_without_answers_costs_its_answers_no_write(
    alice: FlaskClient, short: Short, answers: Answers, database: LibsqlDatabase
) -> None:
    answers(short(1), [[1]])
    assert rows(database, "SELECT * FROM exam_statistics") == []


@pytest.mark.only("file")
def test_what_was_measured_last_stands_while_nobody_can_write(
    mo: FlaskClient, short: Short, answers: Answers, look: Look, database: LibsqlDatabase, tmp_path: Path
) -> None:
    one, _ = short(2)
    answers([one], [[1]])
    look()
    answers([one], [[0]])
    database.timeout = 0.1
    other = LibsqlDatabase(database.settings)
    with other.atomic():
        other.execute_sql("UPDATE users SET name = name WHERE id = 1")
        page = mo.get(PATH)
    other.close()
    assert page.status_code == 200
    assert page.json["upToDate"] is False
    assert {row["id"]: row["attempts"] for row in page.json["questions"]}[one] == 1


def test_retired_questions_are_not_listed(short: Short, answers: Answers, look: Look, database: LibsqlDatabase) -> None:
    one, two = short(2)
    answers([one, two], [[1, 0]])
    database.execute_sql("UPDATE questions SET is_active = 0 WHERE id = ?", (one,))
    assert list(look()) == [two]


def test_other_exams_are_left_alone(
    bank: dict[str, Any], other_exam: list[dict[str, Any]], answers: Answers, look: Look, database: LibsqlDatabase
) -> None:
    here, there = next(iter(bank.values()))["id"], other_exam[0]["id"]
    answers([here, there], [[1, 0], [1, 1]])
    assert look(1)[here]["attempts"] == 2
    assert look(1)[here]["discriminationReason"] == "no variance"
    assert there not in look(1)
    assert look(2)[there]["discriminationReason"] == "no learner answered enough other questions"
