"""The objectives of an exam: what it asks about, and how much of it."""

from collections.abc import Sequence
from typing import TypedDict

import peewee

from shared_schema import audit, idempotency, rows
from shared_schema.audit import Actor
from shared_schema.database import Result, Statement, errors, require_changes
from shared_schema.database.batch import Guard, Query
from shared_schema.fields import dumps
from shared_schema.idempotency import Once, Receipt
from shared_schema.problems import Conflict, NotFound
from shared_schema.rows import Shape
from shared_schema.tables import db
from shared_schema.tables.bank import Objective
from study_service import exams
from study_service.exams import Key

_SHAPE = Shape("objectives", reals=("weight",))

_RECEIPT = f"SELECT {idempotency.row_json(Objective)} FROM objectives WHERE exam_id = ? AND code = ?"
_LOG_ADDED = "SELECT id, NULL AS old, :new AS new FROM objectives WHERE exam_id = :exam AND code = :code"

_KNOWN = f"SELECT id, code, name, description, weight, is_active FROM objectives WHERE exam_id = {exams.NAMED}"
_CREATE = f"""
    INSERT INTO objectives (exam_id, code, name, description, weight, sort_order)
    SELECT {exams.NAMED}, j.value->>'code', j.value->>'name', j.value->>'description', j.value->>'weight',
           j.value->>'sort_order'
    FROM json_each(:rows) j
"""
# CROSS keeps the list outside: with the objectives outside it would be read once for each of them.
_LOG_CREATED = f"""
    SELECT o.id, NULL AS old, json_object('exam_id', o.exam_id, 'code', o.code, 'name', o.name,
        'description', o.description, 'weight', o.weight) AS new
    FROM json_each(:rows) j CROSS JOIN objectives o ON o.exam_id = {exams.NAMED} AND o.code = j.value->>'code'
"""
_CHANGED = ("code", "name", "description", "weight", "is_active")
_LOG_CHANGED = f"""
    SELECT o.id, json_object({", ".join(f"'{name}', o.{name}" for name in _CHANGED)}) AS old,
        json_object({", ".join(f"'{name}', j.value->>'{name}'" for name in _CHANGED)}) AS new
    FROM json_each(:rows) j CROSS JOIN objectives o ON o.id = j.value->>'id'
"""
# Codes may change places among these, and no two rows may have one in between.
_FREE_CODES = "UPDATE objectives SET code = '-' || id WHERE id IN (SELECT value->>'id' FROM json_each(:rows))"
_CHANGE = f"""
    UPDATE objectives SET ({", ".join(_CHANGED)}) = (
        SELECT {", ".join(f"j.value->>'{name}'" for name in _CHANGED)}
        FROM json_each(:rows) j WHERE j.value->>'id' = objectives.id)
    WHERE exam_id = {exams.NAMED} AND id IN (SELECT value->>'id' FROM json_each(:rows))
"""


class ObjectiveRow(TypedDict):
    """An objective as the table has it."""

    id: int
    exam_id: int
    code: str
    name: str
    description: str | None
    weight: float
    sort_order: int


_ACTIVE = f"""
    SELECT {", ".join(ObjectiveRow.__annotations__)} FROM objectives
    WHERE exam_id = ? AND is_active = 1 ORDER BY sort_order, id
"""


class ObjectiveValues(TypedDict, total=False):
    """The columns of an objective that an admin may write."""

    code: str
    name: str
    description: str | None
    weight: float
    sort_order: int
    is_active: bool


class Wanted(TypedDict):
    """An objective as an import wants it stored."""

    code: str
    name: str
    description: str | None
    weight: float


class New(Wanted):
    """One that is not there yet."""

    sort_order: int


class Known(Wanted):
    """A stored one, as it is or as an import wants it. `is_active` is 0 for one that is out of the catalog."""

    id: int
    is_active: int


def of_exam(exam_id: int) -> list[ObjectiveRow]:
    """The active objectives of an active exam, in its own order; NotFound without the exam."""
    exam, listed = db.fetch(
        [
            Statement("SELECT id FROM exams WHERE id = ? AND is_active = 1", (exam_id,)),
            read_active(exam_id),
        ]
    )
    if not exam.rows:
        raise NotFound("no such exam")
    return active(listed)


