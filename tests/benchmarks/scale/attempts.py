"""Timed tests: those that the sittings were, graded, and some that run. Each leaves its last question unanswered."""

from shared_schema.database import LibsqlDatabase
from tests.benchmarks.scale.answers import question
from tests.benchmarks.scale.sessions import questions, versions
from tests.benchmarks.scale.sittings import LENGTH
from tests.benchmarks.scale.writing import fill, numbers

_ASKED = LENGTH + 1
_PASSING = 0.65
_SAVED = 5  # answers of a test that runs
# Of this connection: every question of a test that is over, in the test's order; without an answer all else is NULL.
_ASKED_QUESTIONS = f"""
    CREATE TEMP TABLE asked AS
    SELECT s.test, n, k.question_id, k.objective_id, a.question_version, a.selected_answer, a.is_correct, a.score,
        a.time_spent_seconds, a.flagged, a.answered_at
    FROM sittings s CROSS JOIN {numbers(_ASKED)} CROSS JOIN keys k ON k.question_id = {question("s.first + n - 1")}
    LEFT JOIN user_answers a ON a.user_id = s.user_id AND a.question_id = k.question_id AND a.test_attempt_id = s.test
    WHERE s.test IS NOT NULL ORDER BY s.test, n
"""
_BREAKDOWN = """
    CREATE TEMP TABLE breakdowns AS
    SELECT test, json_group_object(CAST(objective_id AS TEXT), json_object('correct', right, 'total', questions,
        'percentage', right * 10000 / questions / 100.0)) AS document
    FROM (SELECT test, objective_id, coalesce(sum(is_correct), 0) AS right, count(*) AS questions
          FROM asked GROUP BY test, objective_id)
    GROUP BY test
"""
_MARKS = f"""
    CREATE TEMP TABLE marks AS
    SELECT test, sum(is_correct) AS right, count(is_correct) AS answered, json_group_array(score) AS marks,
        json_group_object(CAST(question_id AS TEXT), coalesce(time_spent_seconds, 0)) AS times,
        sum(is_correct) * 10000 / {_ASKED} / 10000.0 AS score, sum(is_correct) >= {_PASSING} * {_ASKED} AS passed
    FROM asked GROUP BY test
"""
_TESTS = "sittings s JOIN marks m ON m.test = s.test JOIN breakdowns b ON b.test = s.test"
_RUNNING = """
    (SELECT *, max(course), row_number() OVER (ORDER BY user_id) AS number FROM sittings
     WHERE user_id % 50 = 6 GROUP BY user_id) s
"""


def make(database: LibsqlDatabase, now: int) -> None:
    for sql in (_ASKED_QUESTIONS, _BREAKDOWN, _MARKS):
        database.execute_sql(sql)
    _over(database)
    _running(database, now)


def _over(database: LibsqlDatabase) -> None:
    counts = {
        "score": "m.score",
        "passed": "m.passed",
        "correct_count": "m.right",
        "incorrect_count": "m.answered - m.right",
        "skipped_count": f"{_ASKED} - m.answered",
        "objective_breakdown": "b.document",
    }
    ended, given_versions = "s.begins_at + s.length * s.pace + 20", versions("s.first", f"{_ASKED}", "s.begins_at")
    fill(
        database,
        "test_attempts",
        f"{_TESTS} ORDER BY s.test",
        id="s.test",
        user_id="s.user_id",
        exam_id="s.exam_id",
        question_ids=questions("s.first", f"{_ASKED}"),
        question_versions=given_versions,
        seed="s.test * 7919",
        time_limit_minutes="60",
        passing_score=f"{_PASSING}",
        total_time_seconds=f"{ended} - s.begins_at",
        time_per_question="m.times",
        status="'completed'",
        started_at="s.begins_at",
        completed_at=ended,
        expires_at="s.begins_at + 3600",
        saves="m.answered",
        last_saved_at="s.begins_at + (s.length - 1) * s.pace",
        results="1",
        **counts,
    )
    fill(
        database,
        "test_results",
        f"{_TESTS} ORDER BY s.test",
        attempt_id="s.test",
        number="1",
        graded_at=ended,
        grading_rule="'all_or_nothing'",
        passing_score=f"{_PASSING}",
        share=f"m.right || '/{_ASKED}'",
        question_versions=given_versions,
        marks="m.marks",
        **counts,
    )
    fill(
        database,
        "test_answers",
        "asked WHERE selected_answer IS NOT NULL ORDER BY test, question_id",
        attempt_id="test",
        question_id="question_id",
        version="question_version",
        selected_answer="selected_answer",
        is_correct="is_correct",
        score="score",
        sequence="1",
        time_spent_seconds="time_spent_seconds",
        flagged="flagged",
        saved_at="answered_at",
    )


def _running(database: LibsqlDatabase, now: int) -> None:
    number, first = "s.number + (SELECT count(test) FROM sittings)", "s.first + s.length"
    fill(
        database,
        "test_attempts",
        _RUNNING,
        id=number,
        user_id="s.user_id",
        exam_id="s.exam_id",
        question_ids=questions(first, f"{_ASKED}"),
        question_versions=versions(first, f"{_ASKED}", f"{now}"),
        seed="s.number",
        time_limit_minutes="60",
        passing_score=f"{_PASSING}",
        started_at=f"{now - 600}",
        expires_at=f"{now + 3000}",
        saves=f"{_SAVED}",
        last_saved_at=f"{now - 60}",
    )
    fill(
        database,
        "test_answers",
        f"{_RUNNING}, {numbers(_SAVED)} JOIN keys k ON k.question_id = {question(f'{first} + n - 1')}",
        attempt_id=number,
        question_id="k.question_id",
        version="k.version",
        selected_answer="k.right",
        is_correct="1",
        score="1",
        sequence="1",
        time_spent_seconds="30",
        saved_at=f"{now - 600} + n * 100",
    )
