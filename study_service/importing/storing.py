"""The steps of a batch that store what an import changes: questions are inserted, updated and retired, and logged."""

from collections.abc import Iterator, Sequence

from shared_schema import audit
from shared_schema.audit import Actor
from shared_schema.database import Guard, Statement, require_changes
from shared_schema.fields import dumps
from shared_schema.tables.bank import Question
from study_service import exams, question_rows
from study_service.editing import waiting
from study_service.exams import Key
from study_service.importing.stored import COLUMNS, New, chunks, overtaken

# The rows of an import in their order, with the ids of their objectives and of the exam. CROSS keeps the list outside:
# with the objectives outside it would be read once for each of them. MATERIALIZED: the text of a row is made once, not
# for each of its columns.
_ROWS = f"""
    WITH listed AS MATERIALIZED (SELECT key, value FROM json_each(:rows))
    SELECT {", ".join(f"j.value->>'{name}' AS {name}" for name in COLUMNS)},
        j.value->>'id' AS row_id, j.value->>'is_reviewed' AS is_reviewed, j.value->>'is_version' AS is_version,
        j.value->>'was_version' AS was_version, j.value->>'was_updated_at' AS was_updated_at, j.key AS place,
        o.id AS objective, o.exam_id AS exam
    FROM listed j CROSS JOIN objectives o ON o.exam_id = {exams.NAMED} AND o.code = j.value->>'objective'
"""
_USER = "(SELECT id FROM users WHERE id = :user)"
_VALUES = ", ".join(name for name in COLUMNS if name != "external_id")
_INSERT = f"""
    INSERT INTO questions (external_id, {_VALUES}, ai_generated, objective_id, exam_id, reviewed_by, reviewed_at)
    SELECT coalesce(external_id, 'ptp-' || lower(hex(randomblob(8)))), {_VALUES}, ai_model IS NOT NULL, objective, exam,
        iif(review_status = 'pending', NULL, {_USER}), iif(review_status = 'pending', NULL, unixepoch())
    FROM ({_ROWS}) ORDER BY place
"""
# Two questions of a file may each become what the other was, and no two may be the same in between.
_FREE_CONTENT = "UPDATE questions SET content_digest = NULL WHERE id IN (SELECT value FROM json_each(:ids))"
# What is asked is a new version; what is only said about it, such as the explanation, changes in the present one.
_UPDATE = f"""
    UPDATE questions SET {", ".join(f"{name} = n.{name}" for name in COLUMNS)}, objective_id = n.objective,
        ai_generated = iif(n.ai_model IS NULL, questions.ai_generated, 1), is_active = 1,
        updated_at = {question_rows.CHANGED_AT},
        reviewed_by = iif(n.is_reviewed, {_USER}, questions.reviewed_by),
        reviewed_at = iif(n.is_reviewed, unixepoch(), questions.reviewed_at),
        version = iif(n.is_version,
            1 + (SELECT max(v.version) FROM question_versions v WHERE v.question_id = questions.id), questions.version)
    FROM ({_ROWS}) n
    WHERE questions.id = n.row_id AND questions.version = n.was_version AND questions.updated_at = n.was_updated_at
"""
_SIGN = f"""
    UPDATE question_versions SET created_by = {_USER}
    WHERE (question_id, version) IN (
        SELECT q.id, q.version FROM json_each(:rows) j CROSS JOIN questions q ON q.id = j.value->>'id'
        WHERE j.value->>'is_version')
"""
# Who brings what a model has written is noted: somebody else approves it, where that is wanted.
_SIGN_NEW = f"""
    UPDATE question_versions SET created_by = {_USER}
    WHERE version = 1 AND question_id IN (
        SELECT q.id FROM json_each(:rows) j
        CROSS JOIN questions q ON q.exam_id = {exams.NAMED} AND q.content_digest = j.value->>'content_digest'
        WHERE j.value->>'ai_model' IS NOT NULL)
"""
_SAID = f"""
    SELECT row_id, text, type, answers, objective AS objective_id, explanation, reference, external_link, difficulty,
        tags, is_version
    FROM ({_ROWS})
"""
# CROSS JOIN: the file's rows outside, the index of the questions inside; the other way round would take n * n steps.
# A new question's row has its values until it is changed, and then they are the old ones in the log.
_LOG_CREATED = f"""
    SELECT q.id, NULL AS old,
        {audit.document(Question, ("exam_id", "objective_id", "review_status", "content_digest"), "q")} AS new
    FROM json_each(:rows) j CROSS JOIN questions q
        ON q.exam_id = {exams.NAMED} AND q.content_digest = j.value->>'content_digest'
    ORDER BY j.key
"""
_LOGGED = (
    "external_id", "text", "type", "answers", "explanation", "reference", "external_link", "difficulty", "tags",
    "image_url", "ai_model", "ai_prompt_version", "ai_confidence_score", "review_status", "objective_id", "is_active",
)  # fmt: skip
_LOG_CHANGED = f"""
    SELECT q.id, {audit.document(Question, _LOGGED, "q")} AS old,
        json_object('external_id', n.external_id, 'text', n.text, 'type', n.type, 'answers', json(n.answers),
            'explanation', n.explanation, 'reference', n.reference, 'external_link', n.external_link,
            'difficulty', n.difficulty, 'tags', json(n.tags), 'image_url', n.image_url, 'ai_model', n.ai_model,
            'ai_prompt_version', n.ai_prompt_version, 'ai_confidence_score', n.ai_confidence_score,
            'review_status', n.review_status, 'objective_id', n.objective, 'is_active', json('true')) AS new
    FROM ({_ROWS}) n CROSS JOIN questions q ON q.id = n.row_id ORDER BY n.place
"""
_LOG_RETIRED = """
    SELECT q.id, json_object('is_active', json('true')) AS old, json_object('is_active', json('false')) AS new
    FROM json_each(:ids) j CROSS JOIN questions q ON q.id = j.value AND q.is_active = 1
"""
_RETIRE = f"""
    UPDATE questions SET is_active = 0, updated_at = {question_rows.CHANGED_AT}
    WHERE id IN (SELECT value FROM json_each(:ids)) AND is_active = 1
"""


