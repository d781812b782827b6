"""How far a learner has come in each exam: counted with every answer, and read from those counters."""

import datetime as dt
from collections.abc import Sequence
from typing import TypedDict, TypeVar

import peewee

from shared_schema import rows
from shared_schema.database import Result, Statement
from shared_schema.fields import dumps
from shared_schema.rows import Shape
from shared_schema.tables import db
from shared_schema.tables.bank import Exam
from shared_schema.tables.progress import UserProgress
from study_service import leaderboard, mastery, study_days, users
from study_service.answered import Answered

_SHAPE = Shape(
    "user_progress",
    reals=("overall_accuracy", "avg_time_per_question"),
    days=("last_study_date", "streak_day"),
)

# The last day of study; NULL for what is no day, which would be greater than every day for ever.
_LAST = "CASE WHEN date(last_study_date) = last_study_date THEN last_study_date END"
_DAY = f"max(coalesce({_LAST}, ''), excluded.last_study_date)"
# Each answer is a row of its own, in their order: `excluded` is it as if it were the first; the bare columns are the
# row before it.
_COUNT = f"""
    INSERT INTO user_progress (
        user_id, exam_id, total_questions_seen, unique_questions_seen, total_correct, total_incorrect,
        overall_accuracy, last_study_date, total_study_seconds, total_study_minutes, avg_time_per_question,
        first_correct, points, is_shared, updated_at)
    WITH given AS MATERIALIZED (
        SELECT j.value->>'user' AS user, j.value->>'exam' AS exam, j.value->>'correct' AS correct,
            j.value->>'seconds' AS seconds, j.value->>'at' AS at, j.value->>'day' AS day, NOT EXISTS (
                SELECT 1 FROM user_answers
                WHERE user_id = j.value->>'user' AND question_id = j.value->>'question') AS first
        FROM json_each(:answers) j ORDER BY j.key)
    SELECT user, exam, 1, first, correct, 1 - correct, correct, day, seconds, seconds / 60, seconds,
        first * correct, {leaderboard.POINTS.format(right="(first * correct)", seen="first")},
        coalesce((SELECT share_profile FROM users WHERE id = user), 0), at
    FROM given WHERE true
    ON CONFLICT (user_id, exam_id) DO UPDATE SET
        total_questions_seen = total_questions_seen + 1,
        unique_questions_seen = unique_questions_seen + excluded.unique_questions_seen,
        total_correct = total_correct + excluded.total_correct,
        total_incorrect = total_incorrect + excluded.total_incorrect,
        overall_accuracy = (total_correct + excluded.total_correct) * 1.0 / (total_questions_seen + 1),
        current_streak = {study_days.ALIVE.format(day="streak_day", last=_DAY, length="current_streak")},
        last_study_date = {_DAY},
        total_study_seconds = total_study_seconds + excluded.total_study_seconds,
        total_study_minutes = (total_study_seconds + excluded.total_study_seconds) / 60,
        avg_time_per_question =
            (total_study_seconds + excluded.total_study_seconds) * 1.0 / (total_questions_seen + 1),
        first_correct = first_correct + excluded.first_correct,
        points = {
    leaderboard.POINTS.format(
        right="(first_correct + excluded.first_correct)",
        seen="(unique_questions_seen + excluded.unique_questions_seen)",
    )
},
        is_shared = excluded.is_shared,
        updated_at = max(updated_at, excluded.updated_at)
"""
NAMES = (Exam.code.alias("exam_code"), Exam.name.alias("exam_name"), Exam.questions_available)


class Counters(TypedDict):
    """What is counted for a learner in one exam."""

    exam_id: int
    total_questions_seen: int
    unique_questions_seen: int
    total_correct: int
    total_incorrect: int
    overall_accuracy: float
    current_streak: int
    longest_streak: int
    study_days_count: int
    last_study_date: str | None
    total_study_minutes: int
    avg_time_per_question: float | None


class Stored(Counters):
    """The same as the table has it: the streak is the one of the last day of study, which may be long ago."""

    id: int
    streak_day: str | None


_COUNTERS = [UserProgress._meta.fields[name] for name in Counters.__annotations__]
# SQL: the counters as a JSON object.
AS_JSON = f"json_object({', '.join(f'{name!r}, user_progress.{name}' for name in Counters.__annotations__)})"


class Named(TypedDict):
    """The exam that progress is made in."""

    exam_code: str
    exam_name: str
    questions_available: int


class ExamProgress(Stored, Named):
    """The counters with the exam they are of."""


Row = TypeVar("Row", bound=Stored)


def count(answers: Sequence[Answered]) -> list[Statement]:
    """The steps that count answers to different questions in the exam, their objectives and their days; they go before
    the answers themselves. All are of one learner and one exam.
    """
    counted = [
        {
            "user": answer.user_id,
            "exam": answer.question["exam_id"],
            "question": answer.question["id"],
            "correct": int(answer.grade.is_correct),
            "seconds": answer.seconds,
            "at": answer.at,
            "day": answer.day.isoformat(),
        }
        for answer in answers
    ]
    steps = [Statement(_COUNT, {"answers": dumps(counted)})]
    return [*steps, *mastery.count(answers), *study_days.count(answers)]


def overview(user_id: int, now: dt.datetime) -> list[ExamProgress]:
    """The learner's progress in every exam begun, the latest studied first. TokenInvalid without the learner."""
    query = (
        UserProgress.select(UserProgress.id, UserProgress.streak_day, *_COUNTERS, *NAMES)
        .join(Exam, on=(Exam.id == UserProgress.exam_id))
        .where(UserProgress.user_id == user_id)
        .order_by(UserProgress.updated_at.desc(), UserProgress.id)
        .dicts()
    )
    user, listed = db.fetch([users.read(user_id), query])
    today = users.day(users.active(user), now)
    return [_today(row, today) for row in rows.usable("user_progress", listed.all(ExamProgress), _read)]


def _read(row: Row) -> Row:
    return rows.checked(row, _SHAPE)


def _today(row: Row, today: dt.date) -> Row:
    """The row with the streak as it is today."""
    row["current_streak"] = study_days.current(row["current_streak"], row["streak_day"], today)
    return row


def of(user_id: int, exam_id: int) -> peewee.Query:
    """The read of a learner's counters in one exam; its result goes to `begun`."""
    mine = (UserProgress.user_id == user_id) & (UserProgress.exam_id == exam_id)
    return UserProgress.select(UserProgress.id, UserProgress.streak_day, *_COUNTERS).where(mine).dicts()


def begun(result: Result, exam_id: int, today: dt.date) -> Stored:
    """The counters that were read, all zero before the first answer. Damaged where the row cannot be used."""
    row = result.first(Stored)
    if row is None:
        return _nothing_yet(exam_id)
    return _today(rows.one("user_progress", row, _read), today)


def _nothing_yet(exam_id: int) -> Stored:
    return {
        "id": 0,
        "exam_id": exam_id,
        "total_questions_seen": 0,
        "unique_questions_seen": 0,
        "total_correct": 0,
        "total_incorrect": 0,
        "overall_accuracy": 0.0,
        "current_streak": 0,
        "longest_streak": 0,
        "study_days_count": 0,
        "last_study_date": None,
        "total_study_minutes": 0,
        "avg_time_per_question": None,
        "streak_day": None,
    }
