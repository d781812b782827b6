"""How far a learner has come in each objective: the column `objective_mastery` of the progress in an exam."""

from typing import NotRequired, TypedDict

from shared_schema import rows
from shared_schema.rows import Unusable
from study_service.objectives import ObjectiveRow


class Mastery(TypedDict):
    """An entry of the column `objective_mastery`, which has one by objective."""

    level: float
    questionsAnswered: int
    lastStudied: NotRequired[int | None]


class ObjectiveProgress(TypedDict):
    """How far a learner has come in one objective; `level` is None before the first answer."""

    id: int
    code: str
    name: str
    weight: float
    level: float | None
    questions_answered: int
    last_studied: int | None


def check(document: object) -> None:
    """Raise Unusable unless this is a document of the column: an object with a Mastery by objective."""
    if type(document) is not dict or not all(_is_mastery(entry) for entry in document.values()):
        raise Unusable("objective_mastery", "is not an object of levels by objective")


def _is_mastery(entry: object) -> bool:
    if type(entry) is not dict or type(entry.get("level")) not in (int, float):
        return False
    last = entry.get("lastStudied")
    known = last is None or (type(last) is int and rows.EARLIEST <= last <= rows.LATEST)
    return known and type(entry.get("questionsAnswered")) is int


def of_objective(objective: ObjectiveRow, by_objective: dict[str, Mastery]) -> ObjectiveProgress:
    """What the entry of an objective says; nothing yet where there is none."""
    entry = by_objective.get(str(objective["id"]))
    return {
        "id": objective["id"],
        "code": objective["code"],
        "name": objective["name"],
        "weight": objective["weight"],
        "level": entry["level"] if entry else None,
        "questions_answered": entry["questionsAnswered"] if entry else 0,
        "last_studied": entry.get("lastStudied") if entry else None,
    }
