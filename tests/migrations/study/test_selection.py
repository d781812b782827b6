"""What is there when selection by tags and mistakes comes: tags of questions that may be asked, the latest mistakes."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from shared_schema.database import LibsqlDatabase
from shared_schema.releases import streams
from tests.migrations.study.by_hand import migrate

NUMBERS = sorted(int(path.name[:3]) for path in streams.directory("study").glob("[0-9]*.py"))
(OURS,) = (int(path.name[:3]) for path in streams.directory("study").glob("*_ratings_tags_bookmarks.py"))


@pytest.fixture
def database(tmp_path: Path) -> Iterator[LibsqlDatabase]:
    opened = LibsqlDatabase(f"file:{tmp_path}/old.db")
    opened.execute_sql("PRAGMA foreign_keys = OFF")  # as the tool has it: a table is made anew
    migrate(opened, "shared", *sorted(int(path.name[:3]) for path in streams.directory("shared").glob("[0-9]*.py")))
    migrate(opened, "study", *(number for number in NUMBERS if number < OURS))
    for user in (1, 2):
        opened.execute_sql("INSERT INTO users (id, email, name) VALUES (?, ?, 'x')", (user, f"{user}@x.example"))
    opened.execute_sql("INSERT INTO exams (id, vendor_id, code, name) VALUES (1, 'v', 'c', 'n')")
    opened.execute_sql("INSERT INTO objectives (id, exam_id, code, name) VALUES (1, 1, 'c', 'n')")
    yield opened
    opened.close()


def test_tags_mistakes_and_sessions_come_along(database: LibsqlDatabase) -> None:
    for number, (tags, status) in enumerate(
        [('["a","b","b"]', "approved"), ('["c"]', "pending"), ("broken", "approved"), ("[1]", "approved")], start=1
    ):
        database.execute_sql(
            "INSERT INTO questions (id, exam_id, objective_id, text, answers, tags, review_status)"
            " VALUES (?, 1, 1, 'text', '[]', ?, ?)",
            (number, tags, status),
        )
    given = [(1, 1, 0), (1, 1, 1), (1, 2, 1), (1, 2, 0), (1, 3, 0), (2, 1, 0)]
    for place, (user, question, correct) in enumerate(given, start=1):
        database.execute_sql(
            "INSERT INTO user_answers (id, user_id, question_id, selected_answer, is_correct, attempt_number)"
            " VALUES (?, ?, ?, 'x', ?, ?)",
            (place, user, question, correct, place),
        )
    database.execute_sql(
        "INSERT INTO study_sessions (id, user_id, exam_id, mode, question_ids, question_versions, seed, status)"
        " VALUES (1, 1, 1, 'review', '[1]', '[1]', 7, 'paused')"
    )
    migrate(database, "study", OURS)
    tags = database.execute_sql("SELECT question_id, tag, exam_id, objective_id, difficulty FROM question_tags")
    assert tags.fetchall() == [(1, "a", 1, 1, 3), (1, "b", 1, 1, 3)]
    missed = database.execute_sql("SELECT user_id, question_id, exam_id, answer_id FROM missed ORDER BY 1, 2")
    assert missed.fetchall() == [(1, 2, 1, 4), (1, 3, 1, 5), (2, 1, 1, 6)]
    kept = "SELECT id, user_id, exam_id, mode, question_ids, question_versions, seed, status FROM study_sessions"
    assert database.execute_sql(kept).fetchall() == [(1, 1, 1, "review", "[1]", "[1]", 7, "paused")]
    assert len(database.execute_sql("SELECT id FROM user_answers").fetchall()) == len(given)
    database.execute_sql("UPDATE study_sessions SET mode = 'adaptive', filters = '{}'")
    migrate(database, "study", OURS, step="rollback")
    assert database.execute_sql(kept).fetchall() == [(1, 1, 1, "custom", "[1]", "[1]", 7, "paused")]
