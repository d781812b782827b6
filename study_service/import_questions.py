"""Questions as an import finds and stores them: read by the digests of their texts, inserted and updated."""

from collections.abc import Sequence
from typing import TypedDict

from shared_schema import audit
from shared_schema.audit import Actor
from shared_schema.database import Guard, Statement, require_changes
from shared_schema.fields import dumps
from shared_schema.problems import Conflict
from shared_schema.tables.bank import Question
from study_service import exams
from study_service.editing import waiting
from study_service.exams import Key

_KNOWN = f"""
    SELECT q.id, q.text, q.type, q.answers, q.explanation, q.reference, q.external_link, q.difficulty, q.tags,
           o.code AS objective, q.text_digest, q.content_digest, q.review_status
    FROM questions q JOIN objectives o ON o.id = q.objective_id
    WHERE q.exam_id = {exams.NAMED} AND q.text_digest IN (SELECT value FROM json_each(:digests))
    ORDER BY q.id
"""
# The rows of an import in their order, with the ids of their objectives and of the exam. CROSS keeps the list outside:
# with the objectives outside it would be read once for each of them.
_ROWS = f"""
    SELECT j.value->>'text' AS text, j.value->>'type' AS type, j.value->>'answers' AS answers,
        j.value->>'explanation' AS explanation, j.value->>'reference' AS reference,
        j.value->>'external_link' AS external_link, j.value->>'difficulty' AS difficulty, j.value->>'tags' AS tags,
        j.value->>'text_digest' AS text_digest, j.value->>'content_digest' AS content_digest,
        j.value->>'review_status' AS review_status, j.value->>'id' AS row_id, j.key AS place,
        o.id AS objective, o.exam_id AS exam
    FROM json_each(:rows) j CROSS JOIN objectives o ON o.exam_id = {exams.NAMED} AND o.code = j.value->>'objective'
"""
_INSERT = f"""
    INSERT INTO questions (text, type, answers, explanation, reference, external_link, difficulty, tags,
                           text_digest, content_digest, review_status, objective_id, exam_id)
    SELECT text, type, answers, explanation, reference, external_link, difficulty, tags,
           text_digest, content_digest, review_status, objective, exam
    FROM ({_ROWS}) ORDER BY place
"""
# What is asked is a new version; what is only said about it, such as the explanation, changes in the present one.
_UPDATE = f"""
    UPDATE questions SET text = n.text, type = n.type, answers = n.answers, explanation = n.explanation,
        reference = n.reference, external_link = n.external_link, difficulty = n.difficulty, tags = n.tags,
        text_digest = n.text_digest, content_digest = n.content_digest, review_status = n.review_status,
        objective_id = n.objective, updated_at = unixepoch(),
        version = CASE WHEN questions.text IS n.text AND questions.type IS n.type AND questions.answers IS n.answers
            THEN version
            ELSE 1 + (SELECT max(v.version) FROM question_versions v WHERE v.question_id = questions.id) END
    FROM ({_ROWS}) n WHERE questions.id = n.row_id
"""
_SAID = f"""
    SELECT row_id, text, type, answers, objective AS objective_id, explanation, reference, external_link, difficulty,
        tags
    FROM ({_ROWS})
"""
_OVERTAKEN = "NOT (q.text IS n.text AND q.type IS n.type AND q.answers IS n.answers)"
# CROSS JOIN: the file's rows outside, the index of the questions inside; the other way round would take n * n steps.
# A new question's row has its values until it is changed, and then they are the old ones in the log.
_LOG_CREATED = f"""
    SELECT q.id, NULL AS old,
        {audit.document(Question, ("exam_id", "objective_id", "review_status", "content_digest"), "q")} AS new
    FROM json_each(:rows) j CROSS JOIN questions q
        ON q.exam_id = {exams.NAMED} AND q.text_digest = j.value->>'text_digest'
        AND q.content_digest = j.value->>'content_digest'
    ORDER BY j.key
"""
_LOGGED = (
    "text", "type", "answers", "explanation", "reference", "external_link", "difficulty", "tags", "review_status",
    "objective_id",
)  # fmt: skip
_LOG_CHANGED = f"""
    SELECT q.id, {audit.document(Question, _LOGGED, "q")} AS old,
        json_object('text', n.text, 'type', n.type, 'answers', json(n.answers), 'explanation', n.explanation,
            'reference', n.reference, 'external_link', n.external_link, 'difficulty', n.difficulty,
            'tags', json(n.tags), 'review_status', n.review_status, 'objective_id', n.objective) AS new
    FROM ({_ROWS}) n CROSS JOIN questions q ON q.id = n.row_id ORDER BY n.place
"""


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


def read(key: Key, digests: Sequence[str]) -> Statement:
    """The read of the exam's questions with these digests of their texts; its rows are `Known`."""
    return Statement(_KNOWN, {**key, "digests": dumps(digests)})


def put(key: Key, new: Sequence[Reviewed], changed: Sequence[Known], actor: Actor) -> list[Statement | Guard]:
    """The steps of a batch that insert and update questions, with an entry in the audit log for each of them.

    Conflict where not every row finds its place.
    """
    elsewhere = Conflict("the exam was changed meanwhile: send the file again")
    steps: list[Statement | Guard] = []
    if new:
        values = {**key, "rows": dumps(new)}
        steps += [Statement(_INSERT, values), require_changes(len(new), otherwise=elsewhere)]
        steps.append(audit.entries(actor, "question.create", "question", _LOG_CREATED, values))
    if changed:
        values = {**key, "rows": dumps(changed)}
        steps.append(audit.entries(actor, "question.change", "question", _LOG_CHANGED, values))
        steps.append(waiting.follow_all(_SAID, _OVERTAKEN, values))
        steps += [Statement(_UPDATE, values), require_changes(len(changed), otherwise=elsewhere)]
    return steps
