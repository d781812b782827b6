"""Results of tests, as the review rule of the exam shows them now."""

import datetime as dt
from collections.abc import Mapping
from typing import TypedDict

from shared_schema import idempotency, rows
from shared_schema.audit import Actor
from shared_schema.database import Result, Statement
from shared_schema.fields import NoJson, loads
from shared_schema.idempotency import Once, Receipt
from shared_schema.problems import Conflict, Damaged, NotFound
from shared_schema.rows import Shape, Unusable
from shared_schema.tables import db
from shared_schema.tables.attempts import TestAttempt, TestResult
from study_service.attempts import attempt_rows, finish, marks, review
from study_service.attempts.attempt_rows import Recorded
from study_service.attempts.verdict import Objective

_TRIES = 20
_EARLIER = Shape("test_results", moments=("graded_at",), reals=("score",))
_SHAPE = Shape("test_results", moments=("graded_at",), reals=("score", "passing_score"))
# A score of four digits in thousandths, as `marks.permille` has it.
_PERMILLE = "CAST(round(r.score * 10000) / 10 AS INTEGER)"
# SQL: a test with its latest result, the exam's rule, and where the score stands among all of the exam.
DOCUMENT = f"""
    SELECT json_object('now', :now, 'test', {idempotency.row_json(TestAttempt, "a")},
        'result', CASE WHEN r.number IS NULL THEN NULL ELSE {idempotency.row_json(TestResult, "r")} END,
        'earlier', (SELECT json_group_array(json_object('number', p.number, 'graded_at', p.graded_at, 'score', p.score,
            'passed', p.passed, 'grading_rule', p.grading_rule))
            FROM test_results p WHERE p.attempt_id = a.id AND p.number < r.number),
        'review_rule', e.review_rule,
        'below', (SELECT coalesce(sum(s.attempts), 0) FROM exam_scores s
            WHERE s.exam_id = a.exam_id AND s.permille < {_PERMILLE}),
        'same', (SELECT coalesce(sum(s.attempts), 0) FROM exam_scores s
            WHERE s.exam_id = a.exam_id AND s.permille = {_PERMILLE}),
        'total', (SELECT coalesce(sum(s.attempts), 0) FROM exam_scores s WHERE s.exam_id = a.exam_id)) AS document
    FROM test_attempts a JOIN exams e ON e.id = a.exam_id
    LEFT JOIN test_results r ON r.attempt_id = a.id AND r.number = a.results
    WHERE a.id = :attempt
"""


class Earlier(TypedDict):
    """A result before a regrade."""

    number: int
    graded_at: int
    score: float
    passed: int
    grading_rule: str


class ResultRow(Earlier):
    """A result as the table has it. `objective_breakdown`, `question_versions` and `marks` are JSON text."""

    attempt_id: int
    graded_by: int | None
    passing_score: float
    share: str
    correct_count: int
    incorrect_count: int
    skipped_count: int
    objective_breakdown: str
    question_versions: str
    marks: str


class Document(TypedDict):
    """A test at the moment `now` with its latest result and those before, and the review rule of its exam as JSON text.

    `below`, `same` and `total` count the scores of the exam, to place this one among them.
    """

    now: int
    test: Recorded
    result: ResultRow | None
    earlier: list[Earlier]
    review_rule: str
    below: int
    same: int
    total: int


class Shown(TypedDict):
    """A result. What the review rule does not show now is None; `review` says from when it does, None for never."""

    id: int
    exam_id: int
    status: str
    started_at: int
    completed_at: int | None
    question_count: int
    number: int
    graded_at: int
    grading_rule: str
    passing_score: float
    score: float | None
    passed: bool | None
    correct_count: int | None
    incorrect_count: int | None
    skipped_count: int | None
    total_time_seconds: int | None
    objective_breakdown: dict[str, Objective] | None
    percentile: float | None
    review: dict[str, int | None]
    earlier: list[Earlier]


def submit(user_id: int, attempt_id: int, now: dt.datetime, actor: Actor, once: Once) -> Receipt:
    """End the test and grade it, once: a later call answers with the same result. The receipt is for `shown`.

    NotFound for a test that is not the learner's, Conflict for one that was abandoned or invalidated.
    """
    values = {"now": int(now.timestamp()), "attempt": attempt_id}
    document, parameters = positional(DOCUMENT, values)
    for _ in range(_TRIES):
        earlier, *read = db.fetch([once.lookup(), *finish.reads(user_id, attempt_id)], fresh=True)
        if replay := once.replay(earlier):
            return replay
        ending = finish.steps(read, now, actor, by_learner=True)
        try:
            return once.write(ending, document, parameters)
        except finish.Moved:
            continue
    raise Conflict("the test is being saved; try again")


