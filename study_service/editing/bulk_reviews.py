"""Reviews of many questions in one batch: what is wrong with one of them does not stop the others."""

from collections.abc import Callable, Mapping, Sequence
from typing import NotRequired, TypedDict

from shared_schema import audit, rows
from shared_schema.audit import Actor
from shared_schema.database import Guard, Statement
from shared_schema.fields import dumps
from shared_schema.idempotency import Once, Receipt
from shared_schema.problems import Conflict, NotFound, Problem
from shared_schema.tables import db
from shared_schema.tables.bank import Question
from study_service import question_rows, questions
from study_service.editing import reviews
from study_service.question_rows import Stated

# The questions that are to be reviewed and are still as they were read.
_AS_READ = f"""
    json_each(:planned) p CROSS JOIN questions q ON q.id = p.value->>'id'
        AND p.value->>'outcome' = 'reviewed' AND {questions.state("q")} = p.value->>'state'
"""
_LOG = f"""
    SELECT q.id, json_object('review_status', q.review_status, 'review_feedback', q.review_feedback) AS old,
        json_object('review_status', :status, 'review_feedback', :feedback) AS new
    FROM {_AS_READ} ORDER BY p.key
"""
_REVIEW = f"""
    UPDATE questions SET review_status = :status, review_feedback = :feedback, reviewed_at = unixepoch(),
        reviewed_by = (SELECT id FROM users WHERE id = :user), updated_at = {question_rows.CHANGED_AT}
    WHERE id IN (SELECT q.id FROM {_AS_READ})
"""
# It is made before the review, which changes the states: nobody comes between in one batch.
_OUTCOMES = f"""
    SELECT json_group_array(json(outcome)) FROM (
        SELECT iif(p.value->>'outcome' <> 'reviewed' OR q.id IS NOT NULL, json_remove(p.value, '$.state'),
            json_object('id', p.value->>'id', 'outcome', 'refused', 'problem', json(?))) AS outcome
        FROM json_each(?) p
        LEFT JOIN questions q ON q.id = p.value->>'id' AND {questions.state("q")} = p.value->>'state'
        ORDER BY p.key)
"""
_MOVED = Conflict("somebody else has just changed or reviewed this question")


class Outcome(TypedDict):
    """What became of one question. `state` is that which was read of one that is to be reviewed."""

    id: int
    outcome: str
    problem: NotRequired[Mapping[str, object]]
    state: NotRequired[str]


def review(
    ids: Sequence[int],
    status: str,
    feedback: str | None,
    actor: Actor,
    once: Once,
    describe: Callable[[Problem], Mapping[str, object]],
    *,
    by_another: bool,
) -> Receipt:
    """Give questions a review status, one read and one batch. The receipt is a list of Outcome in the order of the ids.

    `describe` makes a problem what a client is told of it, `by_another` is as in `reviews.review`.
    """
    wanted = list(dict.fromkeys(ids))
    earlier, read = db.fetch([once.lookup(), questions.select().where(Question.id.in_(wanted))])
    if replay := once.replay(earlier):
        return replay
    there = {question["id"]: question for question in read.all(Stated)}
    planned: list[Outcome] = []
    for question_id in wanted:
        try:
            planned.append(_plan(question_id, there.get(question_id), status, feedback, actor, by_another))
        except Problem as problem:
            planned.append({"id": question_id, "outcome": "refused", "problem": describe(problem)})
    exams = {question["exam_id"] for question in there.values()}
    receipt = (dumps(describe(_MOVED)), dumps(planned))
    return once.write(_steps(planned, status, feedback, actor, exams), _OUTCOMES, receipt, receipt_first=True)


def _plan(
    question_id: int, question: Stated | None, status: str, feedback: str | None, actor: Actor, by_another: bool
) -> Outcome:
    """What is to become of a question. A Problem where it cannot be reviewed so."""
    if question is None or not question["is_active"]:
        raise NotFound("no such question")
    rows.one("questions", question, question_rows.whole)
    if (question["review_status"], question["review_feedback"]) == (status, feedback):
        return {"id": question_id, "outcome": "unchanged"}
    if status == "approved":
        rows.one("questions", question, question_rows.gradable)
        reviews.check_is_another(question["model_by"], actor, by_another=by_another)
    return {"id": question_id, "outcome": "reviewed", "state": question["state"]}


def _steps(
    planned: Sequence[Outcome], status: str, feedback: str | None, actor: Actor, exams: set[int]
) -> list[Statement | Guard]:
    values = {"planned": dumps(planned), "status": status, "feedback": feedback, "user": actor.user_id}
    return [
        audit.entries(actor, "question.review", "question", _LOG, values),
        Statement(_REVIEW, values),
        *(questions.recount({"exam": exam, "vendor": None, "code": None}) for exam in sorted(exams)),
    ]
