"""Measuring an exam: from its facts to the rows of `question_statistics` and `exam_statistics`.

A version that nobody has answered has a row, too, which says so. A row may be a moment older than another one of its
exam: large exams are written in several batches, that of the exam last.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import TypeVar

import numpy as np

from shared_schema.database import Guard, Statement, require
from shared_schema.fields import dumps
from shared_schema.tables import db
from study_service.statistics import classical, facts, figures, reliability
from study_service.statistics.facts import Facts
from study_service.statistics.figures import Figures

Part = TypeVar("Part")

_ROWS = 500  # in one statement
_STATEMENTS = 20  # in one batch

_BEGIN = """
    INSERT INTO exam_statistics (exam_id) SELECT id FROM exams WHERE id = :exam ON CONFLICT (exam_id) DO NOTHING
"""
_IS_NEWEST = "EXISTS (SELECT 1 FROM exam_statistics WHERE exam_id = :exam AND measured_changes <= :changes)"
_COLUMNS = [name for name in Figures.__annotations__ if name not in ("question_id", "version")]
# WHERE: without it, SQLite reads ON as part of a join.
_KEEP = f"""
    INSERT INTO question_statistics (question_id, version, exam_id, measured_at, {", ".join(_COLUMNS)})
    SELECT v.question_id, v.version, :exam, :now, {", ".join(f"r.value->>'{name}'" for name in _COLUMNS)}
    FROM json_each(:rows) r
    JOIN question_versions v ON v.question_id = r.value->>'question_id' AND v.version = r.value->>'version' WHERE true
    ON CONFLICT (question_id, version) DO UPDATE SET
        exam_id = excluded.exam_id, measured_at = excluded.measured_at,
        {", ".join(f"{name} = excluded.{name}" for name in _COLUMNS)}
"""
# The answers of deleted learners are gone with them.
_FORGET = "DELETE FROM question_statistics WHERE exam_id = :exam AND measured_at <> :now"
_UNANSWERED = f"""
    INSERT INTO question_statistics (question_id, version, exam_id, measured_at, reason, parameters_reason)
    SELECT v.question_id, v.version, :exam, :now, '{classical.NO_ANSWERS}', '{classical.NO_ANSWERS}'
    FROM questions q JOIN question_versions v ON v.question_id = q.id
    WHERE q.exam_id = :exam ON CONFLICT (question_id, version) DO NOTHING
"""
# Older readers of the database look there.
_INDEX = """
    UPDATE questions SET discrimination_index = s.discrimination FROM question_statistics s
    WHERE questions.exam_id = :exam AND s.question_id = questions.id AND s.version = questions.version
      AND questions.discrimination_index IS NOT s.discrimination
"""
_MEASURED = """
    UPDATE exam_statistics SET
        answers = :answers + answers - :counted, measured_changes = :changes, measured_at = :now,
        learners = :learners, first_answers = :first_answers,
        alpha = :alpha, alpha_items = :alpha_items, alpha_reason = :alpha_reason,
        versions = (SELECT count(*) FROM question_statistics WHERE exam_id = :exam)
    WHERE exam_id = :exam
"""


class Newer(Exception):
    """Somebody has measured the same exam with later answers meanwhile."""


def measure(exam_id: int, now: int) -> int:
    """Measure an exam and keep the results, unless somebody has kept newer ones. How many answers it has.

    `now` is epoch seconds. NotFound where there is no such exam.
    """
    db.batch([Statement(_BEGIN, {"exam": exam_id})])
    known = facts.read(exam_id)
    with suppress(Newer):
        for batch in _batches(exam_id, known, now):
            db.batch(batch)
    return known.answers


def _batches(exam_id: int, known: Facts, now: int) -> Iterator[list[Statement | Guard]]:
    """What is written, the row of the exam last. Each batch stops with Newer where results are newer."""
    exam = {"exam": exam_id, "changes": known.changes, "now": now}
    newest = require(_IS_NEWEST, exam, otherwise=Newer)
    statements = [Statement(_KEEP, exam | {"rows": dumps(rows)}) for rows in _parts(figures.of_items(known), _ROWS)]
    statements += [Statement(_FORGET, exam), Statement(_UNANSWERED, exam), Statement(_INDEX, exam)]
    statements.append(Statement(_MEASURED, exam | _of_exam(known)))
    for part in _parts(statements, _STATEMENTS):
        yield [newest, *part]


def _of_exam(known: Facts) -> dict[str, float | str | None]:
    """The figures of the exam as a whole. Its alpha is that of the versions that are given now."""
    alpha = reliability.alpha(known.matrix.of_items(np.array(known.current, dtype=bool)), known.length)
    return {
        "answers": known.answers,
        "counted": known.counted,
        "learners": known.matrix.learners,
        "first_answers": len(known.response),
        "alpha": alpha.value,
        "alpha_items": alpha.items,
        "alpha_reason": alpha.reason,
    }


def _parts(whole: Sequence[Part], size: int) -> Iterator[Sequence[Part]]:
    """The sequence in parts of at most `size`."""
    for first in range(0, len(whole), size):
        yield whole[first : first + size]
