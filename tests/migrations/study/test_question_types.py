"""New types of questions: the tables take them, nothing is lost, and what nobody could answer goes back."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import peewee
import pytest

from shared_schema.database import LibsqlDatabase
from tests.migrations.study.by_hand import migrate

KINDS = ("multiple_choice", "multi_select", "true_false", "drag_drop", "hotspot")
ORDER = [
    {"id": "a", "text": "a", "isCorrect": True, "place": 1},
    {"id": "b", "text": "b", "isCorrect": True, "place": 2},
]
PLAIN = [{"id": "a", "text": "a", "isCorrect": True}, {"id": "b", "text": "b", "isCorrect": False}]


@pytest.fixture
def database(tmp_path: Path) -> Iterator[LibsqlDatabase]:
    """A database with an answered question of each type, and one more of `drag_drop` that says its order."""
    opened = LibsqlDatabase(f"file:{tmp_path}/old.db")
    migrate(opened, "shared", 1, 2, 3, 4)
    migrate(opened, "study", 1, 2)
    opened.execute_sql("INSERT INTO users (id, email, name) VALUES (1, 'a@x.example', 'Ada')")
    for exam, available in ((1, 6), (2, 9)):
        opened.execute_sql(
            "INSERT INTO exams (id, vendor_id, code, name, questions_available) VALUES (?, 'v', ?, 'n', ?)",
            (exam, str(exam), available),
        )
    opened.execute_sql("INSERT INTO objectives (id, exam_id, code, name) VALUES (1, 1, 'c', 'n')")
    for number, (kind, answers) in enumerate([*((kind, PLAIN) for kind in KINDS), ("drag_drop", ORDER)], 1):
        opened.execute_sql(
            "INSERT INTO questions (id, exam_id, objective_id, text, type, answers, review_status, total_attempts)"
            " VALUES (?, 1, 1, ?, ?, ?, 'approved', 7)",
            (number, f"text {number}", kind, json.dumps(answers)),
        )
        opened.execute_sql(
            "INSERT INTO user_answers (user_id, question_id, selected_answer, is_correct) VALUES (1, ?, 'a', 1)",
            (number,),
        )
    yield opened
    opened.close()


def everything(database: LibsqlDatabase) -> dict[str, Any]:
    tables = ("questions", "user_answers", "objectives")
    return {table: database.execute_sql(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall() for table in tables}


def run(database: LibsqlDatabase, step: str = "migrate") -> None:
    """As the tool does it: foreign keys are off while a table is rebuilt."""
    database.execute_sql("PRAGMA foreign_keys = 0")
    migrate(database, "study", 3, step=step)
    database.execute_sql("PRAGMA foreign_keys = 1")
    assert database.execute_sql("PRAGMA foreign_key_check").fetchall() == []


def test_what_nobody_could_answer_goes_back_and_all_else_stays(database: LibsqlDatabase) -> None:
    before = everything(database)
    run(database)
    states = dict(database.execute_sql("SELECT id, review_status FROM questions").fetchall())
    assert states == {
        1: "approved",
        2: "approved",
        3: "approved",
        4: "needs_revision",
        5: "needs_revision",
        6: "approved",
    }
    available = database.execute_sql("SELECT id, questions_available, grading_rule FROM exams").fetchall()
    assert available == [(1, 4, "all_or_nothing"), (2, 9, "all_or_nothing")]
    database.execute_sql("UPDATE questions SET review_status = 'approved'")
    assert everything(database) == before


def test_the_new_types_are_taken_and_no_others(database: LibsqlDatabase) -> None:
    run(database)
    database.execute_sql("UPDATE questions SET type = 'numeric' WHERE id = 2")
    with pytest.raises(peewee.IntegrityError):
        database.execute_sql("UPDATE questions SET type = 'essay' WHERE id = 2")


def test_the_way_back_is_open_until_a_new_type_is_there(database: LibsqlDatabase) -> None:
    run(database)
    kept = everything(database)
    run(database, "rollback")
    assert everything(database) == kept
    run(database)
    database.execute_sql("UPDATE questions SET type = 'short_answer' WHERE id = 2")
    with pytest.raises(peewee.IntegrityError), database.atomic():
        run(database, "rollback")
