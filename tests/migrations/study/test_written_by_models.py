"""The backfill of study/015: each question's present version gets its prompt version and its confidence."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from shared_schema.database import LibsqlDatabase
from tests.migrations.study.by_hand import migrate

ORIGINS = "SELECT question_id, version, ai_prompt_version, ai_confidence_score FROM question_versions ORDER BY 1, 2"


@pytest.fixture
def database(tmp_path: Path) -> Iterator[LibsqlDatabase]:
    opened = LibsqlDatabase(f"file:{tmp_path}/old.db")
    migrate(opened, "shared", *range(1, 7))
    migrate(opened, "study", *range(1, 15))
    opened.execute_sql("INSERT INTO exams (id, vendor_id, code, name) VALUES (1, 'v', 'c', 'n')")
    opened.execute_sql("INSERT INTO objectives (id, exam_id, code, name) VALUES (1, 1, 'c', 'n')")
    yield opened
    opened.close()


def test_present_versions_get_what_their_question_knows(database: LibsqlDatabase) -> None:
    database.execute_sql(
        "INSERT INTO questions (id, exam_id, objective_id, text, answers, updated_at, ai_prompt_version,"
        " ai_confidence_score)"
        " VALUES (1, 1, 1, 'by people', '[]', 5, NULL, NULL), (2, 1, 1, 'one', '[]', 5, 'p-1', 0.25),"
        " (3, 1, 1, 'sure', '[]', 5, NULL, 0.75)"
    )
    database.execute_sql("UPDATE questions SET version = 2, text = 'two', ai_prompt_version = 'p-2' WHERE id = 2")
    migrate(database, "study", 15)
    assert database.execute_sql(ORIGINS).fetchall() == [
        (1, 1, None, None),
        (2, 1, None, None),
        (2, 2, "p-2", 0.25),
        (3, 1, None, 0.75),
    ]
    assert database.execute_sql("SELECT updated_at FROM questions").fetchall() == [(5,)] * 3
