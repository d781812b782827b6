"""How far a learner has come in each exam: counted with every answer, and read from those counters."""

import datetime as dt
from typing import TypedDict

from shared_schema import rows
from shared_schema.database import Statement
from shared_schema.problems import NotFound
from shared_schema.rows import Shape
from shared_schema.tables import db
from shared_schema.tables.progress import UserProgress
from shared_schema.tables.study import Exam
from study_service import mastery, objectives
from study_service.mastery import Mastery, ObjectiveProgress
from study_service.questions import Asked

_SHAPE = Shape("user_progress", reals=("overall_accuracy", "avg_time_per_question"), days=("last_study_date",))

# The last day of study; NULL for what is no day, which would be greater than every day for ever.
_LAST = "CASE WHEN date(last_study_date) = last_study_date THEN last_study_date END"
# What is no JSON in `objective_mastery` stays, for an operator to see. The answer and the other counters count.
# `excluded` is this answer as if it were the first; the bare columns are the row before it.
_COUNT = """
    INSERT INTO user_progress (
        user_id, exam_id, total_questions_seen, unique_questions_seen, total_correct, total_incorrect,
        overall_accuracy, current_streak, longest_streak, study_days_count, last_study_date,
        total_study_seconds, total_study_minutes, avg_time_per_question, objective_mastery, updated_at)
    VALUES (
        :user, :exam, 1,
        NOT EXISTS (SELECT 1 FROM user_answers WHERE user_id = :user AND question_id = :question),
        :correct, 1 - :correct, :correct, 1, 1, 1, :today, :seconds, :seconds / 60, :seconds,
        json_object(:objective, json_object(
            'level', :correct * 1.0, 'questionsAnswered', 1, 'correct', :correct, 'lastStudied', :now)), :now)
    ON CONFLICT (user_id, exam_id) DO UPDATE SET
        total_questions_seen = total_questions_seen + 1,
        unique_questions_seen = unique_questions_seen + excluded.unique_questions_seen,
        total_correct = total_correct + excluded.total_correct,
        total_incorrect = total_incorrect + excluded.total_incorrect,
        overall_accuracy = (total_correct + excluded.total_correct) * 1.0 / (total_questions_seen + 1),
        current_streak = {streak},
        longest_streak = max(longest_streak, {streak}),
        study_days_count = study_days_count + (coalesce({last}, '') < excluded.last_study_date),
        last_study_date = max(coalesce({last}, ''), excluded.last_study_date),
        total_study_seconds = total_study_seconds + excluded.total_study_seconds,
        total_study_minutes = (total_study_seconds + excluded.total_study_seconds) / 60,
        avg_time_per_question =
            (total_study_seconds + excluded.total_study_seconds) * 1.0 / (total_questions_seen + 1),
        objective_mastery = CASE WHEN json_valid(objective_mastery) THEN
            json_set(objective_mastery, :path, json_object(
                'level', ({right} + :correct) * 1.0 / ({asked} + 1),
                'questionsAnswered', {asked} + 1, 'correct', {right} + :correct, 'lastStudied', :now))
            ELSE objective_mastery END,
        updated_at = :now
""".format(
    # Days in a row. A learner who travelled west may be back on a day already counted.
    streak=f"""CASE WHEN {_LAST} >= excluded.last_study_date THEN current_streak
                   WHEN {_LAST} = :yesterday THEN current_streak + 1 ELSE 1 END""",
    last=_LAST,
    asked="coalesce(json_extract(objective_mastery, :path || '.questionsAnswered'), 0)",
    right="coalesce(json_extract(objective_mastery, :path || '.correct'), 0)",
)
_NAMES = (Exam.code.alias("exam_code"), Exam.name.alias("exam_name"), Exam.questions_available)


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


_COUNTERS = [UserProgress._meta.fields[name] for name in Counters.__annotations__]
# SQL: the counters as a JSON object.
AS_JSON = f"json_object({', '.join(f'{name!r}, user_progress.{name}' for name in Counters.__annotations__)})"


class Named(TypedDict):
    """The exam that progress is made in."""

    exam_code: str
    exam_name: str
    questions_available: int


class ExamProgress(Counters, Named):
    """The counters with the exam they are of."""

    id: int


class Begun(Counters):
    """A row of the table."""

    id: int
    objective_mastery: dict[str, Mastery]


class DetailedProgress(Begun, Named):
    """The progress in an exam and in each of its objectives."""

    objectives: list[ObjectiveProgress]


def count(
    user_id: int,
    question_id: int,
    question: Asked,
    *,
    correct: bool,
    seconds: int,
    now: dt.datetime,
    today: dt.date,
) -> Statement:
    """The step that counts one answer; it goes before the answer itself. `today` is the learner's date."""
    values = {
        "user": user_id,
        "exam": question["exam_id"],
        "question": question_id,
        "objective": str(question["objective_id"]),
        "path": f'$."{question["objective_id"]}"',
        "correct": int(correct),
        "seconds": seconds,
        "now": int(now.timestamp()),
        "today": today.isoformat(),
        "yesterday": (today - dt.timedelta(days=1)).isoformat(),
    }
    return Statement(_COUNT, values)


def overview(user_id: int) -> list[ExamProgress]:
    """The learner's progress in every exam begun, the latest studied first."""
    query = (
        UserProgress.select(UserProgress.id, *_COUNTERS, *_NAMES)
        .join(Exam, on=(Exam.id == UserProgress.exam_id))
        .where(UserProgress.user_id == user_id)
        .order_by(UserProgress.updated_at.desc(), UserProgress.id)
        .dicts()
    )
    return rows.usable("user_progress", db.fetch([query])[0].all(ExamProgress), _overview)


def _overview(row: ExamProgress) -> ExamProgress:
    return rows.checked(row, _SHAPE)


def of_exam(user_id: int, exam_id: int) -> DetailedProgress:
    """The learner's progress in one exam, by objective too. All zero before the first answer; NotFound without exam.

    Damaged where the learner's row cannot be used.
    """
    exam, progress, listed = db.fetch(
        [
            Exam.select(*_NAMES).where(Exam.id == exam_id, Exam.is_active == 1).dicts(),
            UserProgress.select().where(UserProgress.user_id == user_id, UserProgress.exam_id == exam_id).dicts(),
            objectives.read_active(exam_id),
        ]
    )
    named = exam.first(Named)
    if named is None:
        raise NotFound("no such exam")
    stored = progress.first(Begun)
    begun = rows.one("user_progress", stored, _begun) if stored else _nothing_yet(exam_id)
    by_objective = [mastery.of_objective(row, begun["objective_mastery"]) for row in objectives.active(listed)]
    return {**begun, **named, "objectives": by_objective}


def _begun(row: Begun) -> Begun:
    mastery.check(row["objective_mastery"])
    return rows.checked(row, _SHAPE)


def _nothing_yet(exam_id: int) -> Begun:
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
        "objective_mastery": {},
    }
