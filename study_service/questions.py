"""Questions: whole for their moderators, to be graded and counted for answers."""

from typing import TypedDict

from shared_schema import audit, rows
from shared_schema.audit import Actor
from shared_schema.database import Guard, Result, Statement, require_changes
from shared_schema.fields import loads
from shared_schema.problems import Conflict, NotFound
from shared_schema.rows import Page, Shape
from shared_schema.tables import db
from shared_schema.tables.study import REVIEW_STATUSES, Question
from study_service import delivery, exams, grading
from study_service.exams import Key
from study_service.grading import Option

STATUSES = REVIEW_STATUSES
_SHAPE = Shape(
    "questions",
    moments=("created_at", "updated_at", "reviewed_at"),
    words={"type": grading.KINDS, "review_status": STATUSES},
)

_REVIEW = """
    UPDATE questions SET review_status = ?, review_feedback = ?, reviewed_at = unixepoch(),
        reviewed_by = (SELECT id FROM users WHERE id = ?), updated_at = unixepoch()
    WHERE id = ? AND is_active = 1 AND review_status = ?
"""
# Recounted rather than adjusted: it reads one index, and cannot drift.
_RECOUNT = f"""
    UPDATE exams SET questions_available = (
        SELECT count(*) FROM questions q
        WHERE q.exam_id = exams.id AND q.review_status = 'approved' AND q.is_active = 1)
    WHERE id = {exams.NAMED}
"""
_ASKED = """
    SELECT id, exam_id, objective_id, type, answers, explanation, reference FROM questions
    WHERE id = ? AND review_status = 'approved' AND is_active = 1
"""
_COUNT = """
    UPDATE questions SET
        total_attempts = total_attempts + 1,
        correct_attempts = correct_attempts + :correct,
        total_time_seconds = total_time_seconds + :seconds,
        avg_time_seconds = CAST(round((total_time_seconds + :seconds) * 1.0 / (total_attempts + 1)) AS INTEGER),
        shuffle_key = abs(random() % 2147483648)
    WHERE id = :question AND review_status = 'approved' AND is_active = 1
"""


class QuestionRow(TypedDict):
    """A question as the table has it."""

    id: int
    exam_id: int
    objective_id: int
    text: str
    type: str
    answers: list[Option]
    explanation: str | None
    reference: str | None
    external_link: str | None
    difficulty: int
    tags: list[str]
    review_status: str
    review_feedback: str | None
    reviewed_at: int | None
    total_attempts: int
    correct_attempts: int
    avg_time_seconds: int
    created_at: int
    updated_at: int


class Filter(TypedDict, total=False):
    """Values that a listed question must have."""

    exam_id: int
    objective_id: int
    review_status: str


class Asked(TypedDict):
    """What an answer to a question is graded with, and what it is counted in."""

    id: int
    exam_id: int
    objective_id: int
    type: str
    answers: list[Option]
    explanation: str | None
    reference: str | None


class _AskedRow(TypedDict):
    """The same as the database gives it: `answers` is JSON text."""

    id: int
    exam_id: int
    objective_id: int
    type: str
    answers: str
    explanation: str | None
    reference: str | None


def page(after: int, limit: int, equal: Filter) -> Page[QuestionRow]:
    """Active questions with an id above `after`, at most `limit`, that pass the filter."""
    query = Question.select().where(Question.id > after, Question.is_active == 1)
    for column in (Question.exam_id, Question.objective_id, Question.review_status):
        if column.name in equal:
            query = query.where(column == equal.get(column.name))
    stored = db.fetch([query.order_by(Question.id).limit(limit).dicts()])[0].all(QuestionRow)
    return rows.page("questions", stored, _whole, limit)


def get(question_id: int) -> QuestionRow:
    """One active question, or NotFound; Damaged where its row cannot be used."""
    query = Question.select().where(Question.id == question_id, Question.is_active == 1).dicts()
    question = db.fetch([query])[0].first(QuestionRow)
    if question is None:
        raise NotFound("no such question")
    return rows.one("questions", question, _whole)


def review(question_id: int, status: str, feedback: str | None, actor: Actor) -> QuestionRow:
    """Give a question a new review status; only approved ones are asked. The question as it is now.

    Damaged, and nothing changed, for the approval of a question that cannot be graded.
    """
    before = get(question_id)
    if status == "approved":
        rows.one("questions", before, _gradable)
    old = {"review_status": before["review_status"], "review_feedback": before["review_feedback"]}
    new = {"review_status": status, "review_feedback": feedback}
    results = db.batch(
        [
            Statement(_REVIEW, (status, feedback, actor.user_id, question_id, before["review_status"])),
            require_changes(1, otherwise=Conflict("somebody else has just reviewed this question")),
            recount({"exam": before["exam_id"], "vendor": None, "code": None}),
            audit.entry(actor, "question.review", "question", question_id, old=old, new=new),
            Question.select().where(Question.id == question_id).dicts(),
        ]
    )
    return results[-1].one(QuestionRow)


def recount(key: Key) -> Statement:
    """The step that counts anew how many questions of the exam can be asked."""
    return Statement(_RECOUNT, key)


def read_asked(question_id: int) -> Statement:
    """The read of a question that may be answered; its result goes to `asked`."""
    return Statement(_ASKED, (question_id,))


def asked(result: Result) -> Asked:
    """The question that was read, or NotFound; Damaged where it cannot be graded."""
    question = result.first(_AskedRow)
    if question is None:
        raise NotFound("no such question")
    return rows.one("questions", question, _asked)


def _whole(question: QuestionRow) -> QuestionRow:
    """A question for moderators, who may be about to mend its key."""
    grading.readable(question["answers"])
    delivery.tags(question["tags"])
    return rows.checked(question, _SHAPE)


def _gradable(question: QuestionRow) -> QuestionRow:
    """A question that may be asked."""
    grading.options(question["answers"])
    return question


def _asked(question: _AskedRow) -> Asked:
    """A question to grade."""
    delivery.kind(question["type"])
    return {**question, "answers": grading.options(loads(question["answers"]))}


def count(question_id: int, *, correct: bool, seconds: int) -> list[Statement | Guard]:
    """The steps that count one answer to a question; NotFound where it is not asked any more."""
    values = {"question": question_id, "correct": int(correct), "seconds": seconds}
    return [Statement(_COUNT, values), require_changes(1, otherwise=NotFound("no such question"))]
