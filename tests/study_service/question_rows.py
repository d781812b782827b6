"""Banks of many questions, straight into the tables, and learners who answer them."""

import json
from typing import Any

from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase
from tests.study_service.conftest import answer, rows

OPTIONS = json.dumps(
    [{"id": "yes1", "text": "yes", "isCorrect": True}, {"id": "no22", "text": "no", "isCorrect": False}]
)
TAGS = ("arp", "dns", "ospf")


def add(database: LibsqlDatabase, count: int) -> None:
    """So many approved questions in exam 1: difficulties 1 to 5 in turn, objectives too, one or two tags, or none."""
    database.execute_sql(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)"
        " INSERT INTO questions (exam_id, objective_id, text, answers, difficulty, review_status, tags)"
        " SELECT 1, o.id, 'made ' || i, ?, 1 + i % 5, 'approved',"
        " CASE i % 4 WHEN 0 THEN '[\"arp\"]' WHEN 1 THEN '[\"arp\",\"dns\"]' WHEN 2 THEN '[\"ospf\"]' ELSE '[]' END"
        " FROM n JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS place FROM objectives WHERE exam_id = 1) o"
        " ON o.place = (i / 5) % (SELECT count(*) FROM objectives WHERE exam_id = 1)",
        (count, OPTIONS),
    )


def made(database: LibsqlDatabase) -> dict[int, dict[str, Any]]:
    """The questions that `add` has made, by id."""
    listed = rows(
        database, "SELECT id, objective_id, difficulty, tags FROM questions WHERE text LIKE 'made %' ORDER BY id"
    )
    return {question["id"]: question | {"tags": json.loads(question["tags"])} for question in listed}


def right(learner: FlaskClient, question: int, **more: Any) -> Any:
    return answer(learner, question, "yes1", **more)


def wrong(learner: FlaskClient, question: int, **more: Any) -> Any:
    return answer(learner, question, "no22", **more)
