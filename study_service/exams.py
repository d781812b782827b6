"""Exams: the catalog that learners read and admins keep."""

from typing import TypedDict

import peewee

from shared_schema import audit, idempotency, rows
from shared_schema.audit import Actor
from shared_schema.database import Statement, errors, require, require_changes
from shared_schema.database.batch import Guard, Query
from shared_schema.fields import dumps, loads
from shared_schema.idempotency import Once, Receipt
from shared_schema.problems import Conflict, Damaged, NotFound
from shared_schema.rows import Page, Shape, Unusable
from shared_schema.tables import db
from shared_schema.tables.bank import Exam
from study_service.attempts import blueprint, review

_SHAPE = Shape("exams", moments=("created_at", "updated_at"), reals=("passing_score",))

_RECEIPT = f"SELECT {idempotency.row_json(Exam)} FROM exams WHERE vendor_id = ? AND code = ?"
_LOG_ADDED = "SELECT id, NULL AS old, :new AS new FROM exams WHERE vendor_id = :vendor AND code = :code"

# The id of the exam that a `Key` names.
NAMED = "coalesce(:exam, (SELECT id FROM exams WHERE vendor_id = :vendor AND code = :code))"
_KNOWN = f"SELECT id, vendor_id, code, name, is_active FROM exams WHERE id = {NAMED}"
_CREATE = "INSERT INTO exams (vendor_id, code, name) VALUES (:vendor, :code, :name)"
_LOG_CREATED = f"""
    SELECT id, NULL AS old, json_object('vendor_id', vendor_id, 'code', code, 'name', name) AS new
    FROM exams WHERE id = {NAMED}
"""
_LOG_RENAMED = f"""
    SELECT id, json_object('name', name) AS old, json_object('name', :name) AS new FROM exams WHERE id = {NAMED}
"""
_RENAME = f"UPDATE exams SET name = :name, updated_at = unixepoch() WHERE id = {NAMED}"


class _Exam(TypedDict):
    """What an exam has, but for its JSON."""

    id: int
    vendor_id: str
    code: str
    name: str
    description: str | None
    passing_score: float
    question_count: int
    time_limit_minutes: int
    version: str | None
    difficulty_level: int
    prerequisites: str | None
    price_cents: int
    is_beta: bool
    grading_rule: str
    questions_available: int
    created_at: int
    updated_at: int


class ExamRow(_Exam):
    """An exam as the table has it."""

    review_rule: dict[str, str]
    difficulty_mix: dict[str, float] | None


class Recorded(_Exam):
    """An exam as a receipt has it: its rules are JSON text."""

    review_rule: str
    difficulty_mix: str | None


class ExamValues(TypedDict, total=False):
    """The columns of an exam that an admin may write."""

    vendor_id: str
    code: str
    name: str
    description: str | None
    passing_score: float
    question_count: int
    time_limit_minutes: int
    version: str | None
    difficulty_level: int
    prerequisites: str | None
    price_cents: int
    is_beta: bool
    review_rule: dict[str, str]
    difficulty_mix: dict[str, float] | None
    grading_rule: str
    is_active: bool


class Key(TypedDict):
    """One exam: by its id, or, where that is None, by vendor and code."""

    exam: int | None
    vendor: str | None
    code: str | None


class Known(TypedDict):
    """What an import needs to know of its exam."""

    id: int
    vendor_id: str
    code: str
    name: str
    is_active: int


def page(after: int, limit: int) -> Page[ExamRow]:
    """Active exams with an id above `after`, at most `limit`."""
    query = Exam.select().where(Exam.id > after, Exam.is_active == 1).order_by(Exam.id).limit(limit).dicts()
    return rows.page("exams", db.fetch([query])[0].all(ExamRow), _read, limit)


def get(exam_id: int) -> ExamRow:
    """One active exam, or NotFound; Damaged where its row cannot be used."""
    exam = db.fetch([Exam.select().where(Exam.id == exam_id, Exam.is_active == 1).dicts()])[0].first(ExamRow)
    if exam is None:
        raise NotFound("no such exam")
    return rows.one("exams", exam, _read)


def _read(row: ExamRow) -> ExamRow:
    review.rule(row["review_rule"])
    mix = row["difficulty_mix"]
    if mix is not None and not blueprint.is_mix(mix):
        raise Unusable("difficulty_mix", "is not an object of shares by difficulty, one of them above 0")
    return rows.checked(row, _SHAPE)


