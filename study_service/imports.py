"""Question bank files into the database: all of a file or nothing, and the same file twice changes nothing."""

import hashlib
import string
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

import orjson

from shared_schema import audit
from shared_schema.audit import Actor
from shared_schema.database import Statement
from shared_schema.fields import dumps
from shared_schema.idempotency import Once, Receipt
from shared_schema.problems import Invalid, NotFound, invalid
from shared_schema.tables import db
from shared_schema.tables.study import Question as QuestionTable
from study_service import questions
from study_service.banks import Bank, Exam, Objective, Problem, Question, gift, pingtopass

READERS: dict[str, Callable[[bytes], Bank]] = {"pingtopass": pingtopass.read, "gift": gift.read}
GENERAL = "General"

Row = dict[str, Any]
_CONTENT = ("text", "type", "answers", "explanation", "reference", "external_link", "difficulty", "tags", "objective")

_EXAM = "SELECT id, vendor_id, code, name FROM exams WHERE is_active = 1 AND id = ?"
_EXAM_BY_CODE = "SELECT id, vendor_id, code, name FROM exams WHERE vendor_id = ? AND code = ?"
_OBJECTIVES = "SELECT code, name, description, weight FROM objectives WHERE exam_id = ?"
_KNOWN = """
    SELECT q.id, q.text, q.type, q.answers, q.explanation, q.reference, q.external_link, q.difficulty, q.tags,
           o.code AS objective, q.text_digest, q.content_digest, q.review_status
    FROM questions q JOIN objectives o ON o.id = q.objective_id
    WHERE q.exam_id = ? AND q.text_digest IN (SELECT value FROM json_each(?))
    ORDER BY q.id
"""
_PUT_EXAM = """
    INSERT INTO exams (vendor_id, code, name) VALUES (?, ?, ?)
    ON CONFLICT (vendor_id, code) DO UPDATE SET name = excluded.name, updated_at = unixepoch()
    WHERE name <> excluded.name
"""
_PUT_OBJECTIVES = """
    INSERT INTO objectives (exam_id, code, name, description, weight, sort_order)
    SELECT (SELECT id FROM exams WHERE vendor_id = ? AND code = ?), j.value->>'code', j.value->>'name',
           j.value->>'description', j.value->>'weight', j.key
    FROM json_each(?) j WHERE true
    ON CONFLICT (exam_id, code) DO UPDATE SET description = excluded.description, weight = excluded.weight
"""
_COLUMNS = """
    j.value->>'text' AS text, j.value->>'type' AS type, j.value->>'answers' AS answers,
    j.value->>'explanation' AS explanation, j.value->>'reference' AS reference,
    j.value->>'external_link' AS external_link, j.value->>'difficulty' AS difficulty, j.value->>'tags' AS tags,
    j.value->>'text_digest' AS text_digest, j.value->>'content_digest' AS content_digest,
    j.value->>'review_status' AS review_status, j.value->>'id' AS row_id, o.id AS objective, o.exam_id AS exam
    FROM json_each(?) j
    JOIN objectives o ON o.code = j.value->>'objective'
        AND o.exam_id = (SELECT id FROM exams WHERE vendor_id = ? AND code = ?)
"""
_INSERT = f"""
    INSERT INTO questions (text, type, answers, explanation, reference, external_link, difficulty, tags,
                           text_digest, content_digest, review_status, objective_id, exam_id)
    SELECT text, type, answers, explanation, reference, external_link, difficulty, tags,
           text_digest, content_digest, review_status, objective, exam
    FROM (SELECT {_COLUMNS})
"""
_UPDATE = f"""
    UPDATE questions SET text = n.text, type = n.type, answers = n.answers, explanation = n.explanation,
        reference = n.reference, external_link = n.external_link, difficulty = n.difficulty, tags = n.tags,
        text_digest = n.text_digest, content_digest = n.content_digest, review_status = n.review_status,
        objective_id = n.objective, updated_at = unixepoch()
    FROM (SELECT {_COLUMNS}) n WHERE questions.id = n.row_id
"""