def read_active(exam_id: int) -> Statement:
    """The read of an exam's active objectives in the exam's own order; its result goes to `active`."""
    return Statement(_ACTIVE, (exam_id,))


def active(listed: Result) -> list[ObjectiveRow]:
    """The objectives that were read, without those whose rows cannot be used."""
    return rows.usable("objectives", listed.all(ObjectiveRow), _read)


def _read(row: ObjectiveRow) -> ObjectiveRow:
    return rows.checked(row, _SHAPE)


def add(exam_id: int, values: ObjectiveValues, actor: Actor, once: Once) -> Receipt:
    """A new objective of an active exam. Conflict if the exam has that code already."""
    row = {**values, "exam_id": exam_id}
    new = {"new": dumps(row), "exam": exam_id, "code": values["code"]}
    log = audit.entries(actor, "objective.create", "objective", _LOG_ADDED, new)
    try:
        return once.write([exams.active(exam_id), Objective.insert(row), log], _RECEIPT, (exam_id, values["code"]))
    except peewee.IntegrityError as error:
        if not errors.is_unique(error, "objectives", "exam_id", "code"):
            raise
        raise Conflict("an objective with this code exists already") from None


def change(exam_id: int, objective_id: int, values: ObjectiveValues, actor: Actor) -> ObjectiveRow:
    """Change some columns of an active objective of this exam; the row as it is now. An empty change only reads."""
    if not values:
        return _one(Objective.select().where(_of(exam_id, objective_id)).dicts())
    shown: list[Query | Guard] = [
        rows.require_usable(_SHAPE, objective_id),
        Objective.select().where(Objective.id == objective_id).dicts(),
    ]
    try:
        return db.batch([*_change(exam_id, objective_id, values, actor), *shown])[-1].one(ObjectiveRow)
    except peewee.IntegrityError as error:
        if not errors.is_unique(error, "objectives", "exam_id", "code"):
            raise
        raise Conflict("another objective has this code") from None


def _one(query: peewee.Query) -> ObjectiveRow:
    row = db.fetch([query])[0].first(ObjectiveRow)
    if row is None:
        raise NotFound("no such objective")
    return rows.one("objectives", row, _read)


def retire(exam_id: int, objective_id: int, actor: Actor) -> None:
    """Take an objective out of the catalog."""
    db.batch(_change(exam_id, objective_id, {"is_active": False}, actor))


def _change(exam_id: int, objective_id: int, values: ObjectiveValues, actor: Actor) -> list[Query | Guard]:
    """The steps that change an active objective of this exam; NotFound without one."""
    return [
        audit.change(actor, "objective.change", "objective", Objective, objective_id, values),
        Objective.update(values).where(_of(exam_id, objective_id)),
        require_changes(1, otherwise=lambda: NotFound("no such objective")),
    ]


def _of(exam_id: int, objective_id: int) -> peewee.Expression:
    """The condition that this is an active objective of this exam."""
    return (Objective.id == objective_id) & (Objective.exam_id == exam_id) & (Objective.is_active == 1)


def read(key: Key) -> Statement:
    """The read of all objectives of the exam that an import is for; its rows are `Known`."""
    return Statement(_KNOWN, key)


def put(key: Key, new: Sequence[New], changed: Sequence[Known], actor: Actor) -> list[Statement | Guard]:
    """The steps of a batch that create the `new` objectives and give the `changed` ones these values."""
    steps: list[Statement | Guard] = []
    if changed:
        values = {**key, "rows": dumps(changed)}
        log = audit.entries(actor, "objective.change", "objective", _LOG_CHANGED, values)
        steps += [log, Statement(_FREE_CODES, values), Statement(_CHANGE, values)]
        elsewhere = Conflict("the exam was changed meanwhile: send the file again")
        steps.append(require_changes(len(changed), otherwise=lambda: elsewhere))
    if new:
        values = {**key, "rows": dumps(new)}
        log = audit.entries(actor, "objective.create", "objective", _LOG_CREATED, values)
        steps += [Statement(_CREATE, values), log]
    return steps
