"""Questions as an import finds them: looked for by their ids in files and by digests of their texts."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

from shared_schema.database import Statement
from shared_schema.fields import dumps
from shared_schema.problems import Conflict
from study_service import exams
from study_service.exams import Key
from study_service.importing.content import Content

CHUNK = 500  # questions that are read, or written by a statement, at once

# What an import compares and stores.
COLUMNS = (
    "external_id", "text", "type", "answers", "explanation", "reference", "external_link", "difficulty", "tags",
    "image_url", "ai_model", "ai_prompt_version", "ai_confidence_score", "text_digest", "content_digest", "bands",
    "review_status",
)  # fmt: skip
_KNOWN = f"""
    SELECT id, external_id, text_digest, content_digest, is_active FROM questions
    WHERE exam_id = {exams.NAMED} AND text_digest IN (SELECT value FROM json_each(:digests))
    UNION
    SELECT id, external_id, text_digest, content_digest, is_active FROM questions
    WHERE exam_id = {exams.NAMED} AND external_id IN (SELECT value FROM json_each(:names))
    ORDER BY id
"""
_STORED = f"""
    SELECT q.id, q.version, q.updated_at, q.is_active, {", ".join(f"q.{name}" for name in COLUMNS)},
        o.code AS objective
    FROM json_each(:ids) j CROSS JOIN questions q ON q.id = j.value JOIN objectives o ON o.id = q.objective_id
"""
_MISSING = f"""
    SELECT id FROM questions WHERE exam_id = {exams.NAMED} AND is_active = 1
      AND id NOT IN (SELECT value FROM json_each(:there)) ORDER BY id LIMIT :limit
"""
Row = TypeVar("Row")


class New(Content):
    """A question to store, with the review status it gets."""

    review_status: str


class Stored(New):
    """A stored question that an import may change."""

    id: int
    version: int
    updated_at: int
    is_active: int


def read_known(key: Key, digests: Sequence[str], names: Sequence[str]) -> Statement:
    """The read of the exam's questions with these digests of their texts or these ids in files, deleted ones, too; its
    rows are `matching.Known`.
    """
    return Statement(_KNOWN, {**key, "digests": dumps(digests), "names": dumps(names)})


def read_stored(ids: Sequence[int]) -> Statement:
    """The read of these questions; its rows are `Stored`."""
    return Statement(_STORED, {"ids": dumps(ids)})


def read_missing(key: Key, there: Sequence[int], limit: int) -> Statement:
    """The read of the ids of the exam's active questions beside those, at most `limit`."""
    return Statement(_MISSING, {**key, "there": dumps(there), "limit": limit})


def overtaken() -> Conflict:
    return Conflict("the exam was changed meanwhile: send the file again")


def chunks(rows: Sequence[Row], size: int = CHUNK) -> Iterator[Sequence[Row]]:
    return (rows[start : start + size] for start in range(0, len(rows), size))