@dataclass(frozen=True, slots=True)
class Options:
    """`review_status` None: new and changed questions become pending, unchanged ones keep what they have."""

    exam_id: int | None = None
    review_status: str | None = None
    dry_run: bool = False
    partial: bool = False


@dataclass
class Plan:
    """What an import would do, before it does it."""

    inserts: list[Row] = field(default_factory=list)
    updates: list[Row] = field(default_factory=list)
    skipped: int = 0
    problems: list[Problem] = field(default_factory=list)

    def report(self, *, applied: bool) -> Row:
        return {
            "imported": len(self.inserts) if applied else 0,
            "updated": len(self.updates) if applied else 0,
            "skipped": self.skipped,
            "errors": [asdict(problem) for problem in self.problems],
        }


def run(kind: str, data: bytes, options: Options, actor: Actor, once: Once) -> Receipt:
    """Import a file of format `kind`. The receipt is the report: imported, updated, skipped, errors.

    Any problem stops the whole import (Invalid, with the report) unless `partial`; a dry run always reports.
    """
    (earlier,) = db.fetch([once.lookup()])
    if replay := once.replay(earlier.first(dict)):
        return replay
    bank = READERS[kind](data)
    if bank.exam is not None and options.exam_id is not None:
        raise invalid("exam_id", f"A {kind} file names its own exam.")
    exam, exam_id = _exam(bank, options.exam_id)
    objectives, known = _objectives(bank, exam_id), _known(bank, exam_id)
    plan = _plan(bank, objectives, known, options.review_status)
    usable = not plan.problems or (options.partial and not any(problem.item == 0 for problem in plan.problems))
    report = plan.report(applied=usable)
    if options.dry_run:
        return Receipt(report, replayed=False)
    if not usable:
        raise Invalid("nothing was imported: see errors, or import the rest with partial=true", **report)
    return once.write(_writes(plan, exam, bank, objectives, actor), "json(?)", (dumps(report),))


def _exam(bank: Bank, exam_id: int | None) -> tuple[Exam, int | None]:
    """The exam that the file names or the caller does, and its id if it exists."""
    if bank.exam is not None:
        (found,) = db.fetch([Statement(_EXAM_BY_CODE, (bank.exam.vendor, bank.exam.code))])
        return bank.exam, found.one(dict)["id"] if found.first(dict) else None
    if exam_id is None:
        if any(problem.item == 0 for problem in bank.problems):  # a file that could not name its exam
            return Exam("", "", ""), None
        raise invalid("exam_id", "Say which exam these questions are for.")
    (found,) = db.fetch([Statement(_EXAM, (exam_id,))])
    if found.first(dict) is None:
        raise NotFound("no such exam")
    return Exam(found.one(dict)["vendor_id"], found.one(dict)["code"], found.one(dict)["name"]), exam_id


def _objectives(bank: Bank, exam_id: int | None) -> dict[str, Row]:
    """By name: the exam's objectives and those the file adds, each with its code; `new` where it must be written."""
    (found,) = db.fetch([Statement(_OBJECTIVES, (exam_id,))])
    named = {row["name"]: row | {"new": False} for row in found.rows}
    codes = {row["code"] for row in found.rows}
    wanted = list(bank.objectives)
    for name in dict.fromkeys(question.objective or GENERAL for question in bank.questions):
        if name not in named and name not in {objective.name for objective in wanted}:
            wanted.append(Objective(name, None, 0.0))
    free = (str(number) for number in range(1, 100_000) if str(number) not in codes)
    for objective in wanted:
        before = named.get(objective.name)
        row = {"name": objective.name, "description": objective.description, "weight": objective.weight}
        code = before["code"] if before else next(free)
        changed = before is None or any(before[column] != value for column, value in row.items())
        named[objective.name] = row | {"code": code, "new": changed}
    return named


def _known(bank: Bank, exam_id: int | None) -> list[Row]:
    digests = dumps([_digest(question.text) for question in bank.questions])
    return db.fetch([Statement(_KNOWN, (exam_id, digests))])[0].rows