def positional(sql: str, values: Mapping[str, object]) -> tuple[str, list[object]]:
    """The same SQL with its parameters in a row, as a receipt takes them."""
    names = sorted(values, key=lambda name: sql.index(f":{name}"))
    for name in names:
        if sql.count(f":{name}") != 1:
            raise ValueError(f":{name} is there more than once")
        sql = sql.replace(f":{name}", "?")
    return sql, [values[name] for name in names]


def read(attempt_id: int, now: dt.datetime) -> Statement:
    """The read of a test's result; its result goes to `document`."""
    return Statement(DOCUMENT, {"attempt": attempt_id, "now": int(now.timestamp())})


def document(result: Result, attempt_id: int) -> Document:
    """What was read. NotFound without the test; Damaged where a score of
    it is infinite, which no JSON has.
    """
    if not result.rows:
        raise NotFound("no such test")
    stored: Document | NoJson = loads(result.value(str))
    if isinstance(stored, NoJson):
        raise Damaged("test_attempts", attempt_id, "score", "is not a finite number")
    return stored


def visible(stored: Document) -> frozenset[str]:
    """What the learner may see of the result at the moment of the document."""
    test = stored["test"]
    if test["completed_at"] is None:
        return frozenset()
    shown = review.visible(rule(stored["review_rule"], test["exam_id"]), test["completed_at"], stored["now"])
    return shown if test["review_enabled"] else shown & {"score"}


def rule(text: str, exam_id: int) -> dict[str, str]:
    """The review rule of an exam; with a line in the log, nothing is shown for one that cannot be used."""
    try:
        return review.rule(loads(text))
    except Unusable as error:
        rows.left_out("exams", exam_id, error.column, error.problem)
        return dict.fromkeys(review.THINGS, "never")


def _breakdown(result: ResultRow) -> dict[str, Objective]:
    """The scores by objective of a result, or Unusable where anything of it cannot be shown."""
    rows.checked(result, _SHAPE)
    document = loads(result["objective_breakdown"])
    names = Objective.__annotations__.keys()
    if not isinstance(document, dict) or not all(
        isinstance(one, dict) and one.keys() == names and all(type(n) in (int, float) for n in one.values())
        for one in document.values()
    ):
        raise Unusable("objective_breakdown", "is not an object of counts by objective")
    return document


def shown(stored: Document, *, whole: bool = False) -> Shown:
    """A result for its learner; `whole` for an admin. Conflict, with the state, for a test that has none."""
    test, result = stored["test"], stored["result"]
    if test["status"] != "completed" or result is None:
        raise Conflict(f"the test is {test['status']}")
    rows.one("test_attempts", test, lambda row: rows.checked(row, attempt_rows.SHAPE))
    breakdown = rows.one("test_results", result, _breakdown, key="attempt_id")
    for before in stored["earlier"]:
        rows.one("test_results", before, lambda row: rows.checked(row, _EARLIER), key="number")
    moments = rule(stored["review_rule"], test["exam_id"])
    score = whole or "score" in visible(stored)
    return {
        "id": test["id"],
        "exam_id": test["exam_id"],
        "status": test["status"],
        "started_at": test["started_at"],
        "completed_at": test["completed_at"],
        "question_count": result["correct_count"] + result["incorrect_count"] + result["skipped_count"],
        "number": result["number"],
        "graded_at": result["graded_at"],
        "grading_rule": result["grading_rule"],
        "passing_score": result["passing_score"],
        "score": result["score"] if score else None,
        "passed": bool(result["passed"]) if score else None,
        "correct_count": result["correct_count"] if score else None,
        "incorrect_count": result["incorrect_count"] if score else None,
        "skipped_count": result["skipped_count"] if score else None,
        "total_time_seconds": test["total_time_seconds"],
        "objective_breakdown": breakdown if score else None,
        "percentile": marks.percentile(stored["below"], stored["same"], stored["total"]) if score else None,
        "review": {thing: review.from_when(moments, thing, test["completed_at"] or 0) for thing in review.THINGS},
        "earlier": stored["earlier"] if score else [],
    }
