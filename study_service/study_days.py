"""Days of study, by learner and exam, and the streaks that they make.

A day is a date of the learner's own calendar, taken when the answer was given and stored with it: a change of time zone
changes no day, and days of 23 and 25 hours are days. Five answers to questions of the exam make a day that counts.
"""

import datetime as dt
from collections.abc import Sequence

from shared_schema.database import Guard, Statement
from study_service.answered import Answered

ENOUGH = 5  # answers that make a day count

_COUNT = """
    INSERT INTO study_days (user_id, exam_id, day, answered, seconds) VALUES (:user, :exam, :day, :added, :seconds)
    ON CONFLICT (user_id, exam_id, day) DO UPDATE SET
        answered = answered + excluded.answered, seconds = seconds + excluded.seconds
"""
# abs() of the smallest integer fails, see `database.batch`.
_COUNT_UNLESS_FILLED = f"""{_COUNT}
    RETURNING CASE WHEN answered >= {ENOUGH} AND answered - :added < {ENOUGH} THEN abs(-9223372036854775808) END
"""
# By learner and exam: how many of these days count, the most of them in a row, the last one, and how many in a row end
# with it. Days in a row have the same distance to their number. A day has ten characters.
RUNS = """
    SELECT user_id, exam_id, sum(days) AS study_days_count, max(days) AS longest_streak, max(last) AS streak_day,
        CAST(substr(max(last || days), 11) AS INTEGER) AS last_run
    FROM (SELECT user_id, exam_id, count(*) AS days, max(day) AS last
          FROM (SELECT user_id, exam_id, day,
                    julianday(day) - row_number() OVER (PARTITION BY user_id, exam_id ORDER BY day) AS run
                FROM {days})
          GROUP BY user_id, exam_id, run)
    GROUP BY user_id, exam_id
"""
# How long the streak is that ends with `day`, on the last day of study: a day may pass before it has ended.
ALIVE = "CASE WHEN {day} >= date({last}, '-1 day') THEN {length} ELSE 0 END"
# The learner's days that count, where these answers have just made one count, which may be a day long ago: answers come
# late from phones that were offline. Other answers read one row; this one 365 rows for a year.
_MINE = f"""(
    SELECT d.user_id, d.exam_id, d.day
    FROM (SELECT answered FROM study_days WHERE user_id = :user AND exam_id = :exam AND day = :day) this
    CROSS JOIN study_days d ON this.answered >= {ENOUGH} AND this.answered - :added < {ENOUGH}
    WHERE d.user_id = :user AND d.exam_id = :exam AND d.answered >= {ENOUGH})
"""
_STREAK = f"""
    UPDATE user_progress SET
        study_days_count = user_progress.study_days_count + 1,
        longest_streak = max(user_progress.longest_streak, r.longest_streak),
        current_streak = {ALIVE.format(day="r.streak_day", last="last_study_date", length="r.last_run")},
        streak_day = r.streak_day
    FROM ({RUNS.format(days=_MINE)}) r
    WHERE user_progress.user_id = :user AND user_progress.exam_id = :exam
"""


class Filled(Exception):
    """The answer makes its day one that counts, so the steps of the streak are needed."""


def count_in_day(answer: Answered) -> Guard:
    """The step that counts one answer in its day. Filled where that makes the day count: one answer of many."""
    values = {**_this(answer.day.isoformat(), [answer]), "seconds": answer.seconds}
    return Guard(Statement(_COUNT_UNLESS_FILLED, values), Filled)


def count(answers: Sequence[Answered]) -> list[Statement]:
    """The steps that count answers of one learner and exam in their days, and in the streak; they go behind the steps
    that count them in the learner's progress.
    """
    days: dict[str, list[Answered]] = {}
    for answer in answers:
        days.setdefault(answer.day.isoformat(), []).append(answer)
    return [step for day, given in sorted(days.items()) for step in _day(day, given)]


def _day(day: str, answers: Sequence[Answered]) -> list[Statement]:
    this = _this(day, answers)
    seconds = sum(answer.seconds for answer in answers)
    return [Statement(_COUNT, {**this, "seconds": seconds}), Statement(_STREAK, this)]


def _this(day: str, answers: Sequence[Answered]) -> dict[str, object]:
    return {"user": answers[0].user_id, "exam": answers[0].question["exam_id"], "day": day, "added": len(answers)}


def current(stored: int, streak_day: str | None, today: dt.date) -> int:
    """The streak as it is today: none once a whole day has passed without enough answers."""
    return stored if (streak_day or "") >= (today - dt.timedelta(days=1)).isoformat() else 0
