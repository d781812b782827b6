"""What the engine refused in rehearsal, and how to say it instead."""

import re
from collections.abc import Iterator

from migrations.tool.lint import rebuilds
from migrations.tool.lint.case import Broken, Case

_NAME = r'["`\[]?(?P<{}>\w+)["`\]]?'
_ALTER = re.compile(
    rf"\s*ALTER\s+TABLE\s+{_NAME.format('table')}\s+\w+\s+(?:COLUMN\s+)?(?:{_NAME.format('column')})?", re.IGNORECASE
)
_CREATE = re.compile(rf"\s*CREATE\s+(?:UNIQUE\s+)?\w+\s+{_NAME.format('table')}", re.IGNORECASE)
_BY_REBUILD = (
    'rebuild it: CREATE TABLE "new_{table}" …, INSERT INTO … SELECT, DROP TABLE "{table}", RENAME TO "{table}"'
)
_STANDARD = re.compile(
    r"\bALTER\s+TABLE\s+\S+\s+(MODIFY|ALTER|CHANGE|ADD\s+(CONSTRAINT|FOREIGN|UNIQUE|CHECK|PRIMARY))\b", re.I
)
_BARE_FUNCTION = re.compile(r"\bDEFAULT\s+\w+\s*\(", re.IGNORECASE)

# First match wins: the engine's text, and what to do about it.
_RECIPES: tuple[tuple[str, str], ...] = (
    (
        "non-constant default",
        'Add "{column}" without a default and fill it by BACKFILLS, with the writers giving the value; or '
        + _BY_REBUILD,
    ),
    (
        "Cannot add a UNIQUE column",
        'Add "{column}" plainly, then CREATE UNIQUE INDEX "{table}_{column}" ON "{table}" ("{column}").',
    ),
    (
        "Cannot add a PRIMARY KEY column",
        'A primary key is made with its table; for a new one of "{table}", ' + _BY_REBUILD,
    ),
    ("cannot add a STORED column", 'Say VIRTUAL: "{column}" is then computed when it is read, and can have an index.'),
    (
        "subqueries prohibited in partial index",
        "A partial index may look at its own row alone: keep what the subquery says in a column of this table.",
    ),
    (
        "non-deterministic functions prohibited",
        "An index must come out the same every time: put the time or random number into a column, index that.",
    ),
    ("error in (index|trigger|view)", "Drop the named one first, and make it again, if need be, after this statement."),
    ("cannot drop (PRIMARY KEY|UNIQUE) column", 'It is part of a constraint of "{table}": ' + _BY_REBUILD),
    ("(unknown|missing) datatype", "A STRICT table knows INTEGER, REAL, TEXT, BLOB and ANY."),
    ("already exists", "Say DROP … IF EXISTS before, or choose another name; has another stream made it?"),
    (
        "no such (table|column|index)",
        "Look at the order of the migrations: what it names is not there yet, or no more.",
    ),
    ("several statements", "One statement for each migrator.sql(…); the engine would run the first one alone."),
    ("CHECK constraint failed", "The default breaks the column's own CHECK: choose one that it allows."),
    ("NOT NULL constraint failed", "Give the column a value, or a DEFAULT."),
    ("UNIQUE constraint failed", "Two rows would be equal: mend them in an earlier migration."),
)


def refused(case: Case) -> Iterator[Broken]:
    """A statement that the engine does not take; NOT NULL without a default has a rule of its own."""
    known = {broken.statement for broken in rebuilds.added_without_default(case)}
    failed = [step for step in case.rehearsed.steps if step.error]
    for step in failed:
        if step.sql not in known:
            yield Broken(
                step.sql, f"the engine refuses it: {step.error}. {recipe(step.text, step.error or '')}".strip()
            )
    if case.rehearsed.error and not failed:
        yield Broken("", f"it fails: {case.rehearsed.error}")


def default_reference(case: Case) -> Iterator[Broken]:
    """A new column whose default is a reference: the engine takes it while foreign keys are off, and looks later."""
    for was, now, _ in case.survivors():
        for name, parent in now.parents.items():
            column = now.columns[name]
            if name not in was.columns and column.default not in (None, "NULL"):
                yield Broken(
                    case.where(was),
                    f'every row of "{now.name}" would refer to the "{parent}" {column.default}: where that is not '
                    f'there, the migration is rolled back. Add "{name}" without a default and fill it by BACKFILLS.',
                )


def recipe(sql: str, error: str) -> str:
    """What to say instead, with the names at hand; empty where nothing is known."""
    said = _ALTER.match(sql) or _CREATE.match(sql)
    names = {"table": "the table", "column": "the column"} | (
        {key: value for key, value in said.groupdict().items() if value} if said else {}
    )
    if "syntax error" in error:
        return _of_syntax(sql).format(**names)
    found = next((text for pattern, text in _RECIPES if re.search(pattern, error)), "")
    return found.format(**names)


def _of_syntax(sql: str) -> str:
    if _STANDARD.search(sql):
        return "The engine cannot change a column or constraint of {table} in place: " + _BY_REBUILD
    if _BARE_FUNCTION.search(sql):
        return "A default that calls a function stands in parentheses: DEFAULT (unixepoch())."
    return ""
