"""Questions of a database from before versions: their options get ids that tell no place, and every answer follows."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from shared_schema.database import LibsqlDatabase
from tests.migrations.study.by_hand import migrate

QUESTIONS = 400


@pytest.fixture
def database(tmp_path: Path) -> Iterator[LibsqlDatabase]:
    opened = LibsqlDatabase(f"file:{tmp_path}/old.db")
    migrate(opened, "shared", 1, 2, 3, 4)
    migrate(opened, "study", 1, 2)
    opened.execute_sql("INSERT INTO users (id, email, name) VALUES (1, 'a@x.example', 'Ada')")
    opened.execute_sql("INSERT INTO exams (id, vendor_id, code, name) VALUES (1, 'v', 'c', 'n')")
    opened.execute_sql("INSERT INTO objectives (id, exam_id, code, name) VALUES (1, 1, 'c', 'n')")
    yield opened
    opened.close()


def question(database: LibsqlDatabase, number: int, answers: Any, kind: str = "multiple_choice") -> None:
    stored = answers if isinstance(answers, str) else json.dumps(answers)
    insert = """
        INSERT INTO questions (id, exam_id, objective_id, text, type, answers, review_status)
        VALUES (?, 1, 1, ?, ?, ?, 'approved')
    """
    database.execute_sql(insert, (number, f"text {number}", kind, stored))


def options(*ids: str) -> list[dict[str, Any]]:
    return [{"id": name, "text": f"option {place}", "isCorrect": place == 0} for place, name in enumerate(ids)]


def answered(database: LibsqlDatabase, number: int, selected: str, attempt: int = 1) -> None:
    insert = """
        INSERT INTO user_answers (user_id, question_id, selected_answer, is_correct, attempt_number)
        VALUES (1, ?, ?, 0, ?)
    """
    database.execute_sql(insert, (number, selected, attempt))


def texts(database: LibsqlDatabase, number: int) -> list[list[str]]:
    """The texts that each answer to the question points to."""
    (stored,) = database.execute_sql("SELECT answers FROM questions WHERE id = ?", (number,)).fetchone()
    by_id = {option["id"]: option["text"] for option in json.loads(stored)}
    selected = database.execute_sql(
        "SELECT selected_answer FROM user_answers WHERE question_id = ? ORDER BY id", (number,)
    ).fetchall()
    lists = [json.loads(text) if text.startswith("[") else [text] for (text,) in selected]
    return [[by_id[name] for name in ids] for ids in lists]


def test_every_answer_still_means_the_option_that_was_chosen(database: LibsqlDatabase) -> None:
    question(database, 1, options("a", "b", "c", "d"))
    question(database, 2, options("x1", "B", "7"), "multi_select")
    for selected in ("a", "b", "d"):
        answered(database, 1, selected, attempt=ord(selected))
    answered(database, 2, '["7","x1"]')
    migrate(database, "study", 4)
    assert texts(database, 1) == [["option 0"], ["option 1"], ["option 3"]]
    assert texts(database, 2) == [["option 2", "option 0"]]
    (stored,) = database.execute_sql("SELECT answers FROM questions WHERE id = 1").fetchone()
    assert [option | {"id": ""} for option in json.loads(stored)] == [
        option | {"id": ""} for option in options("a", "b", "c", "d")
    ]
    assert database.execute_sql("SELECT DISTINCT question_version FROM user_answers").fetchall() == [(1,)]


def test_the_new_ids_tell_no_place(database: LibsqlDatabase) -> None:
    for number in range(1, QUESTIONS + 1):
        question(database, number, options(*"abcd"))
    migrate(database, "study", 4)
    first = [0, 0, 0, 0]
    for (stored,) in database.execute_sql("SELECT answers FROM questions").fetchall():
        ids = [option["id"] for option in json.loads(stored)]
        assert len(set(ids)) == 4
        assert not set(ids) & set("abcd")  # an answer with an old id must never hit another option
        first[sorted(ids).index(ids[0])] += 1
    assert all(0.17 * QUESTIONS <= count <= 0.33 * QUESTIONS for count in first), first


@pytest.mark.parametrize(
    "answers",
    ["no JSON", "{}", '["a"]', '[{"text":"x","isCorrect":true}]', '[{"id":"a"},{"id":"a"}]', "[]", '[{"id":1}]'],
)
def test_what_cannot_be_read_stays_as_it_is(database: LibsqlDatabase, answers: str) -> None:
    question(database, 1, answers)
    answered(database, 1, "a")
    answered(database, 1, "[a", attempt=2)
    migrate(database, "study", 4)
    assert database.execute_sql("SELECT answers FROM questions").fetchall() == [(answers,)]
    assert database.execute_sql("SELECT answers FROM question_versions").fetchall() == [(answers,)]
    assert database.execute_sql("SELECT selected_answer FROM user_answers ORDER BY id").fetchall() == [("a",), ("[a",)]


def test_each_question_has_its_first_version_and_each_session_the_versions_it_was_given(
    database: LibsqlDatabase,
) -> None:
    question(database, 1, options("a", "b"))
    question(database, 2, options("a", "b"))
    database.execute_sql(
        "UPDATE questions SET review_status = 'rejected', tags = '[\"x\"]', difficulty = 5 WHERE id = 2"
    )
    database.execute_sql("INSERT INTO study_sessions (id, user_id, exam_id, question_ids) VALUES (1, 1, 1, '[2,1]')")
    database.execute_sql("INSERT INTO study_sessions (id, user_id, exam_id, question_ids) VALUES (2, 1, 1, 'no')")
    migrate(database, "study", 4)
    same = """
        SELECT count(*) FROM questions q JOIN question_versions v ON v.question_id = q.id AND v.version = q.version
        WHERE q.version = 1 AND v.text = q.text AND v.type = q.type AND v.answers = q.answers AND v.tags = q.tags
            AND v.difficulty = q.difficulty AND v.review_status = q.review_status AND v.created_at = q.created_at
            AND v.objective_id = q.objective_id
    """
    assert database.execute_sql(same).fetchall() == [(2,)]
    assert database.execute_sql("SELECT count(*) FROM question_versions").fetchall() == [(2,)]
    assert database.execute_sql("SELECT question_versions FROM study_sessions ORDER BY id").fetchall() == [
        ("[1,1]",),
        ("[]",),
    ]


def test_it_can_be_taken_back_and_made_again(database: LibsqlDatabase) -> None:
    question(database, 1, options("a", "b"))
    answered(database, 1, "b")
    migrate(database, "study", 4)
    migrate(database, "study", 4, step="rollback")
    assert texts(database, 1) == [["option 1"]]
    migrate(database, "study", 4)
    assert texts(database, 1) == [["option 1"]]
