"""How far a learner has come in each exam: counted with every answer, and read from those counters."""

import datetime as dt
from collections.abc import Sequence
from typing import TypedDict, TypeVar

from shared_schema import rows
from shared_schema.database import Guard, Result, Statement
from shared_schema.fields import dumps
from shared_schema.rows import Shape
from shared_schema.tables import db
from study_service import leaderboard, mastery, study_days, users
from study_service.answered import Answered

_SHAPE = Shape(
    "user_progress",
    reals=("overall_accuracy", "avg_time_per_question"),
    days=("last_study_date", "streak_day"),
)

# The last day of study; NULL for what is no day, which would be greater than every day for ever.
_LAST = "CASE WHEN date(last_study_date) = last_study_date THEN last_study_date END"
_DAY = f"max(coalesce({_LAST}, ''), :day)"
_BEGIN = """
    INSERT INTO user_progress (user_id, exam_id, updated_at) VALUES (:user, :exam, :at) ON CONFLICT DO NOTHING
"""
# `g`: how many of the answers are the first to their question, and how many of those are right.
_COUNT = f"""
    UPDATE user_progress SET
        total_questions_seen = total_questions_seen + :count,
        unique_questions_seen = unique_questions_seen + g.new,
        total_correct = total_correct + :correct,
        total_incorrect = total_incorrect + :count - :correct,
        overall_accuracy = (total_correct + :correct) * 1.0 / (total_questions_seen + :count),
        current_streak = {study_days.ALIVE.format(day="streak_day", last=_DAY, length="current_streak")},
        last_study_date = {_DAY},
        objective_mastery = {mastery.SHOWN},
        total_study_seconds = total_study_seconds + :seconds,
        total_study_minutes = (total_study_seconds + :seconds) / 60,
        avg_time_per_question = (total_study_seconds + :seconds) * 1.0 / (total_questions_seen + :count),
        first_correct = first_correct + g.right,
        points = {leaderboard.POINTS.format(right="(first_correct + g.right)", seen="(unique_questions_seen + g.new)")},
        is_shared = coalesce((SELECT share_profile FROM users WHERE id = :user), 0),
        updated_at = max(updated_at, :at)
    FROM (SELECT sum(new) AS new, sum(new AND correct) AS right FROM (
        SELECT value->>'correct' AS correct, NOT EXISTS (
            SELECT 1 FROM user_answers WHERE user_id = :user AND question_id = value->>'question') AS new
        FROM json_each(:answers))) g
    WHERE user_id = :user AND exam_id = :exam
"""
# Of the exam `e` that progress is made in.
NAMES = "e.code AS exam_code, e.name AS exam_name, e.questions_available"


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


class Named(TypedDict):
    """The exam that progress is made in."""

    exam_code: str
    exam_name: str
    questions_available: int


class ExamProgress(Stored, Named):
    """The counters with the exam they are of."""


Row = TypeVar("Row", bound=Stored)
_COLUMNS = ", ".join(f"p.{name}" for name in ("id", "streak_day", *Counters.__annotations__))
_OVERVIEW = f"""
    SELECT {_COLUMNS}, {NAMES} FROM user_progress p JOIN exams e ON e.id = p.exam_id
    WHERE p.user_id = ? ORDER BY p.updated_at DESC, p.id
"""
_OF = f"SELECT {_COLUMNS} FROM user_progress p WHERE p.user_id = ? AND p.exam_id = ?"


def json(alias: str) -> str:
    """SQL: the counters as a JSON object; `alias` is the name of their row."""
    return f"json_object({', '.join(f'{name!r}, {alias}.{name}' for name in Counters.__annotations__)})"


def count(answers: Sequence[Answered]) -> list[Statement | Guard]:
    """The steps that count answers to different questions in the exam, their objectives, their days and the streak;
    they go before the answers themselves. All are of one learner and one exam.
    """
    return [*_steps(answers), *study_days.count(answers)]


def count_one(answer: Answered) -> list[Statement | Guard]:
    """The same in fewer steps for an answer that does not make its day count; it raises study_days.Filled where it
    does.
    """
    return [*_steps([answer]), study_days.count_in_day(answer)]


def _steps(answers: Sequence[Answered]) -> list[Statement | Guard]:
    counted = [
        {
            "question": answer.question["id"],
            "objective": answer.question["objective_id"],
            "correct": int(answer.grade.is_correct),
            "at": answer.at,
        }
        for answer in answers
    ]
    values = {
        "user": answers[0].user_id,
        "exam": answers[0].question["exam_id"],
        "answers": dumps(counted),
        "count": len(answers),
        "correct": sum(answer.grade.is_correct for answer in answers),
        "seconds": sum(answer.seconds for answer in answers),
        "at": max(answer.at for answer in answers),
        "day": max(answer.day for answer in answers).isoformat(),
    }
    return [Statement(_BEGIN, values), mastery.count(values), Statement(_COUNT, values)]


def overview(user_id: int, now: dt.datetime) -> list[ExamProgress]:
    """The learner's progress in every exam begun, the latest studied first. TokenInvalid without the learner."""
    user, listed = db.fetch([users.read(user_id), Statement(_OVERVIEW, (user_id,))])
    today = users.day(users.active(user), now)
    return [_today(row, today) for row in rows.usable("user_progress", listed.all(ExamProgress), _read)]


def _read(row: Row) -> Row:
    return rows.checked(row, _SHAPE)


def _today(row: Row, today: dt.date) -> Row:
    """The row with the streak as it is today."""
    row["current_streak"] = study_days.current(row["current_streak"], row["streak_day"], today)
    return row


def of(user_id: int, exam_id: int) -> Statement:
    """The read of a learner's counters in one exam; its result goes to `begun`."""
    return Statement(_OF, (user_id, exam_id))


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
