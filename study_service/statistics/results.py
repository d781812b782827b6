"""What was measured, as moderators see it: lists of questions by how hard they are or how doubtful, and of an exam."""

from collections.abc import Callable
from typing import Literal, NamedTuple, NotRequired, TypedDict, TypeGuard, TypeVar, cast

from shared_schema import rows
from shared_schema.database import Statement
from shared_schema.fields import loads
from shared_schema.rows import Page, Shape, Unusable
from shared_schema.tables import db
from study_service import delivery, grading
from study_service.grading import Option
from study_service.statistics import standing
from study_service.statistics.facts import Item
from study_service.statistics.figures import Figures
from study_service.statistics.options import CHOSEN
from study_service.statistics.standing import Standing

Order = Literal["hardest", "miskeyed"]
Value = TypeVar("Value")

_REALS = ("facility", "discrimination", "efficiency", "mean_seconds", "median_seconds", "doubt", "a", "b")
_SHAPE = Shape("question_statistics", moments=("measured_at",), reals=_REALS)
_EXAM = Shape("exam_statistics", moments=("measured_at",), reals=("alpha",))
# Ids in either order tell questions of the same place apart. An index has each order.
_ORDERS = {"hardest": "hardness, question_id, version", "miskeyed": "trust, hardness, question_id, version"}
# CROSS: the statistics first, in their order. The version that is given now stands in the question itself.
_LIST = """
    SELECT s.question_id || '.' || s.version AS id, s.*, q.version AS current_version,
        {row}.text, {row}.type, {row}.difficulty, {row}.objective_id, {row}.answers, o.name AS objective_name
    FROM question_statistics s CROSS JOIN questions q ON q.id = s.question_id {versions}
    CROSS JOIN objectives o ON o.id = {row}.objective_id
    WHERE s.exam_id = :exam AND q.is_active = 1 {after} ORDER BY {order} LIMIT :limit
"""
_CURRENT = {"row": "q", "versions": "AND q.version = s.version"}
_EVERY = {
    "row": "v",
    "versions": "CROSS JOIN question_versions v ON v.question_id = s.question_id AND v.version = s.version",
}
# Questions with answers alone: their facility is 1 at most.
_PARAMETERS = """
    SELECT s.question_id || '.' || s.version AS id, s.* FROM question_statistics s
    WHERE s.exam_id = :exam AND s.hardness <= 1 {after} ORDER BY {order} LIMIT :limit
"""
# With one SELECT for all values, or without the +, which takes the type of a column away, the index is searched by its
# first column alone.
_AFTER = "AND ({columns}) > ({values}, :question, :version)"
_OF_AFTER = "+(SELECT {column} FROM question_statistics WHERE question_id = :question AND version = :version)"


class FiguresRow(Figures):
    """The figures of a version of a question. `id` is the question's and the version."""

    id: str
    measured_at: int | None


class Listed(FiguresRow):
    """The same with what the version asks. `answers`, with the key, is JSON text."""

    current_version: int
    text: str
    type: str
    difficulty: int
    objective_id: int
    answers: str
    objective_name: str


class _Chosen(TypedDict):
    """How many learners chose something, and the mean share of other questions that they got right."""

    count: int
    rest: NotRequired[float | None]


class _ChosenOption(_Chosen):
    id: str


class Choice(TypedDict):
    """An option, how many learners chose it, and the mean share of other questions that they got right."""

    id: str
    text: str
    is_correct: bool
    count: int
    share: float | None
    rest: float | None


class Response(TypedDict):
    """What learners wrote, and how many."""

    text: str
    count: int


class Measured(TypedDict):
    """The statistics of a version of a question, with what it asks."""

    question_id: int
    version: int
    current: bool
    text: str
    type: str
    difficulty: int
    objective_id: int
    objective_name: str
    attempts: int
    facility: float | None
    discrimination: float | None
    efficiency: float | None
    reason: str | None
    mean_seconds: float | None
    median_seconds: float | None
    choices: list[Choice]
    responses: list[Response]
    suspected: bool
    miskey_reason: str | None
    measured_at: int | None


class Fitted(TypedDict):
    """The parameters of a version of a question."""

    question_id: int
    version: int
    a: float | None
    b: float | None
    parameters_learners: int
    parameters_reason: str | None


