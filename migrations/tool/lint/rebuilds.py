"""Rules of table rebuilds: children keep their parent, new columns get values, indexes and triggers come back."""

import re
from collections.abc import Iterator

from migrations.tool.lint import recipes
from migrations.tool.lint.case import Broken, Case
from migrations.tool.lint.fates import Fate
from migrations.tool.schema import sqltext, structure
from migrations.tool.schema.structure import Column, Table

_SWITCH = re.compile(r"\s*PRAGMA\s+(?:main\.)?(foreign_keys|defer_foreign_keys|legacy_alter_table)\b", re.IGNORECASE)
_BY_NAME = re.compile(r"DROP\s+(INDEX|TRIGGER)\b", re.IGNORECASE)
_ALTERED = re.compile(
    r"""\s*ALTER\s+TABLE\s+["`\[]?(\w+)["`\]]?\s+ALTER\s+(?:COLUMN\s+)?["`\[]?(\w+)["`\]]?\s+TO\b""", re.IGNORECASE
)
_ADDED = re.compile(
    r"""\s*ALTER\s+TABLE\s+["`\[]?(\w+)["`\]]?\s+ADD\s+(?:COLUMN\s+)?["`\[]?(\w+)["`\]]?\s+(\w*)""", re.IGNORECASE
)


def foreign_keys(case: Case) -> Iterator[Broken]:
    """A PRAGMA that switches foreign keys: the tool switches them off itself, and checks every reference at the end."""
    for step in case.steps:
        if pragma := _SWITCH.match(step.text):
            yield Broken(
                step.sql,
                f"PRAGMA {pragma[1].lower()} is not a migration's to say: with foreign keys on, the DROP TABLE of a "
                "rebuild deletes every child row. Leave the line out: the tool switches them off before the "
                "transaction and checks every reference before it commits.",
            )


def parents(case: Case) -> Iterator[Broken]:
    """A child refers to another table than before, or to none."""
    for was, now, _ in case.survivors():
        for column, parent in was.parents.items():
            if structure.of_tool(was.name) or (broken := _reference(case, parent, now.parents.get(column))) is None:
                continue
            yield Broken(case.where(case.tables[parent]) or case.where(was), f'"{was.name}"."{column}" would {broken}')


def _reference(case: Case, parent: str, now: str | None) -> str | None:
    tables = case.rehearsed.after.tables
    if parent not in case.tables or now is None or (now == parent and now in tables):
        return None
    if now == parent:
        return (
            f'refer to "{parent}", which is dropped and not put back. Drop the referring columns first (a contract '
            f'step of their own), or put "{parent}" back in the same migration.'
        )
    if parent in tables or now not in tables:
        return (
            f'follow the old table to "{now}", because that was renamed away. Make "new_{parent}", copy the rows, '
            f'DROP TABLE "{parent}", then ALTER TABLE "new_{parent}" RENAME TO "{parent}": so references stay.'
        )
    return None


def attached(case: Case) -> Iterator[Broken]:
    """Indexes and triggers that went with the old table and were not made again."""
    for was, now, fate in case.survivors():
        if not fate.rebuilt:
            continue
        before, after = case.rehearsed.before.attached(was.name), case.rehearsed.after.attached(now.name)
        gone = {column for column, new in fate.columns.items() if new is None}
        for name in sorted(before.keys() - after.keys() - {was.name} - _dropped(case)):
            if gone.intersection(re.findall(r"\w+", before[name])):
                continue  # it needs a column that is gone
            yield Broken(
                case.where(was),
                f'the rebuild of "{was.name}" loses "{name}". Say its CREATE again after the rename, or DROP it by '
                "name if it shall go.",
                "error" if "TRIGGER" in before[name].upper().split() else "warning",
            )


def _dropped(case: Case) -> set[str]:
    """Indexes and triggers that were dropped by name, and not with their table or view."""
    by_name = [step for step in case.steps if _BY_NAME.match(step.text)]
    return {name for step in by_name for name in step.before.names - step.after.names}