def _plan(bank: Bank, objectives: dict[str, Row], known: list[Row], status: str | None) -> Plan:
    """Match each question of the file with one of the exam: by text and options, else by text alone.

    The second lets an edited option or a mended typo in one update its question instead of adding another.
    """
    plan = Plan(problems=list(bank.problems))
    rows = _distinct([_row(question, objectives) for question in bank.questions], plan)
    by_content = {row["content_digest"]: row for row in known}
    matched = {row["content_digest"]: by_content.pop(row["content_digest"], None) for row in rows}
    for row in rows:
        before = matched[row["content_digest"]]
        if before is None:
            same_text = [old for old in by_content.values() if old["text_digest"] == row["text_digest"]]
            before = by_content.pop(same_text[0]["content_digest"]) if same_text else None
        _decide(row, before, status, plan)
    return plan


def _decide(row: Row, before: Row | None, status: str | None, plan: Plan) -> None:
    if before is None:
        plan.inserts.append(row | {"review_status": status or "pending"})
        return
    same = all(row[column] == before[column] for column in _CONTENT)
    becomes = status or (before["review_status"] if same else "pending")
    if same and becomes == before["review_status"]:
        plan.skipped += 1
    else:
        plan.updates.append(row | {"id": before["id"], "review_status": becomes})


def _distinct(rows: list[Row], plan: Plan) -> list[Row]:
    """The rows without repetitions. A repetition with another key is a problem of the file: one of the two is wrong."""
    first: dict[str, Row] = {}
    for row in rows:
        earlier = first.setdefault(row["content_digest"], row)
        if earlier is row:
            continue
        if _right(earlier) == _right(row):
            plan.skipped += 1
        else:
            message = f"the same question as item {earlier['item']}, with another key"
            plan.problems.append(Problem(row["item"], row["line"], message))
    return list(first.values())


def _right(row: Row) -> set[str]:
    return {option["text"] for option in orjson.loads(row["answers"]) if option["isCorrect"]}


def _row(question: Question, objectives: dict[str, Row]) -> Row:
    """A question as the table's columns; the options get their ids, a, b, c, in the file's order."""
    answers = [
        {"id": letter, "text": choice.text, "isCorrect": choice.is_correct}
        | ({"explanation": choice.explanation} if choice.explanation else {})
        | ({"weight": choice.weight} if choice.weight is not None else {})
        for letter, choice in zip(string.ascii_lowercase, question.choices, strict=False)
    ]
    return {
        "item": question.item,
        "line": question.line,
        "text": question.text,
        "type": question.type,
        "answers": QuestionTable.answers.db_value(answers),
        "explanation": question.explanation,
        "reference": question.reference,
        "external_link": question.external_link,
        "difficulty": question.difficulty,
        "tags": QuestionTable.tags.db_value(list(question.tags)),
        "objective": objectives[question.objective or GENERAL]["code"],
        "text_digest": _digest(question.text),
        "content_digest": _digest(question.text, *sorted(choice.text for choice in question.choices)),
    }


def _digest(*texts: str) -> str:
    """Of texts as a reader sees them: white space is one space."""
    seen = "\0".join(" ".join(text.split()) for text in texts)
    return hashlib.sha256(seen.encode()).hexdigest()[:32]


def _writes(plan: Plan, exam: Exam, bank: Bank, objectives: dict[str, Row], actor: Actor) -> list[Statement]:
    where = (exam.vendor, exam.code)
    new = [row for row in objectives.values() if row["new"]]
    steps = [Statement(_PUT_EXAM, (exam.vendor, exam.code, exam.name))] if bank.exam else []
    steps += [Statement(_PUT_OBJECTIVES, (*where, dumps(new)))] if new else []
    steps += [Statement(_INSERT, (dumps(plan.inserts), *where))] if plan.inserts else []
    steps += [Statement(_UPDATE, (dumps(plan.updates), *where))] if plan.updates else []
    if not plan.inserts and not plan.updates:
        return steps
    counts = {"imported": len(plan.inserts), "updated": len(plan.updates), "skipped": plan.skipped}
    this_exam = "(SELECT id FROM exams WHERE vendor_id = ? AND code = ?)"
    return [
        *steps,
        Statement(questions.RECOUNT.format(this_exam), where),
        audit.entry(actor, "question.import", "exam", f"{exam.vendor} {exam.code}", new=counts),
    ]