class Changed(New):
    """What a stored question becomes, if it is still the version, and as old, as it `was`.

    `is_version` is 1 where something else is asked, `is_reviewed` where the importer answers for its status.
    """

    id: int
    is_version: int
    is_reviewed: int
    was_version: int
    was_updated_at: int


def put(key: Key, new: Sequence[New], changed: Sequence[Changed], actor: Actor) -> Iterator[Statement | Guard]:
    """The steps of a batch that insert and update questions, with an entry in the audit log for each of them.

    Conflict where one of them is not as it was read, or does not find its place.
    """
    for rows in chunks(changed):
        values = {**key, "rows": dumps(rows), "user": actor.user_id}
        yield audit.entries(actor, "question.change", "question", _LOG_CHANGED, values)
        yield waiting.follow_all(_SAID, "n.is_version", values)
    if versions := [row["id"] for row in changed if row["is_version"]]:
        yield Statement(_FREE_CONTENT, {"ids": dumps(versions)})
    for rows in chunks(changed):
        values = {**key, "rows": dumps(rows), "user": actor.user_id}
        yield Statement(_UPDATE, values)
        yield require_changes(len(rows), otherwise=overtaken)
        yield Statement(_SIGN, values)
    for added in chunks(new):
        values = {**key, "rows": dumps(added), "user": actor.user_id}
        yield Statement(_INSERT, values)
        yield require_changes(len(added), otherwise=overtaken)
        yield audit.entries(actor, "question.create", "question", _LOG_CREATED, values)
        if any(row["ai_model"] is not None for row in added):
            yield Statement(_SIGN_NEW, values)


def retire(ids: Sequence[int], actor: Actor) -> list[Statement | Guard]:
    """The steps that take questions out of the exam. Conflict where one of them is not in it any more."""
    if not ids:
        return []
    values = {"ids": dumps(ids)}
    log = audit.entries(actor, "question.change", "question", _LOG_RETIRED, values)
    return [log, Statement(_RETIRE, values), require_changes(len(ids), otherwise=overtaken)]
