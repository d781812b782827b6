"""Rules of what cannot be undone: rows and values that are lost, and migrations without a way back."""

import re
from collections.abc import Iterator

from migrations.tool.lint.case import Broken, Case
from migrations.tool.lint.fates import Fate
from migrations.tool.schema.structure import Structure, Table

_WITH = r"\s*(?:WITH\b.*\b)?"
_DELETE = re.compile(rf"{_WITH}DELETE\s+FROM\b", re.IGNORECASE | re.DOTALL)
# The engine deletes each row that a new or changed row would equal in a unique key.
_REPLACE = re.compile(rf"{_WITH}(?:REPLACE\s+INTO|(?:INSERT|UPDATE)\s+OR\s+REPLACE)\b", re.IGNORECASE | re.DOTALL)
_SIMPLE_QUOTES = re.compile(r'"(\w+)"')
_SAY_SO = 'If it shall go, say so: ALLOW = {"data-loss": "why nobody misses it"}'


def data_loss(case: Case) -> Iterator[Broken]:
    """Tables, columns, rows and values that are lost."""
    for name, fate in case.fates.items():
        was, now = case.tables[name], case.rehearsed.after.tables.get(fate.now or "")
        if now is None:
            yield Broken(case.where(was), f'the rows of "{name}" are gone with it. {_SAY_SO}.')
            continue
        for message in _of_columns(was, now, fate):
            yield Broken(fate.copy.step.sql if fate.copy else case.where(was), message)
        if fate.copy and fate.copy.part:
            yield Broken(
                fate.copy.step.sql,
                f'the rebuild may leave rows of "{name}" out. Copy all of them: INSERT INTO … SELECT … FROM "{name}" '
                f"without WHERE, JOIN or LIMIT. {_SAY_SO}.",
            )
    yield from _deletes(case)


def _of_columns(was: Table, now: Table, fate: Fate) -> Iterator[str]:
    copied = fate.copy.columns if fate.copy else None
    for old, new in fate.columns.items():
        if was.columns[old].generated:
            continue
        if new is None or (copied is not None and new not in copied):
            yield f'the values of "{was.name}"."{old}" are gone with the column or not copied. {_SAY_SO}.'
        elif was.columns[old].type != now.columns[new].type and now.columns[new].type != "ANY":
            yield (
                f'"{was.name}"."{old}" turns from {was.columns[old].type or "untyped"} to '
                f"{now.columns[new].type or 'untyped'}: what does not fit is bent, or stops the copy. Add a column of "
                f"the new type, fill it by BACKFILLS and look at what it holds. {_SAY_SO}."
            )


def _deletes(case: Case) -> Iterator[Broken]:
    for step in case.steps:
        old = sorted(table for table in step.writes if table in case.tables)
        if old and (_DELETE.match(step.text) or _REPLACE.match(step.text)):
            yield Broken(step.sql, f'rows of "{", ".join(old)}" are deleted. {_SAY_SO}.')


def no_way_back(case: Case) -> Iterator[Broken]:
    """A migration with neither a rollback nor a reason, or with both; a rollback that fails or does not lead back."""
    migration, back = case.migration, case.rehearsed.back
    if not migration.goes_back and not migration.no_way_back:
        yield Broken("", 'write rollback(…), or say why there is none: NO_WAY_BACK = "why".')
    elif migration.goes_back and migration.no_way_back:
        yield Broken("", "it has a rollback and says NO_WAY_BACK: leave one of them out.")
    elif back and back.error:
        last = back.steps[-1].sql if back.steps and back.steps[-1].error else ""
        yield Broken(last, f"its rollback fails: {back.error}")
    elif back and (different := _differences(back.after, case.rehearsed.before)):
        yield Broken(
            "",
            f"its rollback does not lead back: {', '.join(different)} would differ from before. Undo every statement "
            "of migrate, the last one first; a column that must stand where it stood comes back by a rebuild.",
        )


def _differences(actual: Structure, wanted: Structure) -> list[str]:
    """Names of the objects that differ. ALTER TABLE puts names in quotes: those around a plain name do not count."""
    one, other = (
        {name: _SIMPLE_QUOTES.sub(r"\1", text) for name, text in side.texts.items()} for side in (actual, wanted)
    )
    return sorted(f'"{name}"' for name in one.keys() | other.keys() if one.get(name) != other.get(name))
