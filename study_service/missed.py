"""Questions whose latest answer was wrong, for each learner: what a review asks again. Counted with every answer."""

from collections.abc import Sequence

from shared_schema.database import Statement
from shared_schema.fields import dumps
from study_service.answered import Answered

_FORGET = "DELETE FROM missed WHERE user_id = :user AND question_id IN (SELECT value FROM json_each(:questions))"
_KEEP = """
    INSERT OR REPLACE INTO missed (user_id, question_id, exam_id, answer_id)
    SELECT :user, value, :exam, (
        SELECT id FROM user_answers WHERE user_id = :user AND question_id = value ORDER BY attempt_number DESC LIMIT 1)
    FROM json_each(:questions)
"""


def count(given: Sequence[Answered]) -> list[Statement]:
    """The steps that count one learner's answers to different questions of one exam, behind the answers themselves."""
    user, exam = given[0].user_id, given[0].question["exam_id"]
    right = [answer.question["id"] for answer in given if answer.grade.is_correct]
    wrong = [answer.question["id"] for answer in given if not answer.grade.is_correct]
    return [
        Statement(sql, {"user": user, "exam": exam, "questions": dumps(questions)})
        for sql, questions in ((_FORGET, right), (_KEEP, wrong))
        if questions
    ]
