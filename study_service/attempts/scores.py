"""What the scores of tests come to: by exam, as a histogram, and for a learner in an exam."""

import datetime as dt

from shared_schema.database import Statement
from study_service.attempts import marks
from study_service.attempts.verdict import Verdict

_COUNT = """
    INSERT INTO exam_scores (exam_id, permille, attempts, passed) VALUES (:exam, :permille, 1, :passed)
    ON CONFLICT (exam_id, permille) DO UPDATE SET attempts = attempts + 1, passed = passed + excluded.passed
"""
_UNCOUNT = """
    UPDATE exam_scores SET attempts = attempts - 1, passed = passed - :passed
    WHERE exam_id = :exam AND permille = :permille
"""
# From the histogram, so the mean is exact to a thousandth.
_EXAM = """
    UPDATE exams SET (total_attempts, pass_rate, avg_score) = (
        SELECT coalesce(sum(attempts), 0), coalesce(sum(passed) * 1.0 / sum(attempts), 0),
            coalesce(sum(permille * attempts) / 1000.0 / sum(attempts), 0)
        FROM exam_scores WHERE exam_id = exams.id)
    WHERE id = :exam
"""
# Recounted rather than adjusted: it reads this learner's tests, and cannot drift.
_LEARNER = """
    INSERT INTO user_progress (user_id, exam_id, tests_taken, tests_passed, best_score, avg_test_score, last_test_date,
        is_shared)
    SELECT :user, :exam, count(*), coalesce(sum(passed), 0), coalesce(max(score), 0), coalesce(avg(score), 0), :day,
        coalesce((SELECT share_profile FROM users WHERE id = :user), 0)
    FROM test_attempts WHERE user_id = :user AND exam_id = :exam AND status = 'completed' AND score IS NOT NULL
    ON CONFLICT (user_id, exam_id) DO UPDATE SET
        tests_taken = excluded.tests_taken, tests_passed = excluded.tests_passed, best_score = excluded.best_score,
        avg_test_score = excluded.avg_test_score,
        last_test_date = nullif(max(coalesce(last_test_date, ''), coalesce(excluded.last_test_date, '')), '')
"""


def count(exam_id: int, verdict: Verdict) -> list[Statement]:
    """The steps that count a completed test of an exam."""
    return [Statement(_COUNT, _place(exam_id, marks.permille(verdict.share), verdict.passed)), _exam(exam_id)]


def recount(exam_id: int, before: tuple[int, bool], verdict: Verdict) -> list[Statement]:
    """The steps that count it with another verdict; `before` are its thousandths and whether it had passed."""
    return [Statement(_UNCOUNT, _place(exam_id, *before)), *count(exam_id, verdict)]


def count_learner(user_id: int, exam_id: int, day: dt.date | None) -> Statement:
    """The step that counts the learner's tests of an exam, behind the change of one; `day` is the learner's date."""
    return Statement(_LEARNER, {"user": user_id, "exam": exam_id, "day": day and day.isoformat()})


def _place(exam_id: int, permille: int, passed: bool) -> dict[str, object]:
    return {"exam": exam_id, "permille": permille, "passed": int(passed)}


def _exam(exam_id: int) -> Statement:
    return Statement(_EXAM, {"exam": exam_id})