def of_receipt(document: Recorded) -> ExamRow:
    """An exam of a receipt, with its rules read."""
    mix = None if document["difficulty_mix"] is None else loads(document["difficulty_mix"])
    row: ExamRow = {**document, "review_rule": loads(document["review_rule"]), "difficulty_mix": mix}
    return rows.one("exams", row, _read)


def _rules_are_usable(exam_id: int) -> Guard:
    """The step that stops a batch with Damaged where the exam could not be shown for its rules."""
    moments = ", ".join(map(repr, review.MOMENTS))
    readable = " AND ".join(f"json_extract(review_rule, '$.{thing}') IN ({moments})" for thing in review.THINGS)
    rule = f"CASE WHEN json_valid(review_rule) THEN coalesce({readable}, 0) ELSE 0 END"
    mix = "CASE WHEN json_valid(coalesce(difficulty_mix, '{}')) THEN json_type(coalesce(difficulty_mix, '{}')) END"
    broken = f"SELECT 1 FROM exams WHERE id = ? AND NOT ({rule} AND {mix} IS 'object')"
    error = Damaged("exams", exam_id, "review_rule or difficulty_mix", "cannot be used")
    return require(f"NOT EXISTS ({broken})", (exam_id,), otherwise=lambda: error)


def active(exam_id: int) -> Guard:
    """The step that stops a batch with NotFound unless the exam is in the catalog."""
    in_catalog = "EXISTS (SELECT 1 FROM exams WHERE id = ? AND is_active = 1)"
    return require(in_catalog, (exam_id,), otherwise=lambda: NotFound("no such exam"))


def add(values: ExamValues, actor: Actor, once: Once) -> Receipt:
    """A new exam. Conflict if the vendor has that code already."""
    vendor, code = values["vendor_id"], values["code"]
    new = {"new": dumps(values), "vendor": vendor, "code": code}
    steps: list[Query] = [Exam.insert(values), audit.entries(actor, "exam.create", "exam", _LOG_ADDED, new)]
    try:
        return once.write(steps, _RECEIPT, (vendor, code))
    except peewee.IntegrityError as error:
        if not errors.is_unique(error, "exams", "vendor_id", "code"):
            raise
        raise Conflict("an exam with this vendor and code exists already") from None


def change(exam_id: int, values: ExamValues, actor: Actor) -> ExamRow:
    """Change some columns of an active exam; the exam as it is now. An empty change only reads."""
    if not values:
        return get(exam_id)
    usable = [rows.require_usable(_SHAPE, exam_id), _rules_are_usable(exam_id)]
    shown: list[Query | Guard] = [*usable, Exam.select().where(Exam.id == exam_id).dicts()]
    try:
        return db.batch([*_change(exam_id, values, actor), *shown])[-1].one(ExamRow)
    except peewee.IntegrityError as error:
        if not errors.is_unique(error, "exams", "vendor_id", "code"):
            raise
        raise Conflict("another exam has this code") from None


def retire(exam_id: int, actor: Actor) -> None:
    """Take an exam out of the catalog. Its questions and everybody's answers stay."""
    db.batch(_change(exam_id, {"is_active": False}, actor))


def _change(exam_id: int, values: ExamValues, actor: Actor) -> list[Query | Guard]:
    """The steps that change an active exam; NotFound without one."""
    active_exam = (Exam.id == exam_id) & (Exam.is_active == 1)
    return [
        audit.change(actor, "exam.change", "exam", Exam, exam_id, values),
        Exam.update(values | {"updated_at": peewee.SQL("unixepoch()")}).where(active_exam),
        require_changes(1, otherwise=lambda: NotFound("no such exam")),
    ]


def read(key: Key) -> Statement:
    """The read of the exam that an import is for; its row is a `Known`."""
    return Statement(_KNOWN, key)


def retired() -> Conflict:
    """Why an import is refused whose exam is not in the catalog any more."""
    return Conflict("the exam is retired: no questions can be imported into it")


def open_to_imports(key: Key) -> Guard:
    """The step that stops a batch with `retired` where the exam has been retired since it was read."""
    return require(f"EXISTS (SELECT 1 FROM exams WHERE id = {NAMED} AND is_active = 1)", key, otherwise=retired)


def put(key: Key, name: str, known: Known | None, actor: Actor) -> list[Statement]:
    """The steps of a batch that create the exam, or give it this name; `known` is the exam as it was read."""
    values = {**key, "name": name}
    if known is None:
        return [Statement(_CREATE, values), audit.entries(actor, "exam.create", "exam", _LOG_CREATED, values)]
    if known["name"] == name:
        return []
    return [audit.entries(actor, "exam.change", "exam", _LOG_RENAMED, values), Statement(_RENAME, values)]
