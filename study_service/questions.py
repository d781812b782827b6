"""Questions as their moderators see them, key and all: read, reviewed, counted, and imported."""

from collections.abc import Sequence
from typing import TypedDict

from shared_schema import audit
from shared_schema.audit import Actor
from shared_schema.database import Guard, Statement, require_changes
from shared_schema.fields import dumps
from shared_schema.problems import Conflict, NotFound
from shared_schema.tables import db
from shared_schema.tables.study import Question
from study_service import exams
from study_service.exams import Key
from study_service.grading import Option

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
_COUNT = """
    UPDATE questions SET
        total_attempts = total_attempts + 1,
        correct_attempts = correct_attempts + :correct,
        total_time_seconds = total_time_seconds + :seconds,
        avg_time_seconds = CAST(round((total_time_seconds + :seconds) * 1.0 / (total_attempts + 1)) AS INTEGER),
        shuffle_key = abs(random() % 2147483648)
    WHERE id = :question AND review_status = 'approved' AND is_active = 1
"""

_KNOWN = f"""
    SELECT q.id, q.text, q.type, q.answers, q.explanation, q.reference, q.external_link, q.difficulty, q.tags,
           o.code AS objective, q.text_digest, q.content_digest, q.review_status
    FROM questions q JOIN objectives o ON o.id = q.objective_id
    WHERE q.exam_id = {exams.NAMED} AND q.text_digest IN (SELECT value FROM json_each(:digests))
    ORDER BY q.id
"""
# The rows of an import in their order, with the ids of their objectives and of the exam.
_ROWS = f"""
    SELECT j.value->>'text' AS text, j.value->>'type' AS type, j.value->>'answers' AS answers,
        j.value->>'explanation' AS explanation, j.value->>'reference' AS reference,
        j.value->>'external_link' AS external_link, j.value->>'difficulty' AS difficulty, j.value->>'tags' AS tags,
        j.value->>'text_digest' AS text_digest, j.value->>'content_digest' AS content_digest,
        j.value->>'review_status' AS review_status, j.value->>'id' AS row_id, j.key AS place,
        o.id AS objective, o.exam_id AS exam
    FROM json_each(:rows) j JOIN objectives o ON o.exam_id = {exams.NAMED} AND o.code = j.value->>'objective'
"""
_INSERT = f"""
    INSERT INTO questions (text, type, answers, explanation, reference, external_link, difficulty, tags,
                           text_digest, content_digest, review_status, objective_id, exam_id)
    SELECT text, type, answers, explanation, reference, external_link, difficulty, tags,
           text_digest, content_digest, review_status, objective, exam
    FROM ({_ROWS}) ORDER BY place
"""
_UPDATE = f"""
    UPDATE questions SET text = n.text, type = n.type, answers = n.answers, explanation = n.explanation,
        reference = n.reference, external_link = n.external_link, difficulty = n.difficulty, tags = n.tags,
        text_digest = n.text_digest, content_digest = n.content_digest, review_status = n.review_status,
        objective_id = n.objective, updated_at = unixepoch()
    FROM ({_ROWS}) n WHERE questions.id = n.row_id
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


class Content(TypedDict):
    """What an import stores of a question. `answers` and `tags` are JSON text, `objective` is the objective's code."""

    text: str
    type: str
    answers: str
    explanation: str | None
    reference: str | None
    external_link: str | None
    difficulty: int
    tags: str
    objective: str
    text_digest: str
    content_digest: str


class Reviewed(Content):
    """A question to store, with the review status it gets."""

    review_status: str


class Known(Reviewed):
    """A stored question that an import may match, or a change of one."""

    id: int


def page(after: int, limit: int, equal: Filter) -> list[QuestionRow]:
    """Active questions with an id above `after`, at most `limit`, that pass the filter."""
    query = Question.select().where(Question.id > after, Question.is_active == 1)
    for column in (Question.exam_id, Question.objective_id, Question.review_status):
        if column.name in equal:
            query = query.where(column == equal.get(column.name))
    return db.fetch([query.order_by(Question.id).limit(limit).dicts()])[0].all(QuestionRow)


def get(question_id: int) -> QuestionRow:
    """One active question."""
    query = Question.select().where(Question.id == question_id, Question.is_active == 1).dicts()
    question = db.fetch([query])[0].first(QuestionRow)
    if question is None:
        raise NotFound("no such question")
    return question


def review(question_id: int, status: str, feedback: str | None, actor: Actor) -> QuestionRow:
    """Give a question a new review status; only approved ones are asked. The question as it is now."""
    before = get(question_id)
    old, new = {"review_status": before["review_status"]}, {"review_status": status, "review_feedback": feedback}
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


def count(question_id: int, correct: bool, seconds: int) -> list[Statement | Guard]:
    """The steps that count one answer to a question; NotFound where it is not asked any more."""
    values = {"question": question_id, "correct": int(correct), "seconds": seconds}
    return [Statement(_COUNT, values), require_changes(1, otherwise=NotFound("no such question"))]


def read(key: Key, digests: Sequence[str]) -> Statement:
    """The read of the exam's questions with these digests of their texts; its rows are `Known`."""
    return Statement(_KNOWN, {**key, "digests": dumps(digests)})


def put(key: Key, new: Sequence[Reviewed], changed: Sequence[Known]) -> list[Statement | Guard]:
    """The steps of a batch that insert and update questions; Conflict where not every row finds its place."""
    elsewhere = Conflict("the exam was changed meanwhile: send the file again")
    steps: list[Statement | Guard] = []
    for sql, rows in ((_INSERT, new), (_UPDATE, changed)):
        if rows:
            step = Statement(sql, {**key, "rows": dumps(rows)})
            steps += [step, require_changes(len(rows), otherwise=elsewhere)]
    return steps
