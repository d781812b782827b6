"""Learners by the dozen, whose answers are put straight into the tables; the front door would take one at a time."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase, Statement
from shared_schema.fields import dumps
from tests.conftest import SHARED

Answers = Callable[..., None]
LSAT = SHARED / "lsat.dat"


def lsat() -> list[list[int]]:
    """Section 6 of the LSAT: 1000 learners by 5 items."""
    return [[int(mark) for mark in line.split()] for line in LSAT.read_text().splitlines()]


@pytest.fixture
def answers(database: LibsqlDatabase) -> Answers:
    """`answers(questions, marks)` lets a new learner for each row of `marks` answer the questions: 1 right, 0 wrong,
    None not at all, a text as it is stored. `seconds` are by question, `version` is that of the questions.
    """

    def put(
        questions: Sequence[int],
        marks: Sequence[Sequence[int | str | None]],
        *,
        seconds: Sequence[int | None] | None = None,
        version: int = 1,
        first: int | None = None,
    ) -> None:
        ((last,),) = database.execute_sql("SELECT max(id) FROM users").fetchall()
        start = last + 1 if first is None else first
        people = [{"id": start + n, "email": f"{start + n}@example.com"} for n in range(len(marks))]
        told = [
            {
                "user": start + n,
                "question": question,
                "mark": mark if isinstance(mark, int) else None,
                "text": mark if isinstance(mark, str) else None,
                "seconds": seconds[place] if seconds else 10,
            }
            for n, row in enumerate(marks)
            for place, (question, mark) in enumerate(zip(questions, row, strict=True))
            if mark is not None
        ]
        database.batch(
            [
                Statement(
                    "INSERT INTO users (id, email, name) SELECT value->>'id', value->>'email', 'X' FROM json_each(?)"
                    " WHERE true ON CONFLICT (id) DO NOTHING",
                    (dumps(people),),
                ),
                Statement(_INSERT, {"told": dumps(told), "version": version}),
            ]
        )

    return put


# A mark is stored as the first option that is right, or wrong; a text is right where it is the key.
_INSERT = """
    INSERT INTO user_answers (user_id, question_id, question_version, selected_answer, is_correct, score,
        time_spent_seconds, attempt_number)
    SELECT user, question, :version, text, text = key, text = key, seconds,
        1 + (SELECT count(*) FROM user_answers b WHERE b.user_id = t.user AND b.question_id = t.question)
    FROM (
        SELECT r.value->>'user' AS user, r.value->>'question' AS question, r.value->>'seconds' AS seconds,
            r.key AS place,
            (SELECT o.value->>'id' FROM json_each(v.answers) o WHERE o.value->>'isCorrect' LIMIT 1) AS key,
            coalesce(r.value->>'text', (SELECT o.value->>'id' FROM json_each(v.answers) o
                WHERE (o.value->>'isCorrect') = (r.value->>'mark') LIMIT 1)) AS text
        FROM json_each(:told) r
        JOIN question_versions v ON v.question_id = r.value->>'question' AND v.version = :version
    ) t ORDER BY place
"""


@pytest.fixture
def look(mo: FlaskClient) -> Callable[..., dict[int, dict[str, Any]]]:
    """The statistics of an exam's questions as the moderator sees them, by the question's id, in the order listed."""

    def get(exam: int = 1, query: str = "") -> dict[int, dict[str, Any]]:
        response = mo.get(f"/api/analytics/questions?examId={exam}&limit=100{query}")
        assert response.status_code == 200, response.json
        return {question["id"]: question for question in response.json["questions"]}

    return get


@pytest.fixture
def items(bank: dict[str, dict[str, Any]], database: LibsqlDatabase) -> list[int]:
    """The ids of all 14 questions of the bank."""
    return [question["id"] for question in bank.values()]


@pytest.fixture
def short(bank: dict[str, Any], database: LibsqlDatabase) -> Callable[[int], list[int]]:
    """`short(n)` leaves the first n questions in the exam, and gives their ids."""

    def cut(count: int) -> list[int]:
        kept: list[int] = [question["id"] for question in bank.values()][:count]
        database.execute_sql("DELETE FROM questions WHERE id > ?", (kept[-1],))
        return kept

    return cut