def beside(case: Case) -> Iterator[Broken]:
    """Triggers that went with their view when that was made again, and views that made way for a rebuild for good."""
    after = {entry.name for entry in case.rehearsed.after.objects}
    rebuilt = {was.name.lower() for was, _, fate in case.survivors() if fate.rebuilt}
    dropped = _dropped(case)
    for entry in case.rehearsed.before.objects:
        if entry.name in after:
            continue
        if entry.kind == "trigger" and entry.of not in case.tables and entry.of in after and entry.name not in dropped:
            message = f'"{entry.of}" is made again without its trigger "{entry.name}"'
            yield Broken(_where(case, entry.name), f"{message}: say its CREATE again, or DROP it by name.")
        elif entry.kind == "view" and rebuilt & sqltext.words(entry.sql):
            message = f'"{entry.name}" made way for a rebuild and is not made again'
            yield Broken(_where(case, entry.name), f"{message}. If it shall stay, say its CREATE again.", "warning")


def _where(case: Case, name: str) -> str:
    """The statement with which an object went."""
    return next(step.sql for step in case.steps if name in step.before.names - step.after.names)


def altered_in_place(case: Case) -> Iterator[Broken]:
    """ALTER COLUMN of libSQL: it writes the new definition and looks at no row."""
    for step in case.steps:
        if match := _ALTERED.match(step.text):
            table, column = match.groups()
            yield Broken(
                step.sql,
                f'ALTER COLUMN looks at no row: whatever "{table}"."{column}" holds stays, NULL in NOT NULL, text in '
                f'INTEGER, until integrity_check finds it. Rebuild "{table}" instead: CREATE TABLE "new_{table}" …, '
                f'INSERT INTO … SELECT, DROP TABLE "{table}", RENAME TO "{table}".',
            )


def added_without_default(case: Case) -> Iterator[Broken]:
    """A new NOT NULL column without a default, which the engine refuses where there are rows."""
    for step in case.rehearsed.steps:
        if step.error and recipes.lacks_default(step.error) and (match := _ADDED.match(step.text)):
            table, column, kind = match.groups()
            yield Broken(
                step.sql,
                f'the engine refuses it where "{table}" has rows. Say a constant default (ALTER TABLE "{table}" ADD '
                f'COLUMN "{column}" {kind} NOT NULL DEFAULT …), or add it without NOT NULL, fill it by BACKFILLS, '
                "and make it NOT NULL by a rebuild in a contract migration of the next release.",
            )


def without_value(case: Case) -> Iterator[Broken]:
    """A new NOT NULL column of a rebuild that the copy gives no value."""
    for was, now, fate in case.survivors():
        for column in _unfilled(fate, now):
            yield Broken(
                fate.copy.step.sql if fate.copy else "",
                f'the copy into the new "{was.name}" gives "{column.name}" no value, and it is NOT NULL without a '
                f'default, so the first row stops it. Name "{column.name}" in the INSERT and give it an expression, '
                "or declare a DEFAULT.",
            )


def _unfilled(fate: Fate, now: Table) -> Iterator[Column]:
    copied = fate.copy.columns if fate.copy else None
    for column in now.columns.values() if copied is not None else ():
        needs = column.not_null and column.default is None and not column.key and not column.generated
        if needs and column.name not in (copied or {}):
            yield column


def turned_not_null(case: Case) -> Iterator[Broken]:
    """A column that may hold NULL and becomes NOT NULL."""
    for was, now, fate in case.survivors():
        for name in _turned(was, now, fate):
            if fate.copy is not None and fate.copy.source(fate.columns[name] or "") is None:
                continue  # an expression fills it
            how = "stops at" if fate.rebuilt else "does not look at, and so keeps,"
            yield Broken(
                fate.copy.step.sql if fate.copy else case.where(was),
                f'"{was.name}"."{name}" turns NOT NULL, and the engine {how} a row with NULL in it. Fill it by '
                f'BACKFILLS in an earlier migration; then, in a contract migration, rebuild "{was.name}" and copy '
                f'coalesce("{name}", …), which holds whatever was written meanwhile.',
            )


def _turned(was: Table, now: Table, fate: Fate) -> list[str]:
    return [
        old
        for old, new in fate.columns.items()
        if new in now.columns
        and now.columns[new].not_null
        and not was.columns[old].not_null
        and not was.columns[old].key
    ]
