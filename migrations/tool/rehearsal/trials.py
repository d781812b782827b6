"""Backfills, tried on the sample rows of a scratch database."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import peewee

from migrations.tool import chunks
from migrations.tool.rehearsal.record import Record, Step
from migrations.tool.schema import sqltext
from migrations.tool.schema.structure import Structure
from shared_schema.database import errors
from shared_schema.releases.files import Backfill

_LAST_KEY = 2**62
_ASSIGNED = re.compile(r"\s*(\([^)]*\)|[^=]*?)\s*=", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Trial:
    """A backfill that was tried. `error` says why it can never run, `on_row` why it failed for the sample row, where
    `mistyped` means that a STRICT table does not take the type of the value. `step` is its statement, None after an
    `error`.
    """

    backfill: Backfill
    step: Step | None = None
    error: str | None = None
    on_row: str | None = None
    mistyped: bool = False


def run(record: Record, backfills: Sequence[Backfill]) -> tuple[Trial, ...]:
    """Try each backfill on the record's scratch database; its rows are afterwards as they were."""
    return tuple(_trial(record, backfill) for backfill in backfills)


def _trial(record: Record, backfill: Backfill) -> Trial:
    structure = record.structure()
    if wrong := _wrong_key(structure, backfill):
        return Trial(backfill, error=wrong)
    statement = chunks.update(backfill, None, _LAST_KEY)
    try:
        reads, writes, whole = record.touched(statement.sql, statement.parameters)
    except errors.Error as error:
        return Trial(backfill, error=str(error))
    step = Step(statement.sql, structure, structure, reads, writes, whole)
    try:
        with record.db.atomic() as transaction:
            record.db.execute_sql(statement.sql, statement.parameters)
            transaction.rollback()
    except peewee.PeeweeException as error:
        mistyped = isinstance(errors.cause(error), errors.Datatype)
        return Trial(backfill, step, on_row=str(error), mistyped=mistyped)
    return Trial(backfill, step)


def _wrong_key(structure: Structure, backfill: Backfill) -> str | None:
    """What is wrong with the key by which the chunks go, or with the table."""
    table = structure.tables.get(backfill.table)
    if table is None:
        return f"no such table: {backfill.table}"
    keys = [column.name for column in table.columns.values() if column.key]
    if keys != [backfill.key] or table.columns[backfill.key].type != "INTEGER":
        return f'its key "{backfill.key}" is not the INTEGER PRIMARY KEY of "{backfill.table}", by which chunks go'
    if backfill.key.lower() in _assigned(backfill.set):
        return f'it changes "{backfill.key}", the key of "{backfill.table}" by which its chunks go'
    return None


def _assigned(clause: str) -> set[str]:
    """The columns on the left side of each assignment of a SET clause, in small letters."""
    left = [match[1] for part in sqltext.split(sqltext.plain(clause)) if (match := _ASSIGNED.match(part))]
    return {name.strip(' "`[]').lower() for names in left for name in names.strip("()").split(",")}
