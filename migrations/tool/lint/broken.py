"""Views, triggers and virtual tables that name what is gone: the engine lets them stand until they are used."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import lru_cache

import peewee

from migrations.tool.lint.case import Broken, Case
from migrations.tool.schema import virtual, working
from migrations.tool.schema.sqltext import quoted
from migrations.tool.schema.structure import Object
from shared_schema.database import LibsqlDatabase

_ADVICE = {
    "view": "While it is broken the engine refuses to rename any table and to drop any column. DROP it, and make it "
    "again without what is gone",
    "trigger": "While it is broken every statement that sets it off fails, and the engine refuses to rename any table. "
    "DROP it, and make it again without what is gone",
    "virtual": "DROP it, make it again with the columns that its table has, and fill it",
}


def broken(case: Case) -> Iterator[Broken]:
    """What worked before the migration and does not work after it."""
    if case.rehearsed.error or case.rehearsed.all_work:
        return
    before = _errors(case.rehearsed.before.objects)
    for entry, error in _errors(case.rehearsed.after.objects).items():
        if entry not in before:
            kind = "virtual table" if entry.kind == "virtual" else entry.kind
            message = f'the {kind} "{entry.name}" would not work any more: {error}. {_ADVICE[entry.kind]}.'
            yield Broken(_last(case, entry), message)


def _last(case: Case, entry: Object) -> str:
    """The last statement that changed a table which the object names; else the last of all."""
    names = virtual.names(entry)
    steps = [step for step in case.steps if _changed_tables(step.before.texts, step.after.texts) & names]
    return (steps or list(case.steps))[-1].sql if case.steps else ""


def _changed_tables(before: Mapping[str, str], after: Mapping[str, str]) -> set[str]:
    return {name.lower() for name in before.keys() | after.keys() if before.get(name) != after.get(name)}


@lru_cache(maxsize=64)
def _errors(objects: tuple[Object, ...]) -> dict[Object, str]:
    """The objects that do not work, with the engine's text. None is asked where there is nothing but tables."""
    beside = [entry for entry in objects if entry.kind in _ADVICE]
    if not beside:
        return {}
    db = LibsqlDatabase("file::memory:")
    try:
        db.execute_sql("PRAGMA foreign_keys = off")
        beside.sort(key=lambda entry: list(_ADVICE).index(entry.kind))
        with db.atomic():
            for entry in objects:
                if entry.kind == "table":
                    db.execute_sql(entry.sql)
            return {entry: error for entry in _made(db, beside) if (error := _error(db, entry)) is not None}
    finally:
        db.close()


def _made(db: LibsqlDatabase, beside: list[Object]) -> Iterator[Object]:
    """Each view and virtual table when all of them are there, then each trigger when it is the only one."""
    standing = [entry for entry in beside if entry.kind != "trigger"]
    for entry in standing:
        with suppress(peewee.DatabaseError):  # its use will fail, too
            db.execute_sql(entry.sql)
    yield from standing
    triggers = [entry for entry in beside if entry.kind == "trigger"]
    if _work_together(db, triggers):
        return
    for entry in triggers:
        with suppress(peewee.DatabaseError):
            db.execute_sql(entry.sql)
            yield entry
            db.execute_sql(f"DROP TRIGGER {quoted(entry.name)}")


def _work_together(db: LibsqlDatabase, triggers: list[Object]) -> bool:
    """Whether the engine has nothing to say of any of these triggers. If it has, it does not tell whose fault it is."""
    try:
        with db.atomic() as tried:
            for entry in triggers:
                with suppress(peewee.DatabaseError):
                    db.execute_sql(entry.sql)
            working.look_through_everything(db)
            tried.rollback()
    except peewee.DatabaseError:
        return False
    return True


def _error(db: LibsqlDatabase, entry: Object) -> str | None:
    """The engine's text when the object is used, or None."""
    error = working.error(db, entry)
    if error is not None and entry.kind == "view":  # or it would stand in the way of the triggers
        db.execute_sql(f"DROP VIEW {quoted(entry.name)}")
    return error
