"""The answers of all sittings, in the order of time, as the study service stores them."""

from shared_schema.database import LibsqlDatabase
from tests.benchmarks.scale.sittings import LENGTH
from tests.benchmarks.scale.writing import numbers, scattered

# Coprime to the number of questions of every exam, so that a course meets each of them before one comes again.
_STRIDE = 10_007


def question(place: str) -> str:
    """SQL: the question of a sitting `s` at a place of its course, an SQL expression."""
    return f"(s.question + (s.shift + ({place}) % s.fresh * {_STRIDE}) % s.asked)"


# Every answer with what follows from its place in its course.
_PLACES = f"""
    (SELECT s.*, s.first + n - 1 AS place, s.begins_at + (n - 1) * s.pace AS at,
        {question("s.first + n - 1")} AS question_id, (s.first + n - 1) / s.fresh AS before
     FROM sittings s JOIN {numbers(LENGTH)} ON n <= s.length)
"""
# When the learner answered the same question the last time.
_EARLIER = """
    (SELECT e.begins_at + (p.place - p.fresh - e.first) * e.pace FROM sittings e
     WHERE e.course = p.course AND e.first <= p.place - p.fresh ORDER BY e.first DESC LIMIT 1)
"""
_CHANCE = f"(62 + {scattered('p.user_id', 41, 30)} - 15 - (k.difficulty - 3) * 6 + p.before * 8)"
_NUMBER = "p.course * 100003 + p.place"
_CORRECT = f"{scattered(_NUMBER, 42, 100)} < {_CHANCE}"
_CONFIDENCE = f"CASE WHEN p.test IS NULL AND {scattered(_NUMBER, 43, 5)} = 0 THEN 1 + {scattered(_NUMBER, 44, 5)} END"
# `grading.confidence.mark` of a whole or of no right answer.
_MARK = """
    CASE WHEN confidence IS NULL THEN NULL WHEN correct THEN 1.0 + (confidence >= 3) + (confidence >= 4)
         ELSE -2.0 * (confidence >= 3) - 4 * (confidence >= 4) END
"""
_GIVEN = f"""
    SELECT p.user_id, p.question_id, p.session, p.test, p.at, p.before, p.place, k.objective_id, k.difficulty,
        {_CORRECT} AS correct, k.right, iif({scattered(_NUMBER, 45, 2)}, k.wrong, k.other) AS wrong,
        {_CONFIDENCE} AS confidence, 10 + {scattered(_NUMBER, 46, 60)} AS seconds,
        {scattered(_NUMBER, 47, 30)} = 0 AS flagged, iif(p.at < k.changed_at, 1, k.version) AS version,
        CASE WHEN p.before > 0 THEN (p.at - {_EARLIER}) / 86400 END AS days,
        0.2 + {scattered(_NUMBER, 48, 700)} / 1000.0 AS expected
    FROM {_PLACES} p CROSS JOIN keys k ON k.question_id = p.question_id
"""
_FILL = f"""
    INSERT INTO user_answers (
        user_id, question_id, question_version, study_session_id, test_attempt_id, selected_answer, is_correct, score,
        time_spent_seconds, confidence_level, mark, flagged, answered_at, day, objective_id, difficulty, expected,
        attempt_number, days_since_last_seen)
    SELECT user_id, question_id, version, session, test, iif(correct, right, wrong), correct, correct, seconds,
        confidence, {_MARK}, flagged, at, date(at, 'unixepoch'), objective_id, difficulty, expected, before + 1, days
    FROM ({_GIVEN}) ORDER BY at, user_id, place
"""


def make(database: LibsqlDatabase) -> None:
    database.execute_sql(_FILL)