_NOBODY: _Chosen = {"count": 0, "rest": None}


class Questions(NamedTuple):
    page: Page[Measured]
    is_current: bool


class Exam(NamedTuple):
    standing: Standing
    parameters: Page[Fitted]
    is_current: bool


def questions(
    exam_id: int, order: Order, after: Item | None, limit: int, *, every_version: bool, now: int
) -> Questions:
    """A page of the questions of an exam behind `after`, in this order. Of each question the version that is given now,
    or every one. NotFound without the exam.
    """
    state = standing.of_exam(exam_id, now)
    sql = _LIST.format(**(_EVERY if every_version else _CURRENT), **_place(order, after))
    stored = db.fetch([_page(sql, exam_id, after, limit)])[0].all(Listed)
    return Questions(rows.page("question_statistics", stored, _measured, limit), standing.is_current(state))


def exam(exam_id: int, after: Item | None, limit: int, now: int) -> Exam:
    """The figures of an exam, and a page of the parameters of its questions, the hardest first. NotFound without it;
    Damaged where its row cannot be used.
    """
    state = rows.one("exam_statistics", standing.of_exam(exam_id, now), _usable, "exam_id")
    stored = db.fetch([_page(_PARAMETERS.format(**_place("hardest", after)), exam_id, after, limit)])[0].all(FiguresRow)
    return Exam(state, rows.page("question_statistics", stored, _fitted, limit), standing.is_current(state))


def _place(order: Order, after: Item | None) -> dict[str, str]:
    columns = _ORDERS[order]
    ours = ", ".join(f"s.{column}" for column in columns.split(", "))
    values = ", ".join(_OF_AFTER.format(column=column) for column in columns.split(", ")[:-2])
    return {"order": ours, "after": _AFTER.format(columns=ours, values=values) if after else ""}


def _page(sql: str, exam_id: int, after: Item | None, limit: int) -> Statement:
    values = {"exam": exam_id, "limit": limit}
    if after:
        values |= {"question": after.question, "version": after.version}
    return Statement(sql, values)


def _usable(state: Standing) -> Standing:
    return rows.checked(state, _EXAM)


def _fitted(row: FiguresRow) -> Fitted:
    if row["version"] < 1:
        raise Unusable("version", "is below 1")
    return rows.checked(row, _SHAPE)


def _measured(row: Listed) -> Measured:
    _fitted(row)
    delivery.kind(row["type"])
    derived = {
        "current": row["version"] == row["current_version"],
        "choices": _choices(grading.readable(loads(row["answers"])), row) if row["type"] in CHOSEN else [],
        "responses": _counts(row["responses"], "responses", _is_response),
        "suspected": row["miskey_reason"] is not None,
    }
    return cast("Measured", {**row, **derived})


def _choices(options: list[Option], row: Listed) -> list[Choice]:
    """The options in their stored order, with what was counted of each by its id."""
    counts = {count["id"]: count for count in _counts(row["options"], "options", _is_option)}
    return [_choice(option, counts.get(option["id"], _NOBODY), row["attempts"]) for option in options]


def _choice(option: Option, counted: _Chosen, attempts: int) -> Choice:
    return {
        "id": option["id"],
        "text": option["text"],
        "is_correct": bool(option["isCorrect"]),
        "count": counted["count"],
        "share": counted["count"] / attempts if attempts else None,
        "rest": counted.get("rest"),
    }


def _counts(text: str, column: str, fits: Callable[[object], TypeGuard[Value]]) -> list[Value]:
    """A column of counts, or Unusable."""
    document = loads(text)
    if type(document) is not list or not all(fits(entry) for entry in document):
        raise Unusable(column, "is not a list of counts")
    return document


def _is_option(entry: object) -> TypeGuard[_ChosenOption]:
    return _is_count(entry, "id")


def _is_response(entry: object) -> TypeGuard[Response]:
    return _is_count(entry, "text")


def _is_count(entry: object, name: str) -> bool:
    if type(entry) is not dict or type(entry.get(name)) is not str or type(entry.get("count")) is not int:
        return False
    return entry.get("rest") is None or type(entry["rest"]) in (int, float)
