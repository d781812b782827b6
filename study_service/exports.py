"""The export of an exam's questions as a file that an import reads."""

from collections.abc import Iterator, Mapping
from typing import TypedDict

from shared_schema.database import Statement, within
from shared_schema.problems import NotFound, invalid
from shared_schema.rows import Unusable
from shared_schema.tables import db
from study_service import exams, exported, objectives
from study_service.banks import FORMATS
from study_service.banks.bank import MAX_QUESTIONS, Bank, Exam, Objective, Problem, Written
from study_service.exported import Row

DEADLINE_S = 60
_PAGE = 1000

_EXAM = "SELECT id, vendor_id, code, name, is_active FROM exams WHERE id = ? AND is_active = 1"
_OBJECTIVES = """
    SELECT id, code, name, description, weight, is_active FROM objectives
    WHERE exam_id = ? AND is_active = 1 ORDER BY sort_order, id
"""
_QUESTIONS = """
    SELECT q.id, q.external_id, q.text, q.type, q.answers, q.explanation, q.reference, q.external_link, q.difficulty,
        q.tags, q.image_url, q.ai_model, q.ai_prompt_version, q.ai_confidence_score, o.name AS objective
    FROM questions q JOIN objectives o ON o.id = q.objective_id
    WHERE q.exam_id = :exam AND q.id > :after AND q.is_active = 1 AND (:status IS NULL OR q.review_status = :status)
    ORDER BY q.id LIMIT :limit
"""


class Export(TypedDict):
    """An exam's questions as a file, what of them the format cannot carry, and the question of each item."""

    written: Written
    questions: list[int]


def export(exam_id: int, format: str, status: str | None) -> Export:
    """The active questions of an active exam, of one review status or of all. NotFound without the exam."""
    with within(DEADLINE_S):
        exam, named = db.fetch([Statement(_EXAM, (exam_id,)), Statement(_OBJECTIVES, (exam_id,))])
        known = exam.first(exams.Known)
        if known is None:
            raise NotFound("no such exam")
        bank = Bank(exam=Exam(known["vendor_id"], known["code"], known["name"]))
        bank.objectives.extend(map(_objective, named.all(objectives.Known)))
        ids = list(_fill(bank, _pages(exam_id, status), names="externalId" in FORMATS[format].carried))
    if format != "pingtopass":
        made = [question.item for question in bank.questions if question.ai_model is not None]
        bank.losses.extend(Problem(item, None, "which model has written it") for item in made)
    written = FORMATS[format].write(bank)
    return {"written": Written(written.data, [*bank.losses, *written.losses]), "questions": ids}


def _objective(row: objectives.Known) -> Objective:
    return Objective(row["name"], row["description"] or "", row["weight"], row["code"])


def _fill(bank: Bank, rows: Iterator[Row], *, names: bool) -> Iterator[int]:
    """Put the questions into the bank; the id of each item. One that cannot be used is left out, and told."""
    for item, row in enumerate(rows, 1):
        if item > MAX_QUESTIONS:
            raise invalid("exam_id", f"The exam has more than {MAX_QUESTIONS:,} questions; a file cannot have as many.")
        try:
            bank.questions.append(exported.question(item, row, names=names))
        except Unusable as error:
            bank.losses.append(Problem(item, None, f"left out: its {error.column} {error.problem}"))
        yield row["id"]


def _pages(exam_id: int, status: str | None) -> Iterator[Row]:
    after = 0
    while True:
        values: Mapping[str, object] = {"exam": exam_id, "after": after, "status": status, "limit": _PAGE}
        rows = db.fetch([Statement(_QUESTIONS, values)])[0].all(Row)
        yield from rows
        if len(rows) < _PAGE:
            return
        after = rows[-1]["id"]
