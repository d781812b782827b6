"""Questions as an import finds and stores them: read by the digests of their texts, inserted and updated."""

from collections.abc import Sequence
from typing import TypedDict

from shared_schema.database import Guard, Statement, require_changes
from shared_schema.fields import dumps
from shared_schema.problems import Conflict
from study_service import exams
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
_UPDATE = f"""
    UPDATE questions SET text = n.text, type = n.type, answers = n.answers, explanation = n.explanation,
        reference = n.reference, external_link = n.external_link, difficulty = n.difficulty, tags = n.tags,
        text_digest = n.text_digest, content_digest = n.content_digest, review_status = n.review_status,
        objective_id = n.objective, updated_at = unixepoch()
    FROM ({_ROWS}) n WHERE questions.id = n.row_id
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


def put(key: Key, new: Sequence[Reviewed], changed: Sequence[Known]) -> list[Statement | Guard]:
    """The steps of a batch that insert and update questions; Conflict where not every row finds its place."""
    elsewhere = Conflict("the exam was changed meanwhile: send the file again")
    steps: list[Statement | Guard] = []
    for sql, rows in ((_INSERT, new), (_UPDATE, changed)):
        if rows:
            step = Statement(sql, {**key, "rows": dumps(rows)})
            steps += [step, require_changes(len(rows), otherwise=elsewhere)]
    return steps
