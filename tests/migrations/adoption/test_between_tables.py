"""What columns say together and rows say of one another: each rule alone, at its edge, and what it makes of the row."""

import shutil

import pytest

from migrations import adoption
from shared_schema.database import LibsqlDatabase
from tests.migrations.adoption import legacy
from tests.migrations.adoption.conftest import rows

OTHER_EXAM = [
    "INSERT INTO exams (id, vendor_id, code, name) VALUES (2, 'acme', 'T-2', 'Other')",
    "INSERT INTO objectives (id, exam_id, code, name) VALUES (5, 2, '1', 'Other'), (6, 2, '2', 'Other too')",
    f"INSERT INTO questions (id, exam_id, objective_id, text, answers) VALUES (9, 2, 6, 'Else?', '{legacy.ANSWERS}')",
]
# What is right at the edge: nothing of it is said.
RIGHT = [
    *OTHER_EXAM,
    "UPDATE questions SET correct_attempts = total_attempts",
    "UPDATE study_sessions SET correct_answers = total_questions",
    "UPDATE user_progress SET total_correct = 6, total_incorrect = 6, unique_questions_seen = 6, tests_passed = 0",
    "UPDATE objectives SET parent_id = 5 WHERE id = 6",
    "UPDATE user_answers SET test_attempt_id = 1, study_session_id = NULL WHERE id = 3",
    'UPDATE user_answers SET selected_answer = \'["a","b"]\' WHERE id = 4',
    "UPDATE user_answers SET selected_answer = '{oops' WHERE id = 5",
    "UPDATE test_attempts SET question_ids = '[2,1,9]'",
    "UPDATE users SET timezone = 'Asia/Calcutta'",
    "UPDATE user_progress SET overall_accuracy = 1",
]
WRONG = [
    ("UPDATE questions SET correct_attempts = 3 WHERE id = 1", "questions.correct_attempts: more than total_attempts"),
    ("UPDATE study_sessions SET correct_answers = 3", "study_sessions.correct_answers: more than total_questions"),
    ("UPDATE user_progress SET total_correct = 7", "user_progress.total_correct: more than total_questions_seen"),
    ("UPDATE user_progress SET total_incorrect = 7", "user_progress.total_incorrect: more than total_questions_seen"),
    (
        "UPDATE user_progress SET unique_questions_seen = 7",
        "user_progress.unique_questions_seen: more than total_questions_seen",
    ),
    ("UPDATE user_progress SET tests_passed = 1", "user_progress.tests_passed: more than tests_taken"),
    ("UPDATE objectives SET parent_id = 1 WHERE id = 6", "objectives.parent_id: of another exam"),
    ("UPDATE questions SET objective_id = 5 WHERE id = 1", "questions.objective_id: of another exam"),
    # Of another person, then of the same person and of another exam.
    (
        "UPDATE user_answers SET user_id = 2, question_id = 3, study_session_id = 1 WHERE id = 6",
        "user_answers.study_session_id: of another person or exam",
    ),
    (
        "UPDATE user_answers SET question_id = 9, study_session_id = 1 WHERE id = 6",
        "user_answers.study_session_id: of another person or exam",
    ),
    (
        "UPDATE user_answers SET user_id = 2, test_attempt_id = 1 WHERE id = 3",
        "user_answers.test_attempt_id: of another person or exam",
    ),
    (
        "UPDATE user_answers SET question_id = 9, test_attempt_id = 1 WHERE id = 3",
        "user_answers.test_attempt_id: of another person or exam",
    ),
    ("UPDATE test_attempts SET question_ids = '[1,99]'", "test_attempts.question_ids: ids that no question has"),
    (
        "UPDATE user_answers SET selected_answer = '[1,\"b\"]' WHERE id = 4",
        "user_answers.selected_answer: begins with [ and is not a JSON list of texts",
    ),
    (
        "UPDATE user_answers SET selected_answer = '[x' WHERE id = 4",
        "user_answers.selected_answer: begins with [ and is not a JSON list of texts",
    ),
    ("UPDATE users SET timezone = 'America' WHERE id = 1", "users.timezone: not a time zone"),
    ("UPDATE users SET timezone = '../UTC' WHERE id = 1", "users.timezone: not a time zone"),
    (
        "UPDATE users SET email = ' BOB@example.com' WHERE id = 1",
        "users.email: another row has the same email, but for capitals",
    ),
]


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """A database file in which everything is right, at its edge."""
    path = tmp_path_factory.mktemp("between") / "old.db"
    database = LibsqlDatabase(f"file:{path}")
    legacy.create(database, "typescript")
    legacy.fill(database, "typescript")
    for sql in RIGHT:
        database.execute_sql(sql)
    database.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    return path


