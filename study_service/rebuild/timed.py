"""What results of timed tests come to: in the tests themselves, for their exams and for their learners."""

from shared_schema.rebuild.part import Part
from study_service.rebuild.learners import SCOPE

_OF_TESTS = "attempt_id > :after AND attempt_id <= :upto"
# A share is an exact ratio, like 39/56. What is added keeps a number that was exact from being cut below itself.
_RESULTS = f"""
    SELECT attempt_id, number, share >= passing_score - 1e-12 AS passed, CAST(share * 10000 + 1e-8 AS INTEGER) / 10000.0
        AS score, skipped AS skipped_count, asked - skipped - correct_count AS incorrect_count
    FROM (SELECT r.attempt_id, r.number, r.passing_score, r.correct_count,
              CAST(substr(r.share, 1, instr(r.share, '/') - 1) AS REAL)
                  / CAST(substr(r.share, instr(r.share, '/') + 1) AS REAL) AS share,
              (SELECT count(*) FROM json_each(r.marks)) AS asked,
              (SELECT count(*) FROM json_each(r.marks) m WHERE m.type = 'null') AS skipped
          FROM test_results r WHERE {_OF_TESTS} AND r.marks <> '[]')
"""
_LATEST = """
    SELECT r.attempt_id AS id, max(r.number) AS results, r.score, r.passed, r.correct_count, r.incorrect_count,
        r.skipped_count, r.objective_breakdown
    FROM test_results r WHERE r.attempt_id > :after AND r.attempt_id <= :upto GROUP BY r.attempt_id
"""
_ATTEMPTS = """
    id > :after AND id <= :upto AND EXISTS (SELECT 1 FROM test_results r WHERE r.attempt_id = test_attempts.id)
"""
_COMPLETED = "status = 'completed' AND score IS NOT NULL"
_SCORES = f"""
    SELECT exam_id, CAST(round(score * 10000) / 10 AS INTEGER) AS permille, count(*) AS attempts, sum(passed) AS passed
    FROM test_attempts WHERE exam_id > :after AND exam_id <= :upto AND {_COMPLETED} GROUP BY 1, 2
"""
# A place that a regrade has left empty is none.
_PLACES = "exam_id > :after AND exam_id <= :upto AND (attempts <> 0 OR passed <> 0)"
_EXAMS = """
    SELECT e.id, coalesce(sum(s.attempts), 0) AS total_attempts,
        coalesce(sum(s.passed) * 1.0 / sum(s.attempts), 0.0) AS pass_rate,
        coalesce(sum(s.permille * s.attempts) / 1000.0 / sum(s.attempts), 0.0) AS avg_score
    FROM exams e LEFT JOIN exam_scores s ON s.exam_id = e.id WHERE e.id > :after AND e.id <= :upto GROUP BY e.id
"""
_TAKEN = f"""
    SELECT user_id, exam_id, sum(score IS NOT NULL) AS tests_taken, coalesce(sum(passed), 0) AS tests_passed,
        coalesce(max(score), 0.0) AS best_score, coalesce(avg(score), 0.0) AS avg_test_score
    FROM (SELECT user_id, exam_id, score, passed FROM test_attempts WHERE {SCOPE} AND {_COMPLETED}
          UNION ALL SELECT user_id, exam_id, NULL, NULL FROM user_progress WHERE {SCOPE})
    GROUP BY user_id, exam_id
"""

PARTS = (
    Part(
        "results",
        "test_results",
        "test_attempts",
        f"{_OF_TESTS} AND marks <> '[]'",
        ("attempt_id", "number"),
        _RESULTS,
        ("passed", "skipped_count", "incorrect_count"),
        ("score",),
        rows="none",
        size=1000,
    ),
    Part(
        "tests",
        "test_attempts",
        "test_attempts",
        _ATTEMPTS,
        ("id",),
        _LATEST,
        ("results", "passed", "correct_count", "incorrect_count", "skipped_count", "objective_breakdown"),
        ("score",),
        rows="none",
        size=1000,
        logged="test_attempt",
    ),
    Part(
        "exam_scores",
        "exam_scores",
        "exams",
        _PLACES,
        ("exam_id", "permille"),
        _SCORES,
        ("attempts", "passed"),
    ),
    Part(
        "exams_tests",
        "exams",
        "exams",
        "id > :after AND id <= :upto",
        ("id",),
        _EXAMS,
        ("total_attempts",),
        ("pass_rate", "avg_score"),
        rows="none",
    ),
    # The date of the latest test is left alone: it was the learner's own, wherever she was then.
    Part(
        "learners_tests",
        "user_progress",
        "users",
        SCOPE,
        ("user_id", "exam_id"),
        _TAKEN,
        ("tests_taken", "tests_passed"),
        ("best_score", "avg_test_score"),
        rows="new",
    ),
)
