"""What progress costs does not grow: the plans of the reads and of the steps that count an answer."""

import datetime as dt
from typing import Any

import pytest
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase, Statement
from study_service import exam_progress, mastery, progress, study_days
from study_service.answered import Answered
from study_service.grading import Grade
from tests.study_service.conftest import rows

pytestmark = pytest.mark.only("file")


def plan(database: LibsqlDatabase, statement: Statement) -> list[str]:
    explained = Statement(f"EXPLAIN QUERY PLAN {statement.sql}", statement.parameters)
    return [step["detail"] for step in database.fetch([explained])[0].rows]


@pytest.fixture
def answer(bank: dict[str, Any]) -> Answered:
    question: Any = {"id": 1, "exam_id": 1, "objective_id": 1, "version": 1, "type": "multiple_choice"}
    return Answered(1, question, Grade(True, 1.0, ["a"]), 10, 0, dt.date(2026, 3, 1))


def test_an_answer_is_counted_by_keys_alone(database: LibsqlDatabase, answer: Answered) -> None:
    steps = [plan(database, statement) for statement in progress.count([answer])]
    _, _, counted, _, streak = steps
    assert {step.removesuffix(" LEFT-JOIN") for step in counted if step.startswith("SEARCH ")} == {
        "SEARCH user_answers USING COVERING INDEX user_answers_by_question (question_id=? AND user_id=?)",
        "SEARCH user_progress USING INDEX user_progress_user_id_exam_id (user_id=? AND exam_id=?)",
        "SEARCH m USING PRIMARY KEY (user_id=? AND objective_id=?)",
        "SEARCH users USING INTEGER PRIMARY KEY (rowid=?)",
    }
    own = {"SCAN r", "SCAN g", "SCAN j VIRTUAL TABLE INDEX 1:", "SCAN json_each VIRTUAL TABLE INDEX 1:"}
    scanned = {step for plan in steps for step in plan if step.startswith("SCAN ")}
    assert {step for step in scanned if "subquery" not in step} <= own
    assert "SEARCH study_days USING PRIMARY KEY (user_id=? AND exam_id=? AND day=?)" in streak


def test_what_a_learner_sees_is_read_by_keys_alone(database: LibsqlDatabase, bank: dict[str, Any]) -> None:
    assert plan(database, mastery.read(1, 1)) == [
        "SEARCH o USING INDEX objectives_exam_id_code (exam_id=?)",
        "SEARCH m USING PRIMARY KEY (user_id=? AND objective_id=?)",
    ]
    assert plan(database, Statement(exam_progress._ASKABLE, (1,))) == [
        "SEARCH o USING INDEX objectives_exam_id_code (exam_id=?)",
        "CORRELATED SCALAR SUBQUERY 1",
        "SEARCH q USING COVERING INDEX questions_walked_by_objective (objective_id=?)",
    ]


def test_the_rows_read_for_an_answer_are_few_and_for_a_full_day_those_of_the_days(
    alice: FlaskClient, database: LibsqlDatabase, answer: Answered
) -> None:
    """Ten years of days: the answer that fills a day walks them, the others do not."""
    days = [(dt.date(2016, 1, 1) + dt.timedelta(days=n)).isoformat() for n in range(3650)]
    filled = "INSERT INTO study_days (user_id, exam_id, day, answered) SELECT 1, 1, value, 5 FROM json_each(?)"
    database.batch([Statement(filled, (str(days).replace("'", '"'),))])
    database.batch([Statement("INSERT INTO user_progress (user_id, exam_id) VALUES (1, 1)")])
    counts = []
    for _ in range(6):
        results = database.batch([*progress.count([answer])])
        counts.append(results[-1].count)
    assert counts == [0, 0, 0, 0, 1, 0]  # whether the streak was counted
    assert rows(database, "SELECT study_days_count FROM user_progress") == [{"study_days_count": 1}]


def test_a_streak_of_ten_years_is_counted_in_one_walk(database: LibsqlDatabase, answer: Answered) -> None:
    steps = plan(database, study_days.count([answer])[1])
    assert "SEARCH d USING PRIMARY KEY (user_id=? AND exam_id=?)" in steps