@pytest.fixture
def right(template, tmp_path):
    shutil.copy(template, tmp_path / "old.db")
    database = LibsqlDatabase(f"file:{tmp_path}/old.db")
    yield database
    database.close()


def said(database):
    return [f"{one.table}.{one.column}: {one.reason}" for one in adoption.examine(database).blocked]


def test_what_is_right_is_left_alone(right):
    assert said(right) == []


@pytest.mark.parametrize(("sql", "why"), WRONG)
def test_what_is_wrong_is_said(right, sql, why):
    right.execute_sql(sql)
    assert said(right) == [why]


def test_percentages_beside_fractions_are_said(right):
    right.execute_sql("INSERT INTO user_progress (user_id, exam_id, overall_accuracy) VALUES (2, 1, 0.65), (2, 2, 65)")
    assert said(right) == ["user_progress.overall_accuracy: not between 0 and 1; 1 others are fractions"]
    adoption.adopt(right, ["percent-to-fraction"])
    assert rows(right, "SELECT overall_accuracy FROM user_progress ORDER BY id") == [(1.0,), (0.65,), (0.65,)]


def test_question_of_an_exam_without_objectives_goes_on_blocking(right):
    right.execute_sql("INSERT INTO exams (id, vendor_id, code, name) VALUES (3, 'acme', 'T-3', 'Empty')")
    right.execute_sql("UPDATE questions SET exam_id = 3 WHERE id = 9")
    with pytest.raises(adoption.RowsBlock) as refused:
        adoption.adopt(right, ["own-objective"])
    (blocked,) = refused.value.report.blocked
    assert (blocked.column, blocked.reason, blocked.rows[0].key) == ("objective_id", "of another exam", "9")


def test_lists_of_sessions_are_looked_at_where_there_are_some(right):
    right.execute_sql("ALTER TABLE study_sessions ADD COLUMN question_ids TEXT DEFAULT '[2,99,1]'")
    assert said(right) == ["study_sessions.question_ids: ids that no question has"]
    adoption.adopt(right, ["known-ids"])
    assert rows(right, "SELECT question_ids FROM study_sessions") == [("[2,1]",)]


def test_chosen_list_keeps_its_parts(right):
    right.execute_sql("UPDATE user_answers SET selected_answer = '[1,\"b\"]' WHERE id = 4")
    adoption.adopt(right, ["answer-list"])
    assert rows(right, "SELECT id, selected_answer FROM user_answers WHERE id IN (4, 5)") == [
        (4, '["1","b"]'), (5, "{oops"),
    ]  # fmt: skip


def test_answer_leaves_the_session_of_another_person_before_repeats_are_counted(right):
    """Bob's answer in Alice's session does not push hers out of it."""
    right.execute_sql("UPDATE user_answers SET user_id = 2, study_session_id = 1, answered_at = 1 WHERE id = 3")
    adoption.adopt(right, ["foreign-null"])
    assert rows(right, "SELECT id, study_session_id FROM user_answers WHERE id IN (1, 3)") == [(1, 1), (3, None)]


def test_a_rule_needs_the_columns_that_it_compares(right):
    right.execute_sql("DROP INDEX idx_user_progress_0")
    right.execute_sql("ALTER TABLE user_progress DROP COLUMN tests_taken")
    right.execute_sql("UPDATE user_progress SET tests_passed = 3")
    assert said(right) == []
