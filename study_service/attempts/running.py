"""Which questions a learner has in a test that runs: until it ends, nothing else may tell their keys.

A test runs until its time and the grace are over, whether or not anybody has ended it since.
"""

from collections.abc import Sequence

from shared_schema.database import Guard, Result, Statement, require
from shared_schema.fields import dumps
from shared_schema.problems import Conflict
from shared_schema.tables import db
from study_service.attempts import clock

_OF_LEARNER = f"""
    FROM test_attempts running, json_each(
        CASE WHEN json_valid(running.question_ids) THEN running.question_ids ELSE '[]' END) w
    WHERE running.user_id = :user AND running.{clock.RUNS}
"""
# SQL: the ids of the questions in running tests of the learner :user, at the second :now.
QUESTIONS = f"SELECT w.value AS id {_OF_LEARNER}"
_ANSWERED = f"""
    SELECT 1 FROM json_each(:answers) j CROSS JOIN user_answers a ON a.id = j.value
    WHERE a.question_id IN ({QUESTIONS}) LIMIT 1
"""
_HAS = f"EXISTS (SELECT 1 {_OF_LEARNER.replace(':now', 'unixepoch()')} AND w.value = :question)"


def read(user_id: int, now: int) -> Statement:
    """The read of the questions in the learner's running tests; its result goes to `ids`."""
    return Statement(QUESTIONS, {"user": user_id, "now": now})


def ids(result: Result) -> frozenset[int]:
    """The ids that were read."""
    return frozenset(row["id"] for row in result.rows)


def refused() -> Conflict:
    """Why an answer to such a question is not taken elsewhere."""
    return Conflict("this question is in a test of yours that is in_progress")


def require_not(user_id: int, question_id: int) -> Guard:
    """The step that stops a batch with `refused` where the question is in a running test of the learner."""
    return require(f"NOT {_HAS}", {"user": user_id, "question": question_id}, otherwise=refused)


def withhold(user_id: int, answer_ids: Sequence[int], now: int) -> None:
    """Raise `refused` where one of these answers is to a question in a running test of the learner."""
    values = {"user": user_id, "now": now, "answers": dumps(answer_ids)}
    if answer_ids and db.fetch([Statement(_ANSWERED, values)])[0].rows:
        raise refused()
