"""The table of tags is kept by triggers: the tags of questions that may be asked, whoever writes the questions."""

import json
from typing import Any

import pytest

from shared_schema.database import LibsqlDatabase
from tests.study_service.conftest import rows

KEPT = "SELECT question_id, tag, exam_id, objective_id, difficulty, shuffle_key FROM question_tags ORDER BY 1, 2"
WANTED = """
    SELECT DISTINCT q.id AS question_id, t.value AS tag, q.exam_id, q.objective_id, q.difficulty, q.shuffle_key
    FROM questions q, json_each(CASE WHEN json_valid(q.tags) THEN q.tags ELSE '[]' END) t
    WHERE t.type = 'text' AND q.review_status = 'approved' AND q.is_active = 1 ORDER BY 1, 2
"""


@pytest.mark.parametrize(
    ("change", "count"),
    [
        ('tags = \'["b", "c", "c"]\'', 2),
        ("tags = '[]'", 0),
        ("tags = 'none'", 0),
        ("tags = '[1, null, \"a\"]'", 1),
        ("tags = '\"a\"'", 1),
        ("difficulty = 5", 2),
        ("objective_id = (SELECT max(id) FROM objectives WHERE exam_id = 1)", 2),
        ("exam_id = 2, objective_id = (SELECT max(id) FROM objectives WHERE exam_id = 2)", 2),
        ("review_status = 'pending'", 0),
        ("is_active = 0", 0),
        ("shuffle_key = 7", 2),
        ("text = 'other', version = version + 1", 2),
    ],
)
def test_tags_follow_their_question(
    bank: dict[str, Any], other_exam: list[dict[str, Any]], database: LibsqlDatabase, change: str, count: int
) -> None:
    question, other = bank["Routing question 0"]["id"], bank["Routing question 1"]["id"]
    for number in (question, other):
        database.execute_sql("UPDATE questions SET tags = ? WHERE id = ?", (json.dumps(["a", "b"]), number))
    assert len(rows(database, KEPT)) == 4
    database.execute_sql(f"UPDATE questions SET {change} WHERE id = ?", (question,))
    kept = rows(database, KEPT)
    assert kept == rows(database, WANTED)
    assert len([one for one in kept if one["question_id"] == question]) == count
    assert len([one for one in kept if one["question_id"] == other]) == 2
    database.execute_sql("UPDATE questions SET review_status = 'approved', is_active = 1 WHERE id = ?", (question,))
    assert rows(database, KEPT) == rows(database, WANTED)


@pytest.mark.parametrize(("status", "count"), [("approved", 1), ("pending", 0)])
def test_a_new_question_has_its_tags(bank: dict[str, Any], database: LibsqlDatabase, status: str, count: int) -> None:
    database.execute_sql(
        "INSERT INTO questions (exam_id, objective_id, text, answers, tags, review_status)"
        " SELECT exam_id, objective_id, 'new', answers, '[\"fresh\"]', ? FROM questions LIMIT 1",
        (status,),
    )
    assert len(rows(database, KEPT)) == count
    assert rows(database, KEPT) == rows(database, WANTED)
