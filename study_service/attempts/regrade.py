"""A test is graded again, by the keys and the rule of today: a new result beside the old.

An answer is held against the question's present version, if that is approved and has the options that were chosen; else
the grade of the version given stays. The answers themselves, and what was counted from them, do not change.
"""

import datetime as dt
from typing import TypedDict

from shared_schema import audit
from shared_schema.audit import Actor
from shared_schema.database import Guard, Statement, require_changes
from shared_schema.database.batch import Query
from shared_schema.fields import loads
from shared_schema.idempotency import Once, Receipt
from shared_schema.problems import Conflict, Invalid
from shared_schema.rows import Unusable
from shared_schema.tables import db
from study_service import delivery, grading
from study_service.attempts import attempt_rows, finish, marks, results, scores, verdict
from study_service.attempts.attempt_rows import AttemptRow
from study_service.attempts.verdict import Given, Verdict
from study_service.grading import Rule

_NOW = f"""
    SELECT q.id, q.version, q.type, q.answers FROM test_attempts a, {attempt_rows.ASKED}
    JOIN questions q ON q.id = w.value
    WHERE a.id = ? AND q.review_status = 'approved' AND q.is_active = 1
"""
_LATEST = """
    SELECT r.number, r.score, r.passed, r.passing_score, e.grading_rule AS rule
    FROM test_attempts a JOIN exams e ON e.id = a.exam_id
    JOIN test_results r ON r.attempt_id = a.id AND r.number = a.results WHERE a.id = ?
"""
_CHANGE = """
    UPDATE test_attempts SET score = :score, passed = :passed, correct_count = :correct, incorrect_count = :incorrect,
        skipped_count = :skipped, objective_breakdown = :breakdown, results = results + 1
    WHERE id = :attempt AND status = 'completed' AND results = :number
"""


class Present(TypedDict):
    """The key of a question as it is now. `answers` is JSON text."""

    id: int
    version: int
    type: str
    answers: str


class Latest(TypedDict):
    """The result that stands, and the rule of its exam now."""

    number: int
    score: float
    passed: int
    passing_score: float
    rule: Rule


def regrade(attempt_id: int, now: dt.datetime, actor: Actor, once: Once) -> Receipt:
    """Grade a completed test again; the receipt is for `results.shown`. Conflict, with the state, for any other."""
    earlier, attempt, listed, present, latest = db.fetch(
        [
            once.lookup(),
            attempt_rows.read(attempt_id),
            verdict.read(attempt_id),
            Statement(_NOW, (attempt_id,)),
            Statement(_LATEST, (attempt_id,)),
        ],
        fresh=True,
    )
    if replay := once.replay(earlier):
        return replay
    row = attempt_rows.one(attempt)
    if finish.is_due(row["status"], row["expires_at"], now):
        finish.end(row["user_id"], attempt_id, now, actor)
        return regrade(attempt_id, now, actor, once)
    before = latest.first(Latest)
    if row["status"] != "completed" or before is None:
        raise Conflict(f"the test is {row['status']}")
    keys = {one["id"]: one for one in present.all(Present)}
    given = [_again(one, keys.get(one["question_id"]), before["rule"]) for one in listed.all(Given)]
    graded = verdict.of(given, before["passing_score"], before["rule"])
    values = {"now": int(now.timestamp()), "attempt": attempt_id}
    return once.write(_steps(row, before, graded, now, actor), *results.positional(results.DOCUMENT, values))


def _again(given: Given, present: Present | None, rule: Rule) -> Given:
    """The question graded by its present key; as it was where that cannot be."""
    selected = given["selected_answer"]
    if selected is None or present is None or present["type"] != given["type"]:
        return given
    try:
        kind = delivery.kind(present["type"])
        options = grading.usable(kind, loads(present["answers"]))
        grade = grading.grade(kind, options, grading.restored(kind, selected), rule)
    except (Unusable, Invalid):
        return given
    return {**given, "version": present["version"], "is_correct": int(grade.is_correct), "score": grade.score}


def _steps(row: AttemptRow, before: Latest, graded: Verdict, now: dt.datetime, actor: Actor) -> list[Query | Guard]:
    old = {"score": before["score"], "passed": bool(before["passed"])}
    counted = (marks.permille(marks.written(before["score"])), bool(before["passed"]))
    return [
        Statement(_CHANGE, {"attempt": row["id"], "number": before["number"], **verdict.columns(graded)}),
        require_changes(1, otherwise=lambda: Conflict("somebody else has just graded this test")),
        audit.entry(
            actor, "test.regrade", "test_attempt", row["id"],
            old=old, new={"score": graded.score, "passed": graded.passed},
        ),
        verdict.store(row["id"], before["number"] + 1, graded, int(now.timestamp()), actor.user_id),
        *scores.recount(row["exam_id"], counted, graded),
        scores.count_learner(row["user_id"], row["exam_id"], None),
    ]  # fmt: skip
