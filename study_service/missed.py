"""Questions whose latest answer was wrong, for each learner: what a review asks again. Counted with every answer."""

from collections.abc import Sequence

from shared_schema.database import Statement
from shared_schema.fields import dumps
from study_service.answered import Answered

_FORGET = "DELETE FROM missed WHERE user_id = :user AND question_id IN (SELECT value FROM json_each(:questions))"
_LATEST = """
    SELECT id FROM user_answers WHERE user_id = :user AND question_id = given.value
    ORDER BY attempt_number DESC LIMIT 1
"""
_KEEP = f"""
    INSERT INTO missed (user_id, question_id, exam_id, answer_id)
    SELECT :user, given.value, :exam, a.id
    FROM json_each(:questions) given CROSS JOIN user_answers a ON a.id = ({_LATEST})
    WHERE a.is_correct = 0
"""


def count(given: Sequence[Answered]) -> list[Statement]:
    """The steps that count one learner's answers in one exam, behind the answers themselves. They are the same for
    right and for wrong ones.
    """
    first = given[0]
    questions = dumps([answer.question["id"] for answer in given])
    values = {"user": first.user_id, "questions": questions, "exam": first.question["exam_id"]}
    return [Statement(_FORGET, values), Statement(_KEEP, values)]
