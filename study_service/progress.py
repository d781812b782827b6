"""How far a learner has come: read from the counters that each answer keeps."""

from typing import Any

from shared_schema.problems import NotFound
from shared_schema.tables import db
from shared_schema.tables.study import Exam, Objective, UserProgress

_NAMES = (Exam.code.alias("exam_code"), Exam.name.alias("exam_name"), Exam.questions_available)


def overview(user_id: int) -> list[dict[str, Any]]:
    """The learner's progress in every exam begun, the latest studied first."""
    query = (
        UserProgress.select(UserProgress, *_NAMES)
        .join(Exam, on=(Exam.id == UserProgress.exam_id))
        .where(UserProgress.user_id == user_id)
        .order_by(UserProgress.updated_at.desc(), UserProgress.id)
        .dicts()
    )
    return db.fetch([query])[0].rows


def of_exam(user_id: int, exam_id: int) -> dict[str, Any]:
    """The learner's progress in one exam, by objective too. All zero before the first answer; NotFound without exam."""
    exam, progress, objectives = db.fetch(
        [
            Exam.select(Exam.id, *_NAMES).where(Exam.id == exam_id, Exam.is_active == 1).dicts(),
            UserProgress.select().where(UserProgress.user_id == user_id, UserProgress.exam_id == exam_id).dicts(),
            Objective.select()
            .where(Objective.exam_id == exam_id, Objective.is_active == 1)
            .order_by(Objective.sort_order, Objective.id)
            .dicts(),
        ]
    )
    if exam.first(dict) is None:
        raise NotFound("no such exam")
    row = progress.first(dict) or _nothing_yet(exam_id)
    mastery = row["objective_mastery"]
    return (
        row
        | {name: exam.one(dict)[name] for name in ("exam_code", "exam_name", "questions_available")}
        | {"objectives": [_objective(objective, mastery) for objective in objectives.rows]}
    )


def _nothing_yet(exam_id: int) -> dict[str, Any]:
    counters = ("total_questions_seen", "unique_questions_seen", "total_correct", "total_incorrect", "overall_accuracy")
    more = ("current_streak", "longest_streak", "study_days_count", "total_study_minutes")
    return dict.fromkeys(counters + more, 0) | {
        "exam_id": exam_id,
        "avg_time_per_question": None,
        "last_study_date": None,
        "objective_mastery": {},
    }


def _objective(objective: dict[str, Any], mastery: dict[str, Any]) -> dict[str, Any]:
    known = mastery.get(str(objective["id"]), {})
    return {
        "id": objective["id"],
        "code": objective["code"],
        "name": objective["name"],
        "weight": objective["weight"],
        "level": known.get("level"),
        "questions_answered": known.get("questionsAnswered", 0),
        "last_studied": known.get("lastStudied"),
    }
