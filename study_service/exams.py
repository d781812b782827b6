"""Exams and their objectives: the catalog."""

from typing import Any

import peewee

from shared_schema import audit, idempotency
from shared_schema.audit import Actor
from shared_schema.database import errors, require, require_changes
from shared_schema.idempotency import Once, Receipt
from shared_schema.problems import Conflict, NotFound
from shared_schema.tables import db
from shared_schema.tables.study import Exam, Objective

_EXAM = f"SELECT {idempotency.row_json(Exam)} FROM exams WHERE vendor_id = ? AND code = ?"
_ACTIVE = "EXISTS (SELECT 1 FROM exams WHERE id = ? AND is_active = 1)"
_OBJECTIVE = f"SELECT {idempotency.row_json(Objective)} FROM objectives WHERE exam_id = ? AND code = ?"


def page(after: int, limit: int) -> list[dict[str, Any]]:
    """Active exams with an id above `after`, at most `limit`."""
    query = Exam.select().where(Exam.id > after, Exam.is_active == 1).order_by(Exam.id).limit(limit).dicts()
    return db.fetch([query])[0].rows


def get(exam_id: int) -> dict[str, Any]:
    """One active exam, or NotFound."""
    (found,) = db.fetch([Exam.select().where(Exam.id == exam_id, Exam.is_active == 1).dicts()])
    return _found(found.first(dict))


def objectives(exam_id: int) -> list[dict[str, Any]]:
    """The active objectives of an active exam, in its own order; NotFound without the exam."""
    exam, found = db.fetch(
        [
            Exam.select(Exam.id).where(Exam.id == exam_id, Exam.is_active == 1).dicts(),
            Objective.select()
            .where(Objective.exam_id == exam_id, Objective.is_active == 1)
            .order_by(Objective.sort_order, Objective.id)
            .dicts(),
        ]
    )
    _found(exam.first(dict))
    return found.rows


def add(values: dict[str, Any], actor: Actor, once: Once) -> Receipt:
    """A new exam. Conflict if the vendor has that code already."""
    queries = [Exam.insert(values), audit.entry(actor, "exam.create", "exam", None, new=values)]
    return _write(once, queries, _EXAM, (values["vendor_id"], values["code"]), "an exam with this vendor and code")


def change(exam_id: int, values: dict[str, Any], actor: Actor) -> dict[str, Any]:
    """Change some columns of an active exam; the exam as it is now."""
    return _change(Exam, "exam", exam_id, values, actor)


def retire(exam_id: int, actor: Actor) -> None:
    """Take an exam out of the catalog. Its questions and everybody's answers stay."""
    change(exam_id, {"is_active": False}, actor)


def add_objective(exam_id: int, values: dict[str, Any], actor: Actor, once: Once) -> Receipt:
    """A new objective of an active exam. Conflict if the exam has that code already."""
    values = values | {"exam_id": exam_id}
    active = require(_ACTIVE, (exam_id,), otherwise=NotFound("no such exam"))
    queries = [active, Objective.insert(values), audit.entry(actor, "objective.create", "objective", None, new=values)]
    return _write(once, queries, _OBJECTIVE, (exam_id, values["code"]), "an objective with this code")


def change_objective(exam_id: int, objective_id: int, values: dict[str, Any], actor: Actor) -> dict[str, Any]:
    """Change some columns of an active objective of this exam."""
    return _change(Objective, "objective", objective_id, values, actor, Objective.exam_id == exam_id)


def retire_objective(exam_id: int, objective_id: int, actor: Actor) -> None:
    """Take an objective out of the catalog."""
    change_objective(exam_id, objective_id, {"is_active": False}, actor)


def _write(once: Once, queries: list[Any], receipt: str, key: tuple[Any, ...], what: str) -> Receipt:
    try:
        return once.write(queries, receipt, key)
    except peewee.IntegrityError as error:
        if not isinstance(errors.cause(error), errors.Unique):
            raise
        raise Conflict(f"{what} exists already") from None


def _change(
    table: Any, noun: str, row_id: int, values: dict[str, Any], actor: Actor, *where: peewee.Expression
) -> dict[str, Any]:
    """An UPDATE of what is given, audited, and the row after it. An empty change only looks."""
    stamp = {"updated_at": peewee.SQL("unixepoch()")} if table is Exam else {}
    mine = (table.id == row_id) & (table.is_active == 1)
    for condition in where:
        mine &= condition
    try:
        results = db.batch(
            [
                table.update(values | stamp or {"id": row_id}).where(mine),
                require_changes(1, otherwise=NotFound(f"no such {noun}")),
                audit.entry(actor, f"{noun}.change", noun, row_id, new=values),
                table.select().where(table.id == row_id).dicts(),
            ]
        )
    except peewee.IntegrityError as error:
        if not isinstance(errors.cause(error), errors.Unique):
            raise
        raise Conflict(f"another {noun} has this code") from None
    changed: dict[str, Any] = results[-1].one(dict)
    return changed


def _found(row: dict[str, Any] | None) -> dict[str, Any]:
    if row is None:
        raise NotFound("no such exam")
    return row
