"""Ratings of learners and questions: counted with every answer, in its batch. How to count them is in `elo`.

Each answer keeps what was expected of it, so that they can be counted anew: see `rebuild.picks`.
"""

from shared_schema.database import Statement
from study_service import elo
from study_service.answered import Answered

# `q`, `l` and `e`: the question's rating, the learner's in the objective and in the exam; each may not be there yet.
_RATINGS = """
    (SELECT 1) LEFT JOIN question_ratings q ON q.question_id = :question
    LEFT JOIN learner_ratings l ON l.user_id = :user AND l.objective_id = :objective
    LEFT JOIN exam_ratings e ON e.user_id = :user AND e.exam_id = :exam
"""
_QUESTION = f"coalesce(q.rating, {elo.start(':difficulty')})"
_OWN = f"coalesce(l.rating, e.rating, {elo.START})"
# The first of three: it keeps what was expected, before any rating moves, for the other two.
_OBJECTIVE = f"""
    INSERT INTO learner_ratings (user_id, objective_id, rating, answers, expected)
    SELECT :user, :objective, rating + {elo.move("answers")} * (:correct - expected), answers + 1, expected FROM (
        SELECT {_OWN} AS rating, coalesce(l.answers, 0) AS answers,
            {elo.expected(_QUESTION, elo.level("l.rating", "l.answers", "e.rating"))} AS expected
        FROM {_RATINGS}) WHERE true
    ON CONFLICT (user_id, objective_id) DO UPDATE SET
        rating = excluded.rating, answers = excluded.answers, expected = excluded.expected
"""
_EXAM = f"""
    INSERT INTO exam_ratings (user_id, exam_id, rating, answers)
    SELECT :user, :exam, coalesce(e.rating, {elo.START})
        + {elo.move("coalesce(e.answers, 0)")} * (:correct - l.expected), coalesce(e.answers, 0) + 1
    FROM {_RATINGS} WHERE true
    ON CONFLICT (user_id, exam_id) DO UPDATE SET rating = excluded.rating, answers = excluded.answers
"""
# Only by the learner's first answer: later ones tell what she remembers, not how hard the question is. And only by
# answers to the present version, with which the rating began.
_QUESTIONS = f"""
    INSERT INTO question_ratings (question_id, rating, answers)
    SELECT :question, {_QUESTION}
        + {elo.move("coalesce(q.answers, 0)", before=elo.AUTHOR)} * (l.expected - :correct), coalesce(q.answers, 0) + 1
    FROM {_RATINGS}
    WHERE (SELECT version FROM questions WHERE id = :question) = :version
      AND NOT EXISTS (SELECT 1 FROM user_answers a WHERE a.user_id = :user AND a.question_id = :question)
    ON CONFLICT (question_id) DO UPDATE SET rating = excluded.rating, answers = excluded.answers
"""


def count(answer: Answered) -> list[Statement]:
    """The steps that count one answer in the ratings. They go before the answer itself."""
    question = answer.question
    values = {
        "user": answer.user_id,
        "question": question["id"],
        "version": question["version"],
        "exam": question["exam_id"],
        "objective": question["objective_id"],
        "difficulty": question["difficulty"],
        "correct": int(answer.grade.is_correct),
    }
    return [Statement(sql, values) for sql in (_OBJECTIVE, _EXAM, _QUESTIONS)]
